package io.likeness.bench.engine.rival;

import io.likeness.bench.engine.rival.LikenessEngine.Part;
import io.likeness.shard.index.ShardSettings;
import io.likeness.wire.RowFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The engines there are, by name. */
public final class Engines {

  public static final String LIKENESS = "likeness";
  public static final String LUCENE = "lucene";

  private static final int FIRST_STEP = 8;
  private static final RowFormat FLOAT32 = RowFormat.ROW_FORMAT_FLOAT32;
  private static final RowFormat INT8 = RowFormat.ROW_FORMAT_INT8;

  private static final Map<String, Supplier<Engine>> ALL = all();

  private Engines() {}

  private static Map<String, Supplier<Engine>> all() {
    Map<String, Supplier<Engine>> all = new LinkedHashMap<>();
    int code = ShardSettings.DEFAULT.codeBytes();
    all.put(LIKENESS, () -> new LikenessEngine(Part.VECTORS, FLOAT32, code));
    all.put("likeness-small", () -> new LikenessEngine(Part.VECTORS, FLOAT32, code / 2));
    all.put("likeness-int8", () -> new LikenessEngine(Part.VECTORS, INT8, code));
    all.put("likeness-whole", () -> new LikenessEngine(Part.WHOLE, FLOAT32, code));
    all.put(LUCENE, () -> new LuceneEngine(LuceneEngine.Form.FLOAT));
    all.put("lucene-int8", () -> new LuceneEngine(LuceneEngine.Form.INT8));
    all.put("lucene-1bit", () -> new LuceneEngine(LuceneEngine.Form.ONE_BIT));
    all.put("jvector-pq", () -> new JVectorEngine(JVectorEngine.Form.PQ));
    all.put("jvector-fused", () -> new JVectorEngine(JVectorEngine.Form.FUSED));
    all.put("brute", BruteEngine::new);
    return all;
  }

  public static List<String> names() {
    return List.copyOf(ALL.keySet());
  }

  public static Engine of(String name) {
    Supplier<Engine> engine = ALL.get(name);
    if (engine == null) {
      throw new IllegalArgumentException(
          "no engine is called " + name + "; there are " + String.join(", ", names()));
    }
    return engine.get();
  }

  /** Those that take changes. */
  public static List<String> changingNames() {
    return List.of(LIKENESS, LUCENE);
  }

  /** Over what an engine of this name has built, or over an empty folder. */
  public static Changing changing(String name, Path folder) throws IOException {
    return switch (name) {
      case LIKENESS -> new ChangingLikeness(folder);
      case LUCENE -> new ChangingLucene(folder);
      default -> throw new IllegalArgumentException(name + " takes no changes");
    };
  }

  /** Candidates to keep for k results: k itself, then on in steps of a third to a half. */
  static int[] ladder(int k, int most) {
    List<Integer> efforts = new ArrayList<>(List.of(k));
    int step = FIRST_STEP;
    for (int effort = FIRST_STEP; effort <= most; effort += step) {
      if (effort > k) {
        efforts.add(effort);
      }
      if (effort >= 4 * step) {
        step *= 2;
      }
    }
    return efforts.stream().mapToInt(Integer::intValue).toArray();
  }
}
