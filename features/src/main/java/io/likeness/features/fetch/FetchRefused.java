package io.likeness.features.fetch;

import io.likeness.wire.Rejection;

/** The address is not allowed, or what it gave is not usable; asking again changes nothing. */
public record FetchRefused(Rejection rejection) implements FetchOutcome {}
