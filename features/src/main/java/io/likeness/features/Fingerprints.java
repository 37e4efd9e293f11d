package io.likeness.features;

import io.likeness.features.decode.Bitmap;
import io.likeness.features.decode.Resampler;
import io.likeness.proto.image.Fingerprint;

/** Makes the {@link Fingerprint} of decoded pixels. */
final class Fingerprints {

  /** The picture's brightness is looked at in this size. */
  private static final int SIZE = 32;

  private static final float[] WAVES = waves();

  private Fingerprints() {}

  static long of(Bitmap picture) {
    float[] rgb = Resampler.resample(picture, 0, 0, picture.width(), picture.height(), SIZE, SIZE);
    float[] rows = new float[Fingerprint.SIDE * SIZE];
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        int at = (y * SIZE + x) * 3;
        float brightness = 0.299f * rgb[at] + 0.587f * rgb[at + 1] + 0.114f * rgb[at + 2];
        for (int u = 0; u < Fingerprint.SIDE; u++) {
          rows[u * SIZE + y] += brightness * WAVES[u * SIZE + x];
        }
      }
    }
    float[] frequencies = new float[Fingerprint.SIDE * Fingerprint.SIDE];
    for (int v = 0; v < Fingerprint.SIDE; v++) {
      for (int u = 0; u < Fingerprint.SIDE; u++) {
        float sum = 0;
        for (int y = 0; y < SIZE; y++) {
          sum += rows[u * SIZE + y] * WAVES[v * SIZE + y];
        }
        frequencies[v * Fingerprint.SIDE + u] = sum;
      }
    }
    return Fingerprint.of(frequencies);
  }

  private static float[] waves() {
    float[] waves = new float[Fingerprint.SIDE * SIZE];
    for (int u = 0; u < Fingerprint.SIDE; u++) {
      for (int x = 0; x < SIZE; x++) {
        waves[u * SIZE + x] = (float) Math.cos(Math.PI * u * (x + 0.5) / SIZE);
      }
    }
    return waves;
  }
}
