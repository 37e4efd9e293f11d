package io.likeness.shard.query;

import java.time.Duration;

/**
 * What a node holds for cursors.
 *
 * @param idle a cursor nobody asks ends after this
 * @param life every cursor ends after this
 * @param perShard at most for one instance in one slot
 * @param perTenant at most for one project
 */
public record CursorLimits(Duration idle, Duration life, int perShard, int perTenant) {}
