package io.likeness.bench.engine.scene;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.rival.Changing;
import io.likeness.bench.engine.rival.Engines;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.Locale;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * What 50 rounds that each replace 5 % of the rows leave of recall, against an index built afresh
 * of the rows that are there at the end. Four fifths of the data set live at a time; what is
 * deleted comes back ten rounds later at the earliest.
 */
final class ChurnScene implements Scene {

  static final int ROUNDS = 50;

  private static final double LIVE = 0.8;
  private static final double REPLACED = 0.05;
  private static final int LOOK_EVERY = 10;
  private static final int BATCH = 500;

  @Override
  public JsonObject play(Stage stage) throws IOException {
    DataSet data = stage.data();
    int[] live = IntStream.range(0, (int) (LIVE * data.base().count())).toArray();
    Deque<Integer> dead = new ArrayDeque<>();
    for (int row = live.length; row < data.base().count(); row++) {
      dead.add(row);
    }
    JsonObject figures = new JsonObject();
    int effort;
    Probe.Seen churned;
    Probe probe = new Probe(stage, set(live));
    try (Changing engine =
        Engines.changing(stage.engine(), Files.createDirectory(stage.spare().resolve("churned")))) {
      fill(engine, data, live);
      effort = probe.effort(engine);
      probe.warm(engine, effort, stage);
      figures.put("effort", effort);
      probe.look(engine, effort).into(figures, "before");
      Random random = new Random(ROUNDS);
      long begun = System.nanoTime();
      for (int round = 1; round <= ROUNDS; round++) {
        replace(engine, data, live, dead, random);
        if (round % LOOK_EVERY == 0) {
          Probe now = new Probe(stage, set(live));
          double recall = now.look(engine, effort).recall();
          stage
              .say()
              .accept(
                  String.format(
                      Locale.ROOT, "round %d: recall %.4f, %s", round, recall, engine.state()));
        }
      }
      figures.put("rounds_took_s", (System.nanoTime() - begun) / 1e9);
      probe = new Probe(stage, set(live));
      probe.warm(engine, effort, stage);
      churned = probe.look(engine, effort);
      churned.into(figures, "churned");
    }
    try (Changing engine =
        Engines.changing(stage.engine(), Files.createDirectory(stage.spare().resolve("fresh")))) {
      fill(engine, data, live);
      probe.warm(engine, effort, stage);
      Probe.Seen fresh = probe.look(engine, effort);
      fresh.into(figures, "fresh");
      figures.put("share_of_fresh_recall", churned.recall() / fresh.recall());
      figures.put("times_fresh_cpu", churned.cpu() / fresh.cpu());
    }
    return figures;
  }

  private static BitSet set(int[] rows) {
    BitSet set = new BitSet();
    for (int row : rows) {
      set.set(row);
    }
    return set;
  }

  private static void fill(Changing engine, DataSet data, int[] rows) throws IOException {
    for (int i = 0; i < rows.length; i++) {
      engine.put(rows[i], data.base().row(rows[i]));
      if (i % BATCH == BATCH - 1) {
        engine.show();
      }
    }
    engine.show();
    engine.tidy();
    engine.show();
  }

  private static void replace(
      Changing engine, DataSet data, int[] live, Deque<Integer> dead, Random random)
      throws IOException {
    for (int i = 0; i < REPLACED * live.length; i++) {
      int place = random.nextInt(live.length);
      engine.remove(live[place]);
      dead.addLast(live[place]);
      live[place] = dead.removeFirst();
      engine.put(live[place], data.base().row(live[place]));
    }
    engine.show();
    engine.tidy();
    engine.show();
  }
}
