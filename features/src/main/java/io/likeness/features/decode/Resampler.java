package io.likeness.features.decode;

import java.util.Arrays;

/** Changes the size of a picture. Separable, down the columns first; the same on every machine. */
public final class Resampler {

  private static final float BRIGHTEST = 255;

  /** How much each source pixel counts. */
  public enum Filter {
    /**
     * Widens with the reduction, so that every source pixel counts: a copy saved at half size gives
     * almost the same small picture. What Pillow and torchvision call bilinear.
     */
    TRIANGLE(1, true),
    /** Pillow's and torchvision's bicubic; widens too. */
    CUBIC(2, true),
    /** Pillow's; widens too. */
    LANCZOS(3, true),
    /** The nearest two by two only, as OpenCV and TensorFlow sample: the others do not count. */
    FOUR_PIXELS(1, false);

    private final int radius;
    private final boolean widens;

    Filter(int radius, boolean widens) {
      this.radius = radius;
      this.widens = widens;
    }

    private boolean overshoots() {
      return this == CUBIC || this == LANCZOS;
    }

    private double weight(double distance) {
      return switch (this) {
        case TRIANGLE, FOUR_PIXELS -> Math.max(0, 1 - distance);
        case CUBIC -> cubic(distance);
        case LANCZOS -> distance >= radius ? 0 : sinc(distance) * sinc(distance / radius);
      };
    }

    private static double cubic(double distance) {
      if (distance >= 2) {
        return 0;
      }
      return distance < 1
          ? (1.5 * distance - 2.5) * distance * distance + 1
          : ((-0.5 * distance + 2.5) * distance - 4) * distance + 2;
    }

    private static double sinc(double x) {
      return x == 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
    }
  }

  private Resampler() {}

  /** With the triangle, which counts every source pixel. */
  public static float[] resample(
      Bitmap picture,
      double left,
      double top,
      double width,
      double height,
      int toWidth,
      int toHeight) {
    return resample(picture, left, top, width, height, toWidth, toHeight, Filter.TRIANGLE);
  }

  /**
   * Samples a rectangle of the picture, which may have fractional borders, to the given size.
   *
   * @return red, green and blue of each pixel in turn, 0 to 255
   */
  public static float[] resample(
      Bitmap picture,
      double left,
      double top,
      double width,
      double height,
      int toWidth,
      int toHeight,
      Filter filter) {
    Weights columns = Weights.of(filter, left, width, picture.width(), toWidth);
    Weights rows = Weights.of(filter, top, height, picture.height(), toHeight);
    int firstColumn = columns.first();
    int span = columns.last() - firstColumn + 1;
    // A row of the result before it is narrowed, a colour each: loops over these are what the
    // compiler turns into vector instructions, so columns come first although rows are fewer.
    float[] red = new float[span];
    float[] green = new float[span];
    float[] blue = new float[span];
    float[] small = new float[toWidth * toHeight * 3];
    for (int y = 0; y < toHeight; y++) {
      Arrays.fill(red, 0);
      Arrays.fill(green, 0);
      Arrays.fill(blue, 0);
      float[] weights = rows.weights[y];
      for (int k = 0; k < weights.length; k++) {
        int source = (rows.starts[y] + k) * picture.width() + firstColumn;
        addRow(picture.rgb(), source, span, weights[k], red, green, blue);
      }
      narrow(columns, firstColumn, red, green, blue, small, y * toWidth * 3);
    }
    if (filter.overshoots()) {
      for (int i = 0; i < small.length; i++) {
        small[i] = Math.clamp(small[i], 0, BRIGHTEST);
      }
    }
    return small;
  }

  private static void addRow(
      int[] rgb, int source, int span, float weight, float[] red, float[] green, float[] blue) {
    for (int x = 0; x < span; x++) {
      red[x] += weight * (rgb[source + x] >> 16 & 0xFF);
    }
    for (int x = 0; x < span; x++) {
      green[x] += weight * (rgb[source + x] >> 8 & 0xFF);
    }
    for (int x = 0; x < span; x++) {
      blue[x] += weight * (rgb[source + x] & 0xFF);
    }
  }

  private static void narrow(
      Weights columns,
      int firstColumn,
      float[] red,
      float[] green,
      float[] blue,
      float[] small,
      int target) {
    for (int x = 0; x < columns.starts.length; x++) {
      float[] weights = columns.weights[x];
      int start = columns.starts[x] - firstColumn;
      float r = 0;
      float g = 0;
      float b = 0;
      for (int k = 0; k < weights.length; k++) {
        float weight = weights[k];
        r += weight * red[start + k];
        g += weight * green[start + k];
        b += weight * blue[start + k];
      }
      small[target + 3 * x] = r;
      small[target + 3 * x + 1] = g;
      small[target + 3 * x + 2] = b;
    }
  }

  /** For each target pixel the first source pixel it looks at, and the weights from there on. */
  private static final class Weights {

    private final int[] starts;
    private final float[][] weights;

    private Weights(int[] starts, float[][] weights) {
      this.starts = starts;
      this.weights = weights;
    }

    static Weights of(Filter filter, double from, double length, int sourceSize, int targetSize) {
      double scale = length / targetSize;
      double widened = filter.widens ? Math.max(1, scale) : 1;
      double support = widened * filter.radius;
      int[] starts = new int[targetSize];
      float[][] weights = new float[targetSize][];
      for (int i = 0; i < targetSize; i++) {
        double centre = from + (i + 0.5) * scale;
        int start = clamp((int) Math.floor(centre - support), sourceSize);
        int end = clamp((int) Math.ceil(centre + support), sourceSize);
        double[] exact = new double[end - start + 1];
        double sum = 0;
        for (int k = start; k <= end; k++) {
          exact[k - start] = filter.weight(Math.abs(k + 0.5 - centre) / widened);
          sum += exact[k - start];
        }
        float[] row = new float[exact.length];
        for (int k = 0; k < row.length; k++) {
          // Beyond the border nothing weighs: then its nearest pixel does.
          row[k] = sum > 0 ? (float) (exact[k] / sum) : 1f / row.length;
        }
        starts[i] = start;
        weights[i] = row;
      }
      return new Weights(starts, weights);
    }

    private static int clamp(int at, int size) {
      return Math.min(size - 1, Math.max(0, at));
    }

    int first() {
      int first = Integer.MAX_VALUE;
      for (int start : starts) {
        first = Math.min(first, start);
      }
      return first;
    }

    int last() {
      int last = 0;
      for (int i = 0; i < starts.length; i++) {
        last = Math.max(last, starts[i] + weights[i].length - 1);
      }
      return last;
    }
  }
}
