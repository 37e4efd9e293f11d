package io.likeness.features.fetch;

import io.likeness.wire.Rejection;

/**
 * The address gave nothing.
 *
 * @param retry whether it may answer later
 */
public record FetchFailed(Rejection rejection, boolean retry) implements FetchOutcome {}
