/** Slots copied from one replica to another. */
@NullMarked
package io.likeness.shard.copy;

import org.jspecify.annotations.NullMarked;
