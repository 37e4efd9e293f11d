/**
 * Learns the numbers of the model that ships from a folder of photos. Nothing here is part of the
 * product; the features module writes the model from the numbers that come out.
 */
@NullMarked
package io.likeness.bench.training;

import org.jspecify.annotations.NullMarked;
