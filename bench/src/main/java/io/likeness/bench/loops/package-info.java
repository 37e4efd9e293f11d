/** {@code ./likeness bench loops}: the innermost loops, each by itself. */
@org.jspecify.annotations.NullMarked
package io.likeness.bench.loops;
