package io.likeness.shard.intake;

import java.time.Duration;

/**
 * How long a replica goes without graphs of its own making.
 *
 * @param patience with a builder that neither has nor makes what is needed; zero: no builder is
 *     waited for, every replica makes its graphs itself
 * @param rowsMax rows that may wait for a graph meanwhile
 */
public record BuilderLimits(Duration patience, long rowsMax) {}
