package io.likeness.bench.engine.scene;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Subset;
import io.likeness.bench.engine.rival.Changing;
import io.likeness.bench.engine.rival.Engines;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.BitSet;

/**
 * What is left of recall and speed when a fifth of the rows was deleted, before and after merges.
 */
final class DeletesScene implements Scene {

  @Override
  public JsonObject play(Stage stage) throws IOException {
    DataSet data = stage.data();
    JsonObject figures = new JsonObject();
    BitSet left = data.members(Subset.FOUR_FIFTHS);
    Probe all = new Probe(stage, data.members(Subset.ALL));
    Probe some = new Probe(stage, left);
    try (Changing engine = Engines.changing(stage.engine(), stage.folder())) {
      engine.show();
      int effort = all.effort(engine);
      all.warm(engine, effort, stage);
      figures.put("effort", effort);
      all.look(engine, effort).into(figures, "before");
      long begun = System.nanoTime();
      int deleted = 0;
      for (int row = left.nextClearBit(0);
          row < data.base().count();
          row = left.nextClearBit(row + 1)) {
        engine.remove(row);
        deleted++;
      }
      engine.show();
      figures
          .put("rows_deleted", deleted)
          .put("us_a_delete", (System.nanoTime() - begun) / 1e3 / Math.max(1, deleted));
      some.warm(engine, effort, stage);
      some.look(engine, effort).into(figures, "deleted");
      begun = System.nanoTime();
      engine.tidy();
      engine.show();
      figures.put("tidied_in_s", (System.nanoTime() - begun) / 1e9);
      some.warm(engine, effort, stage);
      some.look(engine, effort).into(figures, "tidied");
    }
    return figures;
  }
}
