@NullMarked
package io.likeness.bench.shard;

import org.jspecify.annotations.NullMarked;
