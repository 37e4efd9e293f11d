/** The engines that are compared, each behind the same small interface. */
@org.jspecify.annotations.NullMarked
package io.likeness.bench.engine.rival;
