package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Hit;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardMemoryTest {

  private static final int DIMENSIONS = 24;
  private static final int IMAGES = 600;

  @TempDir Path folder;

  private static final class Host extends ShardScene.Told {
    private final MemoryLedger ledger;

    Host(long capacity) {
      this.ledger = new MemoryLedger(capacity);
    }

    @Override
    public MemoryLedger memory() {
      return ledger;
    }
  }

  private Shard open(Host host) throws IOException {
    return ShardFolder.open(folder.resolve("s"), ShardScene.LOG, ShardScene.sealing(200), host);
  }

  private static void fill(Shard shard) throws IOException {
    Random random = new Random(8);
    List<VectorRecord> history = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      history.add(
          Histories.put(
              "image-" + i, i, Histories.vector(random, DIMENSIONS), Histories.attributes(random)));
    }
    ShardScene.apply(shard, history, 0, IMAGES);
    shard.refresh();
  }

  private static void assertFindsAll(Shard shard) throws IOException {
    float[] query = FeatureVector.ofBytes(Histories.vector(new Random(1), DIMENSIONS)).array();
    List<Hit> hits = ShardScene.hits(shard, query, ShardScene.ANY, IMAGES);
    assertThat(hits).hasSize(IMAGES);
  }

  @Test
  void countsWhatItHoldsAndGivesItBack() throws IOException {
    Host host = new Host(1 << 30);
    Shard shard = open(host);
    fill(shard);
    assertThat(host.ledger.taken()).isZero();

    shard.build();

    try (View view = shard.view()) {
      long held = host.ledger.taken();
      assertThat(held).isGreaterThan(IMAGES * 64L).isLessThan(IMAGES * 1_000L);
      shard.close();
      assertThat(host.ledger.taken()).as("a view still reads it").isEqualTo(held);
      assertThat(view.images()).isEqualTo(IMAGES);
    }
    assertThat(host.ledger.taken()).isZero();
  }

  @Test
  void leavesRowsScannedWhereTheirGraphDoesNotFit() throws IOException {
    Host host = new Host(10_000);
    try (Shard shard = open(host)) {
      fill(shard);

      shard.build();

      try (View view = shard.view()) {
        assertThat(view.segments()).isEqualTo(3);
      }
      assertFindsAll(shard);
      assertThat(host.ledger.taken()).isZero();
    }
  }

  @Test
  void refusesToOpenWhatDoesNotFitAndLosesNothing() throws IOException {
    try (Shard shard = open(new Host(1 << 30))) {
      fill(shard);
      shard.build();
    }
    Host small = new Host(5_000);

    assertThatThrownBy(() -> open(small))
        .isInstanceOf(NoMemoryException.class)
        .hasMessageContaining("graph-")
        .hasMessageContaining("shard.memory");

    assertThat(small.ledger.taken()).isZero();
    try (Shard shard = open(new Host(1 << 30))) {
      assertFindsAll(shard);
    }
  }

  @Test
  void saysWhenGraphsFallBehindAndWhenTheyHaveCaughtUp() throws IOException {
    Host host = new Host(1 << 30);
    try (Shard shard =
        ShardFolder.open(folder.resolve("b"), ShardScene.LOG, ShardScene.sealing(30), host)) {
      fill(shard);
      assertThat(shard.isBehind()).isTrue();

      shard.build();

      assertThat(shard.isBehind()).isFalse();
    }
    // Where no graph can be made, waiting for one would be for ever.
    try (Shard shard =
        ShardFolder.open(
            folder.resolve("n"), ShardScene.LOG, ShardScene.sealing(30), new Host(2_000))) {
      fill(shard);
      shard.build();
      assertThat(shard.isBehind()).isFalse();
    }
  }

  @Test
  void tellsTheShareOfTheTruthThatAnAnswerHolds() throws IOException {
    try (Shard shard = open(new Host(1 << 30))) {
      fill(shard);
      shard.build();
      shard.refresh();
      float[] query = FeatureVector.ofBytes(Histories.vector(new Random(2), DIMENSIONS)).array();
      ShardSearch search = ShardScene.search(query, ShardScene.tag("colour", "v1"), 10, -2);
      try (View view = shard.view()) {
        List<Hit> hits = ShardScene.find(shard, search).hits();
        assertThat(view.canBeChecked(search)).isTrue();
        assertThat(view.recallOf(search, hits, FilterCache.none()).orElseThrow()).isEqualTo(1);
        assertThat(view.recallOf(search, hits.subList(0, 7), FilterCache.none()).orElseThrow())
            .isEqualTo(0.7);
        assertThat(view.recallOf(search, List.of(), FilterCache.none()).orElseThrow()).isZero();
      }
    }
  }
}
