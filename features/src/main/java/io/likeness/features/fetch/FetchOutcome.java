package io.likeness.features.fetch;

/** What became of an address. */
public sealed interface FetchOutcome permits Fetched, FetchRefused, FetchFailed {}
