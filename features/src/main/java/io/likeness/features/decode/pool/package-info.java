/** Decoding in child processes, which may crash, hang or run out of memory without harm. */
@NullMarked
package io.likeness.features.decode.pool;

import org.jspecify.annotations.NullMarked;
