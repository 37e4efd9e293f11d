/** {@code ./likeness bench engine}: the shard beside other engines, on the same data. */
@org.jspecify.annotations.NullMarked
package io.likeness.bench.engine;
