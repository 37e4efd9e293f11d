@NullMarked
package io.likeness.bench.system;

import org.jspecify.annotations.NullMarked;
