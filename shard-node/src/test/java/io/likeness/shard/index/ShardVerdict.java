package io.likeness.shard.index;

import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** How a shard differs from what it should be, counted by what an operator would call it. */
public final class ShardVerdict {

  private static final int SEARCHES = 6;
  private static final float SCORES_DIFFER = 1e-5f;

  private final List<String> lost = new ArrayList<>();
  private final List<String> resurrected = new ArrayList<>();
  private final List<String> wrong = new ArrayList<>();

  private ShardVerdict() {}

  /** Looks at every image the model knows, and at the answers to some random searches. */
  static ShardVerdict of(Shard shard, ModelShard model, Random random) throws IOException {
    ShardVerdict verdict = new ShardVerdict();
    try (View view = shard.view()) {
      for (Map.Entry<String, ImageState> entry : model.states().entrySet()) {
        verdict.compare(view, entry.getKey(), entry.getValue(), model);
      }
      int images = model.matching(ShardScene.ANY).size();
      if (view.images() != images) {
        verdict.wrong.add(view.images() + " images instead of " + images);
      }
    }
    for (int i = 0; i < SEARCHES; i++) {
      verdict.search(shard, model, random, i == 0 ? ShardScene.ANY : ShardScene.random(random, 2));
    }
    return verdict;
  }

  /** What is wrong with the shard, which has read these records and shows them; empty: nothing. */
  public static String of(Shard shard, List<VectorRecord> records, long seed) throws IOException {
    ModelShard model = new ModelShard();
    records.forEach(model::apply);
    ShardVerdict verdict = of(shard, model, new Random(seed));
    return verdict.isSame() ? "" : verdict.toString();
  }

  /** Images that can be found although these records removed them. */
  public static List<String> undead(Shard shard, List<VectorRecord> records) throws IOException {
    ModelShard model = new ModelShard();
    records.forEach(model::apply);
    List<String> undead = new ArrayList<>();
    for (Hit hit : ShardScene.hits(shard, new float[0], ShardScene.ANY, 9_999)) {
      if (!model.states().getOrDefault(hit.getImageId(), ImageState.UNKNOWN).exists()) {
        undead.add(hit.getImageId());
      }
    }
    return undead;
  }

  private void compare(View view, String id, ImageState expected, ModelShard model)
      throws IOException {
    ImageState found = view.state(id);
    if (!found.equals(expected)) {
      if (!expected.exists() && found.exists()) {
        resurrected.add(id + " exists again");
      } else {
        lost.add("news of " + id);
      }
    } else if (expected.exists() && !view.describe(id, true).getVector().equals(model.vector(id))) {
      wrong.add("vector of " + id);
    }
  }

  private void search(Shard shard, ModelShard model, Random random, Filter filter)
      throws IOException {
    int dimensions = model.dimensions();
    if (dimensions == 0) {
      return;
    }
    float[] query = FeatureVector.ofBytes(Histories.vector(random, dimensions)).array();
    int limit = 1 + random.nextInt(40);
    List<ModelShard.Scored> expected = model.search(query, filter, limit, -2);
    SearchOutcome.Found found = ShardScene.find(shard, ShardScene.search(query, filter, limit, -2));
    if (found.total() != model.matching(filter).size()) {
      wrong.add("total " + found.total() + " for " + filter);
    }
    List<Hit> hits = found.hits();
    if (!ModelShard.ids(hits).equals(expected.stream().map(ModelShard.Scored::id).toList())) {
      wrong.add("hits for " + filter);
      return;
    }
    for (int i = 0; i < hits.size(); i++) {
      if (Math.abs(hits.get(i).getScore() - expected.get(i).cosine()) > SCORES_DIFFER) {
        wrong.add("score of " + hits.get(i).getImageId());
      }
    }
  }

  public int lost() {
    return lost.size();
  }

  public int resurrected() {
    return resurrected.size();
  }

  public int wrong() {
    return wrong.size();
  }

  public boolean isSame() {
    return lost.isEmpty() && resurrected.isEmpty() && wrong.isEmpty();
  }

  @Override
  public String toString() {
    return "lost " + lost + ", resurrected " + resurrected + ", wrong " + wrong;
  }
}
