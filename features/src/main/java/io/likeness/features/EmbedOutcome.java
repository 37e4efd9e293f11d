package io.likeness.features;

/** What became of a picture. */
public sealed interface EmbedOutcome permits Embedded, Refused {}
