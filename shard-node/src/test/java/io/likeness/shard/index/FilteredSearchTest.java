package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Attributes;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.Numbers;
import io.likeness.wire.Tags;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Filters of every selectivity over a shard with graphs, against brute force: if k match, k come
 * back, and they are the right ones. Images of one centre share the tag {@code centre}, so a filter
 * by it has to do with where its images lie; the number {@code uniform} has not.
 */
class FilteredSearchTest {

  private static final int IMAGES = 14_000;
  private static final int CENTRES = 100;
  private static final int DIMENSIONS = 24;
  private static final double SPREAD = 0.12;

  @TempDir static Path folder;
  private static final ModelShard model = new ModelShard();
  private static float[][] centres = {};
  private static Shard shard;

  @BeforeAll
  static void fill() throws IOException {
    Random random = new Random(17);
    centres = Histories.centres(random, CENTRES, DIMENSIONS);
    List<VectorRecord> history = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      int centre = random.nextInt(CENTRES);
      Attributes attributes =
          Attributes.newBuilder()
              .setTags(Tags.newBuilder().putValues("centre", "c" + centre))
              .setNumbers(Numbers.newBuilder().putValues("uniform", random.nextDouble()))
              .build();
      history.add(
          Histories.put(
              "image-" + i,
              i,
              Histories.clustered(random, new float[][] {centres[centre]}, SPREAD),
              attributes));
    }
    for (int i = 0; i < 700; i++) {
      history.add(Histories.remove("image-" + random.nextInt(IMAGES), IMAGES + i));
    }
    history.forEach(model::apply);
    shard = ShardScene.open(folder.resolve("shard"), 13_000);
    ShardScene.apply(shard, history, 0, history.size());
    shard.build();
    shard.refresh();
    try (View view = shard.view()) {
      assertThat(view.segments()).as("a graph, and a tail beside it").isEqualTo(1);
    }
  }

  @AfterAll
  static void close() throws IOException {
    shard.close();
  }

  private static Filter share(double share) {
    return ShardScene.number("uniform", null, share);
  }

  private static Filter centres(int from, int to) {
    String[] values = new String[to - from];
    for (int i = from; i < to; i++) {
      values[i - from] = "c" + i;
    }
    return ShardScene.tag("centre", values);
  }

  private static float[] query(Random random, int firstCentre, int centresUsed) {
    float[] centre = centres[firstCentre + random.nextInt(centresUsed)];
    return FeatureVector.ofBytes(Histories.clustered(random, new float[][] {centre}, SPREAD))
        .array();
  }

  /** Share of the true best that are found, over some queries near these centres. */
  private static double recall(Filter filter, int limit, int firstCentre, int centresUsed)
      throws IOException {
    Random random = new Random(23);
    int matches = model.matching(filter).size();
    int found = 0;
    int queries = 12;
    int wanted = Math.min(limit, matches);
    for (int i = 0; i < queries; i++) {
      float[] query = query(random, firstCentre, centresUsed);
      Set<String> exact = new HashSet<>();
      model.search(query, filter, limit, -2).forEach(scored -> exact.add(scored.id()));
      SearchOutcome.Found answer =
          ShardScene.find(shard, ShardScene.search(query, filter, limit, -2));
      List<String> ids = ModelShard.ids(answer.hits());
      assertThat(answer.total()).isEqualTo(matches);
      assertThat(ids).as("if k match, k come back").hasSize(wanted).doesNotHaveDuplicates();
      assertThat(answer.hits().stream().map(Hit::getScore).toList())
          .isSortedAccordingTo((a, b) -> Double.compare(b, a));
      found += (int) ids.stream().filter(exact::contains).count();
    }
    return found / (double) (wanted * queries);
  }

  @Test
  void findsAllThatMatchAtAnyShare() throws IOException {
    for (double share : new double[] {0.001, 0.01, 0.1, 0.3, 0.5, 0.9}) {
      for (int limit : new int[] {10, 100}) {
        assertThat(recall(share(share), limit, 0, CENTRES))
            .as("share %s, limit %s", share, limit)
            .isGreaterThanOrEqualTo(0.98);
      }
    }
  }

  @Test
  void findsAllThatMatchWhereTheFilterFollowsThePictures() throws IOException {
    for (int count : new int[] {1, 10, 50, 90}) {
      for (int limit : new int[] {10, 100}) {
        assertThat(recall(centres(0, count), limit, 0, count))
            .as("%s centres, queries among them, limit %s", count, limit)
            .isGreaterThanOrEqualTo(0.98);
        assertThat(recall(centres(0, count), limit, count, CENTRES - count))
            .as("%s centres, queries elsewhere, limit %s", count, limit)
            .isGreaterThanOrEqualTo(0.98);
      }
    }
  }

  @Test
  void findsAllThatMatchOfCompoundFilters() throws IOException {
    Filter half = share(0.5);
    for (Filter filter :
        List.of(
            ShardScene.not(half),
            ShardScene.not(centres(0, 40)),
            ShardScene.all(half, ShardScene.not(centres(0, 40))),
            ShardScene.any(share(0.3), centres(0, 30)),
            ShardScene.all(ShardScene.prefix("image-1"), ShardScene.not(half)))) {
      assertThat(recall(filter, 10, 0, CENTRES)).as("%s", filter).isGreaterThanOrEqualTo(0.98);
    }
  }

  @Test
  void reachesTenThousandDeepWithoutLosingAny() throws IOException {
    assertThat(recall(Filter.getDefaultInstance(), 10_000, 0, CENTRES))
        .isGreaterThanOrEqualTo(0.99);
    assertThat(recall(Filter.getDefaultInstance(), 1_100, 0, CENTRES)).isGreaterThanOrEqualTo(0.98);
    assertThat(recall(share(0.9), 3_000, 0, CENTRES)).isGreaterThanOrEqualTo(0.98);
  }
}
