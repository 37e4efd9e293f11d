package io.likeness.bench.engine.data;

import java.util.Arrays;

/**
 * Data that is as hard to search as embeddings of pictures are: a point of a mixture of 1,500
 * clusters (few large, many small, each stretched in its own way) in 28 dimensions, bent by a fixed
 * random network into the full space, with a mean that all share, noise on top, and unit length.
 * Nothing is gained from having seen other rows: each row depends on the seed and its number alone,
 * so a smaller set is the beginning of a larger one, and any thread can make any row.
 */
public final class Generator {

  public static final long SEED = 20261121;
  public static final int COMPONENTS = 1_500;

  private static final int LATENT = 28;
  private static final int HIDDEN = 384;
  private static final float NOISE = 0.10f;
  private static final double ZIPF = 0.7;
  static final int UNIFORM_END = 1_000_000;

  /** Rows of the base and queries come from different streams. */
  public enum Kind {
    BASE(1),
    QUERY(2);

    private final long stream;

    Kind(long stream) {
      this.stream = stream << 40;
    }
  }

  private static final long MODEL_STREAM = 3L << 40;
  private static final long UNIFORM_STREAM = 4L << 40;

  private final long seed;
  private final int dimensions;
  private final Panels inner;
  private final float[] bias;
  private final Panels outer;
  private final float[] mean;
  private final float[][] centres;
  // Per component and latent dimension: how far it stretches.
  private final float[][] spreads;
  private final double[] cumulative;

  public Generator(int dimensions, long seed) {
    this.seed = seed;
    this.dimensions = dimensions;
    Draws draws = Draws.of(seed, MODEL_STREAM);
    this.inner = new Panels(matrix(draws, LATENT, HIDDEN, 1 / StrictMath.sqrt(LATENT)));
    this.bias = matrix(draws, 1, HIDDEN, 0.3)[0];
    this.outer = new Panels(matrix(draws, HIDDEN, dimensions, 1 / StrictMath.sqrt(HIDDEN)));
    this.mean = matrix(draws, 1, dimensions, 0.25)[0];
    this.centres = matrix(draws, COMPONENTS, LATENT, 1);
    this.spreads = spreads(draws);
    this.cumulative = cumulative();
  }

  private static float[][] matrix(Draws draws, int rows, int columns, double scale) {
    float[][] matrix = new float[rows][columns];
    for (float[] row : matrix) {
      for (int i = 0; i < columns; i++) {
        row[i] = (float) (scale * draws.gaussian());
      }
    }
    return matrix;
  }

  private static float[][] spreads(Draws draws) {
    double[] spectrum = new double[LATENT];
    double squares = 0;
    for (int i = 0; i < LATENT; i++) {
      spectrum[i] = StrictMath.pow(i + 1, -0.25);
      squares += spectrum[i] * spectrum[i];
    }
    float[][] spreads = new float[COMPONENTS][LATENT];
    for (float[] spread : spreads) {
      double scale =
          0.9 * StrictMath.exp(0.25 * draws.gaussian()) * StrictMath.sqrt(LATENT / squares);
      for (int i = 0; i < LATENT; i++) {
        spread[i] = (float) (scale * spectrum[i]);
      }
      for (int i = LATENT - 1; i > 0; i--) {
        int other = draws.below(i + 1);
        float kept = spread[i];
        spread[i] = spread[other];
        spread[other] = kept;
      }
    }
    return spreads;
  }

  private static double[] cumulative() {
    double[] cumulative = new double[COMPONENTS];
    double sum = 0;
    for (int i = 0; i < COMPONENTS; i++) {
      sum += StrictMath.pow(i + 1, -ZIPF);
      cumulative[i] = sum;
    }
    for (int i = 0; i < COMPONENTS; i++) {
      cumulative[i] /= sum;
    }
    return cumulative;
  }

  public int dimensions() {
    return dimensions;
  }

  /** For filters that have nothing to do with the vector: in [0, 1,000,000). */
  public static int uniform(long seed, int row) {
    return Draws.of(seed, UNIFORM_STREAM + row).below(UNIFORM_END);
  }

  /** Writes the rows {@code [from, from + count)} one after the other, and their components. */
  public void rows(Kind kind, int from, int count, float[] values, int[] components) {
    float[] latent = new float[Panels.BATCH * LATENT];
    float[] wide = new float[Panels.BATCH * inner.padded()];
    float[] hidden = new float[Panels.BATCH * HIDDEN];
    float[] full = new float[Panels.BATCH * outer.padded()];
    Draws[] draws = new Draws[Panels.BATCH];
    for (int row = 0; row < count; row += Panels.BATCH) {
      int batch = Math.min(Panels.BATCH, count - row);
      for (int i = 0; i < batch; i++) {
        draws[i] = Draws.of(seed, kind.stream + from + row + i);
        components[row + i] = place(draws[i], latent, i * LATENT);
      }
      inner.apply(latent, wide);
      for (int i = 0; i < batch; i++) {
        for (int j = 0; j < HIDDEN; j++) {
          hidden[i * HIDDEN + j] = (float) StrictMath.tanh(wide[i * inner.padded() + j] + bias[j]);
        }
      }
      outer.apply(hidden, full);
      for (int i = 0; i < batch; i++) {
        finish(draws[i], full, i * outer.padded(), values, (row + i) * dimensions);
      }
    }
  }

  private int place(Draws draws, float[] latent, int at) {
    int found = Arrays.binarySearch(cumulative, draws.uniform());
    int component = Math.min(COMPONENTS - 1, found < 0 ? -found - 1 : found);
    for (int i = 0; i < LATENT; i++) {
      latent[at + i] = centres[component][i] + spreads[component][i] * draws.gaussian();
    }
    return component;
  }

  private void finish(Draws draws, float[] from, int at, float[] to, int target) {
    double squares = 0;
    for (int i = 0; i < dimensions; i++) {
      float value = from[at + i] + mean[i] + NOISE * draws.gaussian();
      to[target + i] = value;
      squares += (double) value * value;
    }
    double scale = 1 / Math.sqrt(squares);
    for (int i = 0; i < dimensions; i++) {
      to[target + i] = (float) (to[target + i] * scale);
    }
  }
}
