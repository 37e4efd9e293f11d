package io.likeness.shard;

import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.Closing;
import io.likeness.node.process.GrpcChannels;
import io.likeness.node.process.NodeContext;
import io.likeness.shard.copy.CopyDesk;
import io.likeness.shard.copy.GrpcReplicas;
import io.likeness.shard.copy.SlotBuilders;
import io.likeness.shard.copy.SlotSupply;
import io.likeness.shard.index.MemoryLedger;
import io.likeness.shard.intake.ShardIntake;
import io.likeness.shard.intake.ShardMeters;
import io.likeness.shard.query.ShardAnswers;
import io.likeness.shard.snapshot.SnapshotTaker;
import io.likeness.wire.MetaDump;
import io.vertx.grpc.client.GrpcClient;
import java.io.IOException;
import java.time.InstantSource;
import java.util.Optional;

/** A running shard node: what fills its shards, and what answers for them. */
public final class ShardNodeRole implements AutoCloseable {

  private final ShardIntake intake;
  private final ShardAnswers answers;

  private final SnapshotTaker snapshots;
  private final GrpcClient client;

  private ShardNodeRole(
      ShardIntake intake, ShardAnswers answers, SnapshotTaker snapshots, GrpcClient client) {
    this.intake = intake;
    this.answers = answers;
    this.snapshots = snapshots;
    this.client = client;
  }

  public static ShardNodeRole start(ShardNodeConfig config, NodeContext context)
      throws IOException {
    ShardMeters meters = new ShardMeters(context.metrics());
    GrpcClient client = GrpcChannels.client(context.vertx());
    SlotSupply supply =
        new SlotSupply(
            new SlotSupply.Surroundings(
                context.nodeName(),
                config.data(),
                config.diskReserve(),
                context.assignments()::replicas,
                name -> member(context, name)),
            new GrpcReplicas(client),
            config.snapshots().store(),
            config.copies());
    SlotBuilders builders = supply.builders();
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
            config.copies(),
            supply,
            config.builders(),
            builders,
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
            config.cursors(),
            new CopyDesk(intake.slots(), config.copies(), meters, System::nanoTime));
    SnapshotTaker snapshots =
        SnapshotTaker.start(
            config.snapshots(),
            intake.slots(),
            duties(context, builders),
            context.metrics(),
            InstantSource.system());
    return new ShardNodeRole(intake, answers, snapshots, client);
  }

  private static Optional<NodeInfo> member(NodeContext context, String name) {
    return context.membership().members(Role.SHARD_NODE).stream()
        .filter(each -> each.name().equals(name))
        .findFirst();
  }

  /** Of several replicas one does what has to be done once. */
  private static SnapshotTaker.Duties duties(NodeContext context, SlotBuilders builders) {
    return new SnapshotTaker.Duties() {
      @Override
      public boolean isFirstOf(int slot) {
        return builders
            .first(slot)
            .map(first -> first.getNode().equals(context.nodeName()))
            .orElse(false);
      }

      @Override
      public MetaDump meta() {
        return context.meta().dump();
      }
    };
  }

  /** Answers end first, then the shards are committed and closed. */
  @Override
  public void close() {
    Closing.quietly(answers);
    Closing.quietly(snapshots);
    Closing.quietly(intake);
    Closing.await(client.close(), "the client of other shard nodes");
  }
}
