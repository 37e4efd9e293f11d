package io.likeness.shard.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.shard.index.GraphOffer;
import io.likeness.shard.index.Histories;
import io.likeness.shard.index.Shard;
import io.likeness.shard.intake.BuilderLimits;
import io.likeness.shard.intake.CopyLimits;
import io.likeness.shard.intake.SlotScene;
import io.likeness.wire.Attributes;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Two replicas over one log: one makes the graphs, the other takes them over. */
class SharedGraphsTest {

  private static final int SLOT = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String UID = "life-a";

  @TempDir Path folder;

  private final NearReplicas line = new NearReplicas();
  private final Set<String> alive = new HashSet<>(Set.of("builder", "follower"));
  private SlotScene builder;
  private SlotScene follower;

  @BeforeEach
  void open() throws IOException {
    builder = new SlotScene(Files.createDirectories(folder.resolve("builder")), 0);
    follower = follower(100_000);
    line.add(
        where("builder"),
        new CopyDesk(builder.held(), new CopyLimits(10, 1, 0), builder.meters(), System::nanoTime));
  }

  @AfterEach
  void close() {
    builder.close();
    follower.close();
  }

  private static HostPort where(String name) {
    return new HostPort(name, 1);
  }

  private static SlotAssignment serving(int replica, String node) {
    return SlotAssignment.newBuilder()
        .setSlot(SLOT)
        .setReplica(replica)
        .setNode(node)
        .setTerm(1)
        .setState(ReplicaState.SERVING)
        .build();
  }

  private SlotScene follower(long rowsMax) throws IOException {
    SlotBuilders builders =
        new SlotSupply(
                new SlotSupply.Surroundings(
                    "follower",
                    folder,
                    0,
                    slot -> List.of(serving(0, "builder"), serving(1, "follower")),
                    name ->
                        Optional.of(new NodeInfo(name, Set.of(Role.SHARD_NODE), where(name), ""))
                            .filter(node -> alive.contains(name))),
                line,
                Optional.empty(),
                new CopyLimits(10, 1, 0))
            .builders();
    return new SlotScene(
        Files.createDirectories(folder.resolve("follower")),
        0,
        builders,
        new BuilderLimits(PATIENCE, rowsMax));
  }

  /** Records that both read. */
  private void write(long seed, int count) {
    int before = builder.log.size();
    builder.write(seed, count);
    follower.log.addAll(builder.log.subList(before, builder.log.size()));
  }

  /** To the end, in no time. */
  private void bothRead() throws IOException {
    while (builder.turn() | follower.turn()) {
      // until neither has more to read
    }
  }

  /** By instance: what its graphs are of, whatever their files are called. */
  private static Map<String, List<String>> graphs(SlotScene scene) {
    Map<String, List<String>> graphs = new TreeMap<>();
    for (Map.Entry<String, Shard> each : scene.slot().shards().entrySet()) {
      graphs.put(
          each.getKey(),
          each.getValue().graphs().stream()
              .map(
                  offer ->
                      "%d to %d, %d rows, %08x of %08x"
                          .formatted(
                              offer.firstVid(),
                              offer.endVid(),
                              offer.rows(),
                              offer.checksum(),
                              offer.rowsChecksum()))
              .toList());
    }
    return graphs;
  }

  private long rowsWithGraphs(SlotScene scene) {
    return scene.slot().shards().values().stream()
        .flatMap(shard -> shard.graphs().stream())
        .mapToLong(GraphOffer::rows)
        .sum();
  }

  private void assertEqual() throws IOException {
    assertThat(builder.verdict()).isEmpty();
    assertThat(follower.verdict()).isEmpty();
    assertThat(follower.checksums()).isEqualTo(builder.checksums());
  }

  private List<Path> graphFiles() throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("follower"))) {
      return all.filter(file -> file.getFileName().toString().startsWith("graph-")).toList();
    }
  }

  @Test
  void takesOverWhatTheBuilderMade() throws IOException {
    write(1, 200);
    assertThat(builder.open()).isTrue();
    assertThat(follower.open()).isTrue();
    bothRead();
    assertThat(follower.waiting()).isEqualTo(2);
    builder.buildAll();
    follower.follow();
    assertThat(graphs(follower)).isEqualTo(graphs(builder));
    assertThat(rowsWithGraphs(follower)).isPositive();
    assertEqual();
    // Nothing waits any more, and nothing is asked for.
    follower.follow();
    assertThat(follower.waiting()).isZero();
    assertThat(line.carried()).isPositive();
    follower.follow();
    assertThat(line.carried()).isZero();

    // What was taken over is there after a start, and merged graphs take the place of it.
    follower.close();
    assertThat(follower.open()).isTrue();
    write(2, 200);
    bothRead();
    builder.buildAll();
    follower.follow();
    assertThat(graphs(follower)).isEqualTo(graphs(builder));
    assertEqual();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void staysEqualWhateverComesInBetween(long seed) throws IOException {
    Random random = new Random(seed);
    assertThat(builder.open()).isTrue();
    assertThat(follower.open()).isTrue();
    long[] reads = new long[1];
    line.setLine(
        content -> {
          // Reading, removing and merging go on while a graph travels.
          if (reads[0]++ % 3 == 0) {
            write(1_000 * seed + reads[0], 12);
            while (follower.turn()) {
              // to the end
            }
          }
          return content;
        });
    long adopted = 0;
    for (int step = 0; step < 120; step++) {
      switch (random.nextInt(8)) {
        case 0, 1 -> write(100 * seed + step, 6 + random.nextInt(30));
        case 2 -> ignore(builder.turn());
        case 3 -> ignore(follower.turn());
        case 4 -> builder.buildAll();
        case 5 -> {
          follower.passes(Duration.ofSeconds(1));
          follower.follow();
          assertThat(follower.verdictSoFar()).as("seed %d, step %d", seed, step).isEmpty();
        }
        case 6 -> ignore(random.nextBoolean() ? builder.commit() : follower.commit());
        default -> {
          if (random.nextInt(6) == 0) {
            SlotScene closed = random.nextBoolean() ? builder : follower;
            closed.close();
            assertThat(closed.open()).isTrue();
          }
        }
      }
      adopted += line.carried();
    }
    line.setLine(content -> content);
    bothRead();
    builder.buildAll();
    for (int i = 0; i < 3; i++) {
      follower.passes(Duration.ofSeconds(1));
      follower.follow();
    }
    assertThat(adopted + line.carried()).as("seed %d: bytes taken over", seed).isPositive();
    assertEqual();
    follower.close();
    assertThat(follower.open()).isTrue();
    follower.settle();
    assertEqual();
  }

  private static void ignore(boolean unused) {}

  @Test
  void makesItsOwnGraphsWhereTheBuilderDiesOnTheWay() throws IOException {
    write(1, 200);
    assertThat(builder.open()).isTrue();
    assertThat(follower.open()).isTrue();
    bothRead();
    builder.buildAll();
    line.setLine(
        content -> {
          throw new IOException("connection reset");
        });
    follower.follow();
    assertThat(rowsWithGraphs(follower)).isZero();
    assertThat(graphFiles()).isEmpty();
    assertThat(follower.waiting()).isEqualTo(2);
    assertEqual();

    // The others still believe that it is there.
    follower.passes(PATIENCE);
    follower.follow();
    assertThat(follower.waiting()).isZero();
    follower.buildAll();
    assertThat(rowsWithGraphs(follower)).isPositive();
    assertEqual();
    // Nobody waits for it a second time.
    write(2, 120);
    bothRead();
    assertThat(follower.waiting()).isEqualTo(2);
    follower.follow();
    assertThat(follower.waiting()).isZero();

    // Until it is of use again.
    write(3, 120);
    bothRead();
    builder.buildAll();
    line.setLine(content -> content);
    long before = rowsWithGraphs(follower);
    follower.follow();
    assertThat(line.carried()).isPositive();
    assertThat(rowsWithGraphs(follower)).isGreaterThan(before);
    write(4, 120);
    bothRead();
    follower.follow();
    assertThat(follower.waiting()).isPositive();
    assertEqual();
  }

  @Test
  void isTheBuilderWhereNoNodeOfAnEarlierReplicaIsThere() throws IOException {
    write(1, 200);
    assertThat(follower.open()).isTrue();
    follower.settle();
    assertThat(follower.waiting()).isEqualTo(2);
    alive.remove("builder");
    follower.follow();
    assertThat(follower.waiting()).isZero();
    write(2, 200);
    follower.settle();
    assertThat(follower.waiting()).isZero();
  }

  @Test
  void takesOverNoGraphWithAFlippedByte() throws IOException {
    write(1, 200);
    assertThat(builder.open()).isTrue();
    assertThat(follower.open()).isTrue();
    bothRead();
    builder.buildAll();
    int[] chunks = new int[1];
    line.setLine(
        content -> {
          byte[] bytes = content.toByteArray();
          bytes[Math.min(bytes.length - 1, 37 * chunks[0]++)] ^= 4;
          return ByteString.copyFrom(bytes);
        });
    for (int i = 0; i < 4; i++) {
      follower.follow();
      follower.passes(Duration.ofSeconds(9));
      assertThat(rowsWithGraphs(follower)).isZero();
      assertThat(graphFiles()).isEmpty();
      assertThat(follower.verdict()).isEmpty();
    }
    assertThat(chunks[0]).isGreaterThan(4);
    line.setLine(content -> content);
    follower.follow();
    assertThat(graphs(follower)).isEqualTo(graphs(builder));
    assertEqual();
  }

  @Test
  void waitsNoLongerThanItsPatience() throws IOException {
    write(1, 200);
    assertThat(builder.open()).isTrue();
    assertThat(follower.open()).isTrue();
    bothRead();
    // The builder answers, and makes nothing.
    follower.passes(PATIENCE.minusMillis(1));
    follower.follow();
    assertThat(follower.waiting()).isEqualTo(2);
    follower.passes(Duration.ofMillis(1));
    follower.follow();
    assertThat(follower.waiting()).isZero();
  }

  @Test
  void waitsForNobodyWithTooManyRows() throws IOException {
    follower.close();
    follower = follower(15);
    write(1, 200);
    assertThat(builder.open()).isTrue();
    assertThat(follower.open()).isTrue();
    bothRead();
    builder.buildAll();
    assertThat(follower.waiting()).isEqualTo(2);
    follower.follow();
    assertThat(follower.waiting()).isZero();
    assertThat(line.carried()).isZero();
  }

  private static List<VectorRecord> puts() {
    Random random = new Random(5);
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      records.add(
          Histories.put(
                  "image-" + i, i, Histories.vector(random, 8), Attributes.getDefaultInstance())
              .toBuilder()
              .setInstanceUid(UID)
              .build());
    }
    return records;
  }

  private static VectorRecord removal(String id) {
    return Histories.remove(id, 100).toBuilder().setInstanceUid(UID).build();
  }

  @Test
  void takesOverNoGraphBeforeItHasReadWhatTheBuilderHad() throws IOException {
    builder.log.addAll(puts());
    builder.log.add(removal("image-3"));
    follower.log.addAll(builder.log);
    assertThat(builder.open()).isTrue();
    assertThat(follower.open()).isTrue();
    while (builder.turn()) {
      // to the end
    }
    builder.buildAll();
    for (int i = 0; i < 4; i++) {
      assertThat(follower.turn()).isTrue();
    }
    assertThat(follower.waiting()).isEqualTo(1);
    follower.follow();
    assertThat(line.carried()).isZero();
    assertThat(follower.waiting()).isEqualTo(1);
    assertThat(follower.verdictSoFar()).isEmpty();
    bothRead();
    follower.follow();
    assertThat(graphs(follower)).isEqualTo(graphs(builder));
    assertEqual();
  }

  @Test
  void losesNoImageThatTheBuilderDoesNotHave() throws IOException {
    builder.log.addAll(puts());
    builder.log.add(removal("image-3"));
    follower.log.addAll(puts());
    follower.log.add(removal("image-5"));
    assertThat(builder.open()).isTrue();
    assertThat(follower.open()).isTrue();
    bothRead();
    builder.buildAll();
    follower.follow();
    // As many rows under the same ids, and one of them is another.
    assertThat(line.carried()).isPositive();
    assertThat(follower.waiting()).isZero();
    assertThat(rowsWithGraphs(follower)).isZero();
    assertThat(follower.verdict()).isEmpty();
  }

  @Test
  void makesItsOwnGraphsWhereItsHistoryIsAnother() throws IOException {
    List<VectorRecord> records = puts();
    builder.log.addAll(records);
    Collections.swap(records, 3, 4);
    follower.log.addAll(records);
    assertThat(builder.open()).isTrue();
    assertThat(follower.open()).isTrue();
    bothRead();
    builder.buildAll();
    follower.follow();
    assertThat(line.carried()).isPositive();
    assertThat(rowsWithGraphs(follower)).isZero();
    assertThat(graphFiles()).isEmpty();
    assertThat(follower.waiting()).isZero();
    assertEqual();
    // It is not compared again at once.
    write(1, 120);
    bothRead();
    builder.buildAll();
    follower.follow();
    assertThat(follower.shardWaits(UID)).isFalse();
  }
}
