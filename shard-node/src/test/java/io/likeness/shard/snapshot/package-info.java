@NullMarked
package io.likeness.shard.snapshot;

import org.jspecify.annotations.NullMarked;
