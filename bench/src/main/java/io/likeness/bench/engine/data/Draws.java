package io.likeness.bench.engine.data;

/**
 * Seeded random numbers that are the same on every machine and JDK: SplitMix64 (Steele, Lea, Flood
 * 2014), which jumps to any stream at once, and normal numbers from a table of quantiles. The table
 * ends at 4.3 standard deviations, which data for searching does not miss.
 */
final class Draws {

  private static final long GAMMA = 0x9e3779b97f4a7c15L;
  private static final int QUANTILES = 1 << 16;
  private static final float[] NORMAL = normal();

  private long state;
  private long spare;
  private int spares;

  Draws(long seed) {
    this.state = mix(seed + GAMMA);
  }

  /** The stream of this number below a seed. */
  static Draws of(long seed, long stream) {
    return new Draws(mix(seed) ^ mix(stream + 0x5851f42d4c957f2dL));
  }

  static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  long next() {
    state += GAMMA;
    return mix(state);
  }

  /** In [0, 1). */
  double uniform() {
    return (next() >>> 11) * 0x1.0p-53;
  }

  /** In [0, bound). */
  int below(int bound) {
    return (int) (uniform() * bound);
  }

  /** Four of them cost one draw. */
  float gaussian() {
    if (spares == 0) {
      spare = next();
      spares = Long.SIZE / Short.SIZE;
    }
    float drawn = NORMAL[(int) (spare & (QUANTILES - 1))];
    spare >>>= Short.SIZE;
    spares--;
    return drawn;
  }

  private static float[] normal() {
    float[] table = new float[QUANTILES];
    for (int i = 0; i < QUANTILES; i++) {
      table[i] = (float) quantile((i + 0.5) / QUANTILES);
    }
    return table;
  }

  /** Inverse of the normal distribution function, by bisection: it is asked 65,536 times a run. */
  private static double quantile(double share) {
    double low = -6;
    double high = 6;
    for (int step = 0; step < 40; step++) {
      double middle = (low + high) / 2;
      if (distribution(middle) < share) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return (low + high) / 2;
  }

  /** By the series around 0 (Marsaglia 2004), exact to the last bits of a float in this range. */
  private static double distribution(double x) {
    double sum = x;
    double term = x;
    for (int i = 3; i < 200 && sum + term != sum; i += 2) {
      term *= x * x / i;
      sum += term;
    }
    return 0.5 + sum * StrictMath.exp(-0.5 * x * x) / StrictMath.sqrt(2 * StrictMath.PI);
  }
}
