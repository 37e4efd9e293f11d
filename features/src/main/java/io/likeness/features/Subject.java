package io.likeness.features;

import io.likeness.wire.Box;

/**
 * A part of a picture that may be what it is about.
 *
 * @param box in pixels of the picture as it is shown
 * @param score the share of what stands out that lies in it, 0 to 1
 */
public record Subject(Box box, double score) {}
