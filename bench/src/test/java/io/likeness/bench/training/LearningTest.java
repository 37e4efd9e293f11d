package io.likeness.bench.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.likeness.bench.picture.Pictures;
import io.likeness.features.decode.Bitmap;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The parts that learning is made of, on numbers whose answer is known. */
class LearningTest {

  private final SplittableRandom random = new SplittableRandom(4);

  private float[] noise(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void multipliesAsThreeLoopsDo() {
    int m = 7;
    int n = 48;
    int k = 301;
    float[] a = noise(m * k);
    float[] b = noise(k * n);
    float[] product = new float[m * n];
    float[] ofTurned = new float[m * n];
    float[] turned = new float[a.length];
    Products.transpose(m, k, a, 0, turned);

    Products.multiply(m, n, k, a, k, 1, b, 0, product, 0, false);
    Products.multiply(m, n, k, turned, 1, m, b, 0, ofTurned, 0, false);

    for (int i = 0; i < m; i++) {
      for (int j = 0; j < n; j++) {
        double sum = 0;
        for (int p = 0; p < k; p++) {
          sum += (double) a[i * k + p] * b[p * n + j];
        }
        assertThat((double) product[i * n + j]).isEqualTo(sum, within(1e-3));
        assertThat(ofTurned[i * n + j]).isEqualTo(product[i * n + j]);
      }
    }
  }

  @Test
  void findsTheWidestAxesFirst() {
    int size = 32;
    float[] samples = noise(2000 * size);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = 5 + samples[i] * (i % size == 3 ? 9 : i % size == 7 ? 4 : 0.5f);
    }

    Axes axes = Axes.of(samples, size, 16, 1);

    assertThat(Math.abs(axes.columns()[3 * 16])).isGreaterThan(0.99f);
    assertThat(Math.abs(axes.columns()[7 * 16 + 1])).isGreaterThan(0.99f);
    assertThat(axes.mean()[11]).isEqualTo(5, within(0.1f));
    double[] spreads = axes.spreads(samples);
    assertThat(spreads[0]).isEqualTo(81, within(6.0));
    assertThat(spreads[1]).isEqualTo(16, within(1.5));
  }

  @Test
  void findsTheMiddlesOfGroups() {
    int size = 16;
    float[] samples = noise(600 * size);
    for (int i = 0; i < samples.length; i++) {
      samples[i] = samples[i] * 0.1f + 3 * (i / size % 3);
    }

    float[] words = Words.of(samples, size, 16, 2);

    for (int group = 0; group < 3; group++) {
      double nearest = Double.MAX_VALUE;
      for (int w = 0; w < 16; w++) {
        nearest = Math.min(nearest, Math.abs(words[w * size] - 3 * group));
      }
      assertThat(nearest).isLessThan(0.1);
    }
  }

  @Test
  void letsWhatEditsChangeCountLess() {
    int size = 20;
    float[] changes = noise(500 * size);
    for (int i = 0; i < changes.length; i++) {
      changes[i] *= i % size == 0 ? 10 : 0.1f;
    }
    Metric metric = Metric.against(changes, size, 0.3);
    float[] one = new float[size];
    float[] edited = new float[size];
    float[] other = new float[size];
    one[1] = 1;
    edited[1] = 1;
    edited[0] = 1;
    other[2] = 1;

    assertThat(cosine(metric, one, edited)).isGreaterThan(0.98);
    assertThat(cosine(metric, one, other)).isLessThan(0.02);
  }

  private static double cosine(Metric metric, float[] one, float[] other) {
    float[] changed = new float[2 * 32];
    metric.lay(one, 0, changed, 0);
    metric.lay(other, 0, changed, 32);
    double sum = 0;
    for (int i = 0; i < 32; i++) {
      sum += changed[i] * changed[32 + i];
    }
    return sum;
  }

  @Test
  void findsTheMiddleOfPhotosAtUnitLengthWithoutTheirCopies() {
    float[] rows = {3, 4, 9, 9, 0, -2, 9, 9};

    float[] middle = Learning.middle(rows, 2);

    assertThat(middle[0]).isEqualTo(0.3f, within(1e-6f));
    assertThat(middle[1]).isEqualTo(-0.1f, within(1e-6f));
  }

  @Test
  void refusesTooFewPhotos() {
    Bitmap photo = new Bitmap(60, 60, Pictures.draw(1, 60, 60).getRGB(0, 0, 60, 60, null, 0, 60));

    assertThatThrownBy(() -> new Learning(List.of(photo), new byte[0], 1, line -> {}).learn())
        .hasMessage("1 photos, at least 100 are needed to learn from");
  }
}
