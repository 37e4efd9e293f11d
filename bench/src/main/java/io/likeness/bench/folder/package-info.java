@NullMarked
package io.likeness.bench.folder;

import org.jspecify.annotations.NullMarked;
