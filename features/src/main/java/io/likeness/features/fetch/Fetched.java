package io.likeness.features.fetch;

import com.google.protobuf.ByteString;

/** The bytes the address gave; nobody has looked at them yet. */
public record Fetched(ByteString content) implements FetchOutcome {}
