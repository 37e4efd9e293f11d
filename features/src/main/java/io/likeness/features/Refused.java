package io.likeness.features;

import io.likeness.wire.Rejection;

/** A picture cannot become a vector, now or later; the reason is meant for its owner. */
public record Refused(Rejection rejection) implements EmbedOutcome {}
