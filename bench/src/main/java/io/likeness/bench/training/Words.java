package io.likeness.bench.training;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Words that stand for samples: middles of the groups they fall into (k-means), from a seed. Words
 * lie row by row.
 */
final class Words {

  private static final int ROUNDS = 15;

  private Words() {}

  static float[] of(float[] samples, int size, int count, long seed) {
    int rows = samples.length / size;
    if (rows < count) {
      throw new IllegalArgumentException(rows + " samples make no " + count + " words");
    }
    SplittableRandom random = new SplittableRandom(seed);
    int[] first = random.ints(0, rows).distinct().limit(count).toArray();
    float[] words = new float[count * size];
    for (int w = 0; w < count; w++) {
      System.arraycopy(samples, first[w] * size, words, w * size, size);
    }
    float[] turned = new float[words.length];
    float[] products = new float[rows * count];
    for (int round = 0; round < ROUNDS; round++) {
      Products.transpose(count, size, words, 0, turned);
      Products.multiply(rows, count, size, samples, size, 1, turned, 0, products, 0, false);
      double[] halfSquares = new double[count];
      for (int i = 0; i < words.length; i++) {
        halfSquares[i / size] += (double) words[i] * words[i] / 2;
      }
      double[] sums = new double[words.length];
      int[] members = new int[count];
      for (int row = 0; row < rows; row++) {
        int best = 0;
        for (int w = 1; w < count; w++) {
          if (products[row * count + w] - halfSquares[w]
              > products[row * count + best] - halfSquares[best]) {
            best = w;
          }
        }
        members[best]++;
        for (int i = 0; i < size; i++) {
          sums[best * size + i] += samples[row * size + i];
        }
      }
      for (int i = 0; i < words.length; i++) {
        // A word that nothing is near stays where it was.
        if (members[i / size] > 0) {
          words[i] = (float) (sums[i] / members[i / size]);
        }
      }
    }
    return Arrays.copyOf(words, words.length);
  }
}
