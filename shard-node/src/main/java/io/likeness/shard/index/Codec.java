package io.likeness.shard.index;

/**
 * Turns vectors into codes of a few dozen bytes: their strongest coordinates ({@link Projection}),
 * the first {@code wide} of them in 8 bits each and the next {@code narrow} in 4. How many of each
 * is chosen for the data, so that the products of queries and codes are off by as little as the
 * bytes allow: data of few strong directions gets them fine, data of many gets more of them.
 *
 * <p>On the same bytes this keeps more of the order of neighbours than product quantisation, and is
 * scored by a few multiplications instead of dependent look-ups; decision 0011 has the figures.
 */
final class Codec {

  /** Wide coordinates come in runs of this many, narrow ones in runs of twice as many. */
  static final int RUN = 16;

  private static final int WIDE_LEVELS = 255;
  private static final int NARROW_LEVELS = 15;

  /** Shares of the range that the narrow levels may span: clipping few buys finer steps for all. */
  private static final float[] SPANS = {1f, 0.85f, 0.7f, 0.6f, 0.5f};

  private final Projection projection;
  private final int wide;
  private final float[] low;
  private final float[] step;

  Codec(Projection projection, int wide, float[] low, float[] step) {
    this.projection = projection;
    this.wide = wide;
    this.low = low;
    this.step = step;
  }

  Projection projection() {
    return projection;
  }

  int wide() {
    return wide;
  }

  int narrow() {
    return projection.size() - wide;
  }

  float[] low() {
    return low;
  }

  float[] step() {
    return step;
  }

  int bytes() {
    return wide + narrow() / 2;
  }

  /** From the least value of this coordinate that has a code to the greatest. */
  float range(int k) {
    return step[k] * (k < wide ? WIDE_LEVELS : NARROW_LEVELS);
  }

  // ---- Learning ----

  /** Directions that codes of this many bytes could use at most. */
  static int directionsMax(int bytes) {
    return 2 * bytes;
  }

  /**
   * The best codec of at most this many bytes for these rows.
   *
   * @param strongest at least {@link #directionsMax} directions, or all there are
   */
  static Codec learn(RowBlock rows, Projection strongest, int bytes) {
    Projection full = strongest.padded(2 * RUN);
    Sample sample = Sample.of(rows, full);
    Codec best = null;
    double least = Double.POSITIVE_INFINITY;
    for (int wide = bytes / RUN * RUN; wide >= 0; wide -= RUN) {
      int used = Math.min(wide, full.size() / RUN * RUN);
      int narrow =
          Math.min((bytes - used) / RUN * 2 * RUN, (full.size() - used) / (2 * RUN) * 2 * RUN);
      Codec codec = of(full.first(used + narrow), used, sample);
      double error = sample.error(codec);
      if (error < least) {
        least = error;
        best = codec;
      }
    }
    if (best == null) {
      throw new IllegalArgumentException("codes of " + bytes + " bytes, at least " + RUN);
    }
    return best;
  }

  private static Codec of(Projection projection, int wide, Sample sample) {
    int size = projection.size();
    float[] low = new float[size];
    float[] step = new float[size];
    for (int k = 0; k < size; k++) {
      float[] range = k < wide ? sample.range(k) : sample.tightRange(k);
      low[k] = range[0];
      step[k] = Math.max((range[1] - range[0]) / (k < wide ? WIDE_LEVELS : NARROW_LEVELS), 1e-12f);
    }
    return new Codec(projection, wide, low, step);
  }

  /** The coordinates of some rows, by coordinate. */
  private record Sample(float[][] coordinates) {

    private static final int ROWS_MAX = 4_096;

    static Sample of(RowBlock rows, Projection projection) {
      int count = Math.min(ROWS_MAX, rows.rows());
      float[][] coordinates = new float[projection.size()][count];
      float[] row = new float[projection.dimensions()];
      float[] projected = new float[projection.size()];
      for (int i = 0; i < count; i++) {
        rows.copyTo(Codes.spreadRow(i, count, rows.rows()), row);
        projection.project(row, projected);
        for (int k = 0; k < projected.length; k++) {
          coordinates[k][i] = projected[k];
        }
      }
      return new Sample(coordinates);
    }

    /** A little beyond what was seen: the rest of the rows may lie there. */
    float[] range(int k) {
      float least = Float.POSITIVE_INFINITY;
      float most = Float.NEGATIVE_INFINITY;
      for (float value : coordinates[k]) {
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
      float margin = (most - least) * 0.05f;
      return new float[] {least - margin, most + margin};
    }

    /** The share of the range around the mean that narrow levels render best. */
    float[] tightRange(int k) {
      float[] whole = range(k);
      double mean = 0;
      for (float value : coordinates[k]) {
        mean += value / coordinates[k].length;
      }
      float[] best = whole;
      double least = Double.POSITIVE_INFINITY;
      for (float span : SPANS) {
        float from = (float) (mean + span * (whole[0] - mean));
        float to = (float) (mean + span * (whole[1] - mean));
        double error = squaredError(k, from, (to - from) / NARROW_LEVELS, NARROW_LEVELS);
        if (error < least) {
          least = error;
          best = new float[] {from, to};
        }
      }
      return best;
    }

    private double squaredError(int k, float low, float step, int levels) {
      double sum = 0;
      for (float value : coordinates[k]) {
        double off = value - (low + step * level(value, low, step, levels));
        sum += off * off;
      }
      return sum;
    }

    /** Mean squared error of products with queries that are spread as the rows are. */
    double error(Codec codec) {
      double error = 0;
      for (int k = 0; k < coordinates.length; k++) {
        double strength = 0;
        for (float value : coordinates[k]) {
          strength += value * value;
        }
        double lost =
            k >= codec.projection.size()
                ? strength
                : squaredError(
                    k, codec.low[k], codec.step[k], k < codec.wide ? WIDE_LEVELS : NARROW_LEVELS);
        error += strength * lost;
      }
      return error;
    }
  }

  private static int level(float value, float low, float step, int levels) {
    return Math.max(0, Math.min(levels, Math.round((value - low) / step)));
  }

  // ---- Coding ----

  /** {@code projected}: the vector's coordinates, at least as many as the codec uses. */
  void encode(float[] projected, byte[] code) {
    for (int k = 0; k < wide; k++) {
      // Signed, so that widening needs no mask.
      code[k] = (byte) (level(projected[k], low[k], step[k], WIDE_LEVELS) - 128);
    }
    // Of each run the low halves of the bytes are its first coordinates, the high halves the rest.
    for (int run = 0; run < narrow() / (2 * RUN); run++) {
      int first = wide + run * 2 * RUN;
      for (int i = 0; i < RUN; i++) {
        int lower = narrowLevel(projected, first + i);
        int upper = narrowLevel(projected, first + RUN + i);
        code[wide + run * RUN + i] = (byte) (lower | upper << 4);
      }
    }
  }

  private int narrowLevel(float[] projected, int k) {
    return level(projected[k], low[k], step[k], NARROW_LEVELS);
  }

  /**
   * What a query's products with codes are computed from: a weight for each wide code, and in each
   * narrow run one for the whole byte, then one for its high half.
   *
   * @param coordinates of the query itself
   */
  record Query(float base, float[] weights, float[] coordinates) {}

  Query query(float[] vector) {
    float[] coordinates = new float[projection.size()];
    projection.project(vector, coordinates);
    float[] projected = coordinates.clone();
    double base = 0;
    for (int k = 0; k < projected.length; k++) {
      base += (double) projected[k] * (low[k] + (k < wide ? 128 * step[k] : 0));
      projected[k] *= step[k];
    }
    // A byte of two narrow codes is low + 16 high: the high weight takes back what the low one
    // multiplies too much when it is applied to the whole byte.
    for (int run = wide; run < projected.length; run += 2 * RUN) {
      for (int i = run; i < run + RUN; i++) {
        projected[i + RUN] -= 16 * projected[i];
      }
    }
    return new Query((float) base, projected, coordinates);
  }

  @Override
  public String toString() {
    return wide + " coordinates of 8 bits and " + narrow() + " of 4";
  }
}
