/** Pictures to vectors: how fast, and where the time goes. */
@NullMarked
package io.likeness.bench.embed;

import org.jspecify.annotations.NullMarked;
