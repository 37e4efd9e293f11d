package io.likeness.shard.intake;

/**
 * When slots are copied from other replicas, and how fast.
 *
 * @param behindMax records a slot may lack to be read from the log alone
 * @param parallel slots copied at a time, to here and from here each
 * @param bytesPerSecond to here and from here each; 0: as fast as may be
 */
public record CopyLimits(long behindMax, int parallel, long bytesPerSecond) {}
