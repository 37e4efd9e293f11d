/** How good a model finds: the same product, and the original of an edited copy. */
@NullMarked
package io.likeness.bench.quality;

import org.jspecify.annotations.NullMarked;
