@NullMarked
package io.likeness.shard;

import org.jspecify.annotations.NullMarked;
