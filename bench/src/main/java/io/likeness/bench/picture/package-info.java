@NullMarked
package io.likeness.bench.picture;

import org.jspecify.annotations.NullMarked;
