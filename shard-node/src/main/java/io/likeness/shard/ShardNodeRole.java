package io.likeness.shard;

import io.likeness.node.cluster.Role;
import io.likeness.node.process.Closing;
import io.likeness.node.process.NodeContext;
import io.likeness.shard.index.MemoryLedger;
import io.likeness.shard.intake.ShardIntake;
import io.likeness.shard.intake.ShardMeters;
import io.likeness.shard.query.ShardAnswers;
import io.likeness.shard.snapshot.SnapshotTaker;
import java.io.IOException;
import java.time.InstantSource;

/** A running shard node: what fills its shards, and what answers for them. */
public final class ShardNodeRole implements AutoCloseable {

  private final ShardIntake intake;
  private final ShardAnswers answers;

  private final SnapshotTaker snapshots;

  private ShardNodeRole(ShardIntake intake, ShardAnswers answers, SnapshotTaker snapshots) {
    this.intake = intake;
    this.answers = answers;
    this.snapshots = snapshots;
  }

  public static ShardNodeRole start(ShardNodeConfig config, NodeContext context)
      throws IOException {
    ShardMeters meters = new ShardMeters(context.metrics());
    ShardIntake intake =
        ShardIntake.start(
            config.data(),
            config.shard(),
            new MemoryLedger(config.memoryBytes()),
            new ShardIntake.Pace(
                config.refreshInterval(),
                config.commitInterval(),
                config.buildThreads(),
                config.scrubRate(),
                config.scrubInterval(),
                config.diskReserve()),
            context,
            meters);
    context.health().register(Role.SHARD_NODE.text(), intake::state);
    ShardAnswers answers =
        ShardAnswers.start(
            context,
            intake.slots(),
            meters,
            config.searchThreads(),
            config.searchQueue(),
            config.requestsMax(),
            config.filterBytes(),
            config.checkedPermyriad(),
            config.cursors());
    SnapshotTaker snapshots =
        SnapshotTaker.start(
            config.snapshots(), intake.slots(), context.metrics(), InstantSource.system());
    return new ShardNodeRole(intake, answers, snapshots);
  }

  /** Answers end first, then the shards are committed and closed. */
  @Override
  public void close() {
    Closing.quietly(answers);
    Closing.quietly(snapshots);
    Closing.quietly(intake);
  }
}
