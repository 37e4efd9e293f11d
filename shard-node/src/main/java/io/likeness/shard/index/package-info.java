@NullMarked
package io.likeness.shard.index;

import org.jspecify.annotations.NullMarked;
