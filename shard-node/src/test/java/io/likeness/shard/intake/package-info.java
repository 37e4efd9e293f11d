@NullMarked
package io.likeness.shard.intake;

import org.jspecify.annotations.NullMarked;
