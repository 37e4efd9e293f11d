package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Attributes;
import io.likeness.wire.Hit;
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
}
