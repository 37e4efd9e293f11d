package io.likeness.bench.engine.scene;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.rival.Changing;
import io.likeness.bench.engine.rival.Engines;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What do searches feel of a merge? As many rows are added as make one, and searches are timed
 * before, while it runs and afterwards.
 */
final class MergeScene implements Scene {

  /** A quarter of the rows is added. */
  private static final int ADDED_SHARE = 4;

  @Override
  public JsonObject play(Stage stage) throws IOException, InterruptedException {
    DataSet data = stage.data();
    float[][] fresh =
        data.further(Load.SETTLING + Math.max(Load.SETTLING, data.base().count() / ADDED_SHARE));
    Probe probe = new Probe(stage, data.members(Subset.ALL));
    JsonObject figures = new JsonObject();
    try (Changing engine = Engines.changing(stage.engine(), stage.folder())) {
      engine.show();
      int effort = probe.effort(engine);
      int next = data.base().count();
      Load load = new Load(probe, effort);
      load.settleIn(engine, Arrays.copyOf(fresh, Load.SETTLING), next);
      float[][] added = Arrays.copyOfRange(fresh, Load.SETTLING, fresh.length);
      Load.fill(engine, added, next + Load.SETTLING);
      probe.warm(engine, effort, stage);
      figures.put("effort", effort).put("rows_added", added.length);
      stage.say().accept("before: " + engine.state());
      Load.Felt before = load.forSeconds(engine, stage.seconds());
      before.into(figures, "before");
      AtomicBoolean merged = new AtomicBoolean();
      long begun = System.nanoTime();
      Load.Felt during;
      try (Crew crew = new Crew()) {
        crew.run(
            "merge",
            () -> {
              engine.merge();
              merged.set(true);
            });
        during = load.until(engine, () -> merged.get() || crew.hasFailed());
      }
      figures.put("merge_took_s", (System.nanoTime() - begun) / 1e9);
      during.into(figures, "during");
      engine.show();
      stage.say().accept("after: " + engine.state());
      Load.Felt after = load.forSeconds(engine, stage.seconds());
      after.into(figures, "after");
      figures
          .put("p99_during_to_before", during.p99() / before.p99())
          .put("p99_during_to_after", during.p99() / after.p99());
    }
    return figures;
  }
}
