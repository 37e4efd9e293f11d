@NullMarked
package io.likeness.shard.copy;

import org.jspecify.annotations.NullMarked;
