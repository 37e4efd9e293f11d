/** Copies of slots in a folder or an object store, and the way back. */
@NullMarked
package io.likeness.shard.snapshot;

import org.jspecify.annotations.NullMarked;
