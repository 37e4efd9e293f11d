package io.likeness.features;

import io.likeness.features.decode.Resampler;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What a model folder says of its model: how a picture has to be laid before it, and how its answer
 * is read. {@code docs/models.md} explains each key of the file.
 *
 * @param golden absent where nobody has written down yet what the model answers
 */
public record ModelManifest(
    String name,
    String version,
    String description,
    String licence,
    String sha256,
    Input input,
    Output output,
    Calibration calibration,
    Optional<Golden> golden) {

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");
  private static final Pattern VERSION = Pattern.compile("[A-Za-z0-9._-]{1,32}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private static final int SIDE_MAX = 2048;
  private static final int DIMENSIONS_MAX = 4096;

  /** Order of the axes of the input. */
  public enum Layout {
    NCHW,
    NHWC
  }

  /** Order of the colour channels. */
  public enum Colours {
    RGB,
    BGR
  }

  /** How a picture of any shape fills the input. */
  public enum Resize {
    /** Both sides to the input's size, whatever that does to the proportions. */
    STRETCH,
    /** Proportions kept, the rest filled with {@code pad}. */
    LETTERBOX,
    /** The same with the picture in the upper left corner instead of the middle. */
    LETTERBOX_TOP_LEFT,
    /** Proportions kept, the middle {@code keep} of the short side, the rest cut away. */
    CENTRE_CROP
  }

  /** How an answer of several places becomes one vector. */
  public enum Pooling {
    /** The answer is {@code [N, dimensions]} already. */
    NONE,
    /** Mean over places: {@code [N, places, dimensions]}, or {@code [N, dimensions, H, W]}. */
    MEAN,
    /** The first of {@code [N, places, dimensions]}. */
    FIRST
  }

  /** How the vector gets unit length. */
  public enum Normalise {
    L2,
    /** The model answers with unit length itself. */
    NONE
  }

  /**
   * The input tensor: float32, each sample {@code (value - mean) / std} of a value from 0 to 255.
   *
   * @param mean of red, green and blue, whatever {@code colours} says
   * @param keep the part of the short side a centre crop keeps
   * @param pad the grey a letterbox fills with, 0 to 255
   */
  public record Input(
      String name,
      int width,
      int height,
      Layout layout,
      Colours colours,
      List<Double> mean,
      List<Double> std,
      Resize resize,
      Resampler.Filter filter,
      double keep,
      double pad) {

    public Input {
      Objects.requireNonNull(layout);
      Objects.requireNonNull(colours);
      Objects.requireNonNull(resize);
      Objects.requireNonNull(filter);
      mean = List.copyOf(mean);
      std = List.copyOf(std);
      check(!name.isBlank(), "input.name is empty");
      check(
          width >= 1 && width <= SIDE_MAX && height >= 1 && height <= SIDE_MAX,
          "input size is %d x %d, each side must be 1 to %d".formatted(width, height, SIDE_MAX));
      check(mean.size() == 3, "input.mean has %d values, must be 3".formatted(mean.size()));
      check(std.size() == 3, "input.std has %d values, must be 3".formatted(std.size()));
      check(mean.stream().allMatch(Double::isFinite), "input.mean " + mean + " is not all numbers");
      check(
          std.stream().allMatch(value -> Double.isFinite(value) && value > 0),
          "input.std " + std + " is not all above 0");
      check(keep > 0 && keep <= 1, "input.keep is %s, must be above 0, at most 1".formatted(keep));
      check(pad >= 0 && pad <= 255, "input.pad is %s, must be 0 to 255".formatted(pad));
    }

    int samples() {
      return 3 * width * height;
    }

    /** Of the tensor with one picture. */
    long[] shape() {
      return layout == Layout.NCHW
          ? new long[] {1, 3, height, width}
          : new long[] {1, height, width, 3};
    }
  }

  /** The output tensor and what is made of it. */
  public record Output(String name, Pooling pooling, int dimensions, Normalise normalise) {

    public Output {
      Objects.requireNonNull(pooling);
      Objects.requireNonNull(normalise);
      check(!name.isBlank(), "output.name is empty");
      check(
          dimensions >= 2 && dimensions <= DIMENSIONS_MAX,
          "output.dimensions is %d, must be 2 to %d".formatted(dimensions, DIMENSIONS_MAX));
    }
  }

  /**
   * What the model answered to {@link GoldenPicture} where its manifest was made.
   *
   * @param values the first of the vector
   * @param tolerance how far each may be off: other machines round otherwise
   */
  public record Golden(List<Double> values, double tolerance) {

    /** Vectors of hundreds of dimensions have values of some hundredths. */
    public static final double TOLERANCE_DEFAULT = 0.002;

    /** How many values manifests are given. */
    static final int VALUES = 16;

    private static final int VALUES_MIN = 2;
    private static final int VALUES_MAX = 256;

    public Golden {
      values = List.copyOf(values);
      check(
          values.size() >= VALUES_MIN && values.size() <= VALUES_MAX,
          "golden.values has %d values, must be %d to %d"
              .formatted(values.size(), VALUES_MIN, VALUES_MAX));
      check(
          values.stream().allMatch(value -> Math.abs(value) <= 1),
          "golden.values are not all from -1 to 1, as those of a vector of unit length are");
      check(
          tolerance > 0 && tolerance <= 0.1,
          "golden.tolerance is %s, must be above 0, at most 0.1".formatted(tolerance));
    }
  }

  public ModelManifest {
    Objects.requireNonNull(golden);
    Objects.requireNonNull(description);
    Objects.requireNonNull(input);
    Objects.requireNonNull(output);
    Objects.requireNonNull(calibration);
    checkHead(name, version, licence, sha256);
  }

  /** What every model says of itself, whatever it answers with. */
  static void checkHead(String name, String version, String licence, String sha256) {
    check(
        isName(name),
        "name \"%s\" is not 1 to 64 of lower-case letters, digits, . _ -".formatted(name));
    check(
        VERSION.matcher(version).matches(),
        "version \"%s\" is not 1 to 32 of letters, digits, . _ -".formatted(version));
    check(!licence.isBlank(), "licence is empty");
    check(
        SHA256.matcher(sha256).matches(),
        "sha256 \"%s\" is not 64 lower-case hexadecimal digits".formatted(sha256));
  }

  /** Whether a model may be called so. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  public int dimensions() {
    return output.dimensions();
  }

  /** {@code name@version}: vectors of different ids cannot be compared. */
  public String id() {
    return name + "@" + version;
  }

  /** What this cosine of two vectors of the model means: 0 to 1, rising, 1 for the same. */
  public double likeness(double cosine) {
    return calibration.likeness(cosine);
  }

  /** The lowest cosine with at least this likeness; above 1 where no cosine has it. */
  public double cosineOf(double likeness) {
    return calibration.cosine(likeness);
  }

  static void check(boolean holds, String fault) {
    if (!holds) {
      throw new IllegalArgumentException(fault);
    }
  }
}
