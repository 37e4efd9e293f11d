package io.likeness.standalone.load;

/** What could not be brought in, and why. */
public record ImportFailure(String id, String location, String reason) {}
