@NullMarked
package io.likeness.shard.query;

import org.jspecify.annotations.NullMarked;
