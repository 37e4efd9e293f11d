package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Attributes;
import io.likeness.wire.Hit;
import io.likeness.wire.Tags;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardConcurrencyTest {

  private static final int IMAGES = 150;
  private static final int ROUNDS = 20;
  private static final int DIMENSIONS = 12;

  @TempDir Path folder;

  /** Invariant: an image that exists all the time is in every view, once. */
  @Test
  void showsEveryImageOnceWhileAllOfThemChange() throws Exception {
    Random random = new Random(3);
    Shard shard = ShardScene.open(folder.resolve("s"), 100);
    AtomicBoolean done = new AtomicBoolean();
    put(shard, random, 0);
    shard.refresh();
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> running = new ArrayList<>();
      running.add(
          threads.submit(
              () -> {
                try {
                  for (int round = 1; round < ROUNDS; round++) {
                    put(shard, random, round);
                  }
                } finally {
                  done.set(true);
                }
                return null;
              }));
      running.add(threads.submit(until(done, shard::refresh)));
      running.add(threads.submit(until(done, () -> shard.commit(0))));
      running.add(threads.submit(until(done, shard::build)));
      for (int i = 0; i < 2; i++) {
        Random own = new Random(i);
        running.add(threads.submit(until(done, () -> look(shard, own))));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
    shard.close();
    try (Shard again = ShardScene.open(folder.resolve("s"), 100)) {
      look(again, random);
      assertThat(again.nextOffset()).isEqualTo((long) IMAGES * ROUNDS);
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private static Callable<?> until(AtomicBoolean done, Work work) {
    return () -> {
      while (!done.get()) {
        work.run();
      }
      return null;
    };
  }

  private static void put(Shard shard, Random random, int round) throws Exception {
    for (int i = 0; i < IMAGES; i++) {
      long version = (long) round * IMAGES + i;
      shard.apply(
          List.of(
              new Shard.Change(
                  version,
                  Histories.put(
                      "image-" + i,
                      version,
                      Histories.vector(random, DIMENSIONS),
                      Attributes.getDefaultInstance()))));
    }
  }

  private static void look(Shard shard, Random random) throws Exception {
    float[] query = FeatureVector.ofBytes(Histories.vector(random, DIMENSIONS)).array();
    List<Hit> hits = ShardScene.hits(shard, query, ShardScene.ANY, 2 * IMAGES);
    assertThat(hits).hasSize(IMAGES);
    assertThat(ModelShard.ids(hits)).doesNotHaveDuplicates();
  }

  /**
   * Invariant: an image that always carries one of three values, is under exactly one of them in
   * every view, though what filters came to is kept from view to view.
   */
  @Test
  void showsEveryImageUnderOneValueWhileAllOfThemChange() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    try (Shard shard = ShardScene.open(folder.resolve("s"), 60);
        ExecutorService threads = Executors.newCachedThreadPool()) {
      put(shard, new Random(5), 0);
      recolour(shard, new Random(5), 1);
      shard.refresh();
      List<Future<?>> running = new ArrayList<>();
      running.add(
          threads.submit(
              () -> {
                try {
                  for (int round = 2; round < 3 * ROUNDS; round++) {
                    recolour(shard, new Random(round), round);
                  }
                } finally {
                  done.set(true);
                }
                return null;
              }));
      running.add(threads.submit(until(done, shard::refresh)));
      running.add(threads.submit(until(done, shard::build)));
      for (int i = 0; i < 2; i++) {
        Random own = new Random(i);
        running.add(threads.submit(until(done, () -> lookByColour(shard, own))));
      }
      for (Future<?> each : running) {
        each.get();
      }
    }
  }

  /** Every other one gets a value, every third a new vector with it. */
  private static void recolour(Shard shard, Random random, int round) throws Exception {
    for (int i = 0; i < IMAGES; i++) {
      if (round > 1 && random.nextBoolean()) {
        continue;
      }
      long version = (long) round * IMAGES + i;
      Attributes colour =
          Attributes.newBuilder()
              .setTags(Tags.newBuilder().putValues("colour", "c" + random.nextInt(3)))
              .build();
      String id = "image-" + i;
      shard.apply(
          List.of(
              new Shard.Change(
                  version,
                  random.nextInt(3) == 0
                      ? Histories.put(id, version, Histories.vector(random, DIMENSIONS), colour)
                      : Histories.patch(id, version, colour))));
    }
  }

  private static void lookByColour(Shard shard, Random random) throws Exception {
    float[] query = FeatureVector.ofBytes(Histories.vector(random, DIMENSIONS)).array();
    List<String> seen = new ArrayList<>();
    try (View view = shard.view()) {
      for (String colour : List.of("c0", "c1", "c2")) {
        ShardSearch search =
            ShardScene.search(query, ShardScene.tag("colour", colour), 2 * IMAGES, -2);
        SearchOutcome.Found found = (SearchOutcome.Found) view.search(search, ShardScene.FILTERS);
        assertThat(found.total()).isEqualTo(found.hits().size());
        for (Hit hit : found.hits()) {
          assertThat(hit.getAttributes().getTags().getValuesOrThrow("colour")).isEqualTo(colour);
          seen.add(hit.getImageId());
        }
      }
      ShardSearch groups =
          new ShardSearch(
              query, ShardScene.ANY, 10, -2, 0, false, false, ShardScene.soon(), "colour");
      assertThat(((SearchOutcome.Found) view.search(groups, ShardScene.FILTERS)).hits())
          .extracting(Hit::getGroup)
          .doesNotHaveDuplicates()
          .hasSizeBetween(1, 3);
    }
    assertThat(seen).hasSize(IMAGES).doesNotHaveDuplicates();
  }
}
