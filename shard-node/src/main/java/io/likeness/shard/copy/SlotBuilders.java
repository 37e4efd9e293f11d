package io.likeness.shard.copy;

import com.google.protobuf.ByteString;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.shard.index.GraphOffer;
import io.likeness.shard.index.GraphSource;
import io.likeness.shard.intake.Builders;
import io.likeness.shard.intake.ByteRate;
import io.likeness.wire.DescribeGraphsAnswer;
import io.likeness.wire.DescribeGraphsRequest;
import io.likeness.wire.OfferedGraph;
import io.likeness.wire.ReadGraphAnswer;
import io.likeness.wire.ReadGraphRequest;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.ShardAddress;
import io.likeness.wire.SlotAssignment;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The builder of a slot is the first of the replicas that serve it and whose node is there: each
 * node finds that out from {@code assign} and from who is alive, without asking.
 */
public final class SlotBuilders implements Builders {

  private static final Duration ASK_MAX = Duration.ofSeconds(5);
  private static final Duration READ_MAX = Duration.ofSeconds(30);

  private final SlotSupply.Surroundings around;
  private final Replicas others;
  private final ByteRate rate;

  /**
   * @param rate of all that comes from other replicas
   */
  SlotBuilders(SlotSupply.Surroundings around, Replicas others, ByteRate rate) {
    this.around = around;
    this.others = others;
    this.rate = rate;
  }

  /** The one of a slot's replicas that does what one of them has to do. */
  public Optional<SlotAssignment> first(int slot) {
    return around.replicas().apply(slot).stream()
        .filter(each -> each.getState() == ReplicaState.SERVING)
        .filter(each -> around.members().apply(each.getNode()).isPresent())
        .findFirst();
  }

  @Override
  public boolean isHere(int slot) {
    return first(slot).map(each -> each.getNode().equals(around.node())).orElse(true);
  }

  /** Where the builder is, and what it is to be asked about. */
  private record Asked(NodeInfo node, ShardAddress shard) {}

  private Asked asked(int slot, String uid) throws IOException {
    SlotAssignment builder =
        first(slot).orElseThrow(() -> new IOException("slot " + slot + " has no builder now"));
    NodeInfo node =
        around
            .members()
            .apply(builder.getNode())
            .orElseThrow(() -> new IOException(builder.getNode() + " is not there"));
    return new Asked(
        node,
        ShardAddress.newBuilder()
            .setSlot(slot)
            .setTerm(builder.getTerm())
            .setInstanceUid(uid)
            .build());
  }

  @Override
  public Told ask(int slot, String uid) throws IOException {
    Asked asked = asked(slot, uid);
    DescribeGraphsAnswer answer =
        Answers.get(
            others.graphs(
                asked.node().grpc(),
                DescribeGraphsRequest.newBuilder().setShard(asked.shard()).build()),
            ASK_MAX,
            () -> {});
    if (answer.hasRefusal()) {
      throw new IOException(asked.node().name() + ": " + answer.getRefusal().getDetail());
    }
    return new Told(
        answer.getGraphs().getGraphsList().stream().map(SlotBuilders::offer).toList(),
        answer.getGraphs().getBuilding());
  }

  private static GraphOffer offer(OfferedGraph told) {
    return new GraphOffer(
        told.getGeneration(),
        told.getFirstVid(),
        told.getEndVid(),
        told.getRows(),
        told.getRowsChecksum(),
        told.getBytes(),
        told.getChecksum());
  }

  @Override
  public GraphSource source(int slot, String uid) {
    return (graph, wanted) -> {
      Asked asked = asked(slot, uid);
      InputStream chunks = new Chunks(from -> read(asked, graph, from, wanted), graph.bytes(), 0);
      return new Slowed(chunks, rate);
    };
  }

  private ByteString read(Asked asked, GraphOffer graph, long from, BooleanSupplier wanted)
      throws IOException {
    int length = (int) Math.min(CopyDesk.CHUNK_MAX, graph.bytes() - from);
    ReadGraphAnswer answer =
        Answers.get(
            others.readGraph(
                asked.node().grpc(),
                ReadGraphRequest.newBuilder()
                    .setShard(asked.shard())
                    .setGeneration(graph.generation())
                    .setOffset(from)
                    .setLength(length)
                    .build()),
            READ_MAX,
            () -> {
              if (!wanted.getAsBoolean()) {
                throw new InterruptedIOException("the shard is closing");
              }
            });
    if (answer.hasRefusal()) {
      throw new IOException(asked.node().name() + ": " + answer.getRefusal().getDetail());
    }
    if (answer.getContent().size() != length) {
      throw new IOException(
          "%d bytes came where %d were asked for".formatted(answer.getContent().size(), length));
    }
    return answer.getContent();
  }
}
