/** A disk that fails where a test tells it to, and that remembers what a power cut may leave. */
@NullMarked
package io.likeness.shard.faults;

import org.jspecify.annotations.NullMarked;
