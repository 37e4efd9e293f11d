package io.likeness.features;

import static io.likeness.features.ModelManifest.check;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * What a model folder of {@code kind: detector} says of its model: how a picture has to be laid
 * before it, and how boxes are read from its answer. {@code docs/models.md} explains each key.
 *
 * @param labels names of the kinds of things, in the order of their scores
 * @param ignored labels that never become subjects, a background above all
 * @param threshold boxes with a lower score do not count
 * @param overlap of two boxes that share more than this part of both together, the better counts
 * @param golden absent where nobody has written down yet what the model answers
 */
public record DetectorManifest(
    String name,
    String version,
    String description,
    String licence,
    String sha256,
    ModelManifest.Input input,
    Output output,
    List<String> labels,
    Set<String> ignored,
    double threshold,
    double overlap,
    Optional<Golden> golden) {

  static final double OVERLAP_DEFAULT = 0.45;

  static final int LABELS_MAX = 1_000;
  private static final int LABEL_CHARS_MAX = 64;
  private static final int STRIDES_MAX = 8;

  /** How the tensors that a detector answers with are to be read. */
  public sealed interface Output permits Yolox, BoxesAndScores {}

  /**
   * One tensor {@code [1, places, 5 + labels]} over the cells of grids, the finest first, row by
   * row: how far the middle lies from the cell's upper left corner and the logarithms of width and
   * height, all in cells; whether there is a thing; what it is.
   *
   * @param strides width of a cell of each grid in the input's pixels
   */
  public record Yolox(String name, List<Integer> strides) implements Output {

    public Yolox {
      strides = List.copyOf(strides);
      check(!name.isBlank(), "output.name is empty");
      check(
          !strides.isEmpty() && strides.size() <= STRIDES_MAX,
          "output.strides has %d values, must be 1 to %d".formatted(strides.size(), STRIDES_MAX));
    }

    int places(ModelManifest.Input input) {
      return strides.stream()
          .mapToInt(stride -> (input.width() / stride) * (input.height() / stride))
          .sum();
    }
  }

  /**
   * Two tensors: {@code [1, places, 4]} with left, top, right and bottom, and {@code [1, places,
   * labels]}; both also without the first axis.
   */
  public record BoxesAndScores(String boxes, String scores, Corners corners) implements Output {

    public BoxesAndScores {
      Objects.requireNonNull(corners);
      check(!boxes.isBlank(), "output.boxes is empty");
      check(!scores.isBlank(), "output.scores is empty");
      check(!boxes.equals(scores), "output.boxes and output.scores are both \"" + boxes + "\"");
    }
  }

  /** In what corners are counted. */
  public enum Corners {
    /** Pixels of the input. */
    PIXELS,
    /** Parts of the input's width and height, 0 to 1. */
    SHARES
  }

  /**
   * What the model was surest of in {@link GoldenPicture} where its manifest was made, below the
   * threshold too: few detectors are sure of anything in a picture of discs and stripes.
   *
   * @param boxes none where the model had none
   * @param tolerance how far a score may be off, and a corner, in parts of the input's longer side
   */
  public record Golden(List<GoldenBox> boxes, double tolerance) {

    static final double TOLERANCE_DEFAULT = 0.01;

    /** How many boxes manifests are given. */
    static final int BOXES = 4;

    private static final int BOXES_MAX = 16;

    public Golden {
      boxes = List.copyOf(boxes);
      check(
          boxes.size() <= BOXES_MAX,
          "golden.boxes has %d boxes, at most %d".formatted(boxes.size(), BOXES_MAX));
      check(
          tolerance > 0 && tolerance <= 0.1,
          "golden.tolerance is %s, must be above 0, at most 0.1".formatted(tolerance));
    }
  }

  /**
   * A thing in the golden picture.
   *
   * @param corners left, top, right and bottom in pixels of the input
   */
  public record GoldenBox(String label, double score, List<Double> corners) {

    static final double CORNER_MAX = 1e6;

    public GoldenBox {
      corners = List.copyOf(corners);
      check(
          score >= 0 && score <= 1,
          "golden.boxes has the score %s, must be 0 to 1".formatted(score));
      check(
          corners.size() == 4
              && corners.stream().allMatch(each -> Math.abs(each) <= CORNER_MAX)
              && corners.get(0) < corners.get(2)
              && corners.get(1) < corners.get(3),
          "golden.boxes has the corners %s, must be left, top, right, bottom".formatted(corners));
    }

    @Override
    public String toString() {
      return "%s %s at %s".formatted(label, score, corners);
    }
  }

  public DetectorManifest {
    Objects.requireNonNull(description);
    Objects.requireNonNull(input);
    Objects.requireNonNull(output);
    labels = List.copyOf(labels);
    ignored = Set.copyOf(ignored);
    Objects.requireNonNull(golden);
    ModelManifest.checkHead(name, version, licence, sha256);
    check(
        !name.equals(ModelLibrary.DEFAULT_NAME),
        "name is \"%s\", as the encoder that ships is called".formatted(name));
    check(
        input.resize() != ModelManifest.Resize.CENTRE_CROP,
        "input.resize is centre-crop, a detector has to see the whole picture");
    check(
        !labels.isEmpty() && labels.size() <= LABELS_MAX,
        "labels has %d names, must be 1 to %d".formatted(labels.size(), LABELS_MAX));
    for (String label : labels) {
      check(
          !label.isBlank()
              && label.length() <= LABEL_CHARS_MAX
              && label.chars().noneMatch(Character::isISOControl),
          "labels has \"%s\", each must be 1 to %d printable characters"
              .formatted(label.replaceAll("\\p{Cntrl}", "?"), LABEL_CHARS_MAX));
    }
    for (String label : ignored) {
      check(labels.contains(label), "ignore has \"%s\", which is no label".formatted(label));
    }
    check(!ignored.containsAll(labels), "ignore has all labels, so nothing could be found");
    check(
        threshold > 0 && threshold < 1,
        "threshold is %s, must be above 0 and below 1".formatted(threshold));
    check(
        overlap > 0 && overlap <= 1,
        "overlap is %s, must be above 0, at most 1".formatted(overlap));
    for (GoldenBox box : golden.map(Golden::boxes).orElse(List.of())) {
      check(
          labels.contains(box.label()) && !ignored.contains(box.label()),
          "golden.boxes has \"%s\", which is no label, or an ignored one".formatted(box.label()));
    }
    if (output instanceof Yolox grid) {
      for (int stride : grid.strides()) {
        check(
            stride >= 1 && input.width() % stride == 0 && input.height() % stride == 0,
            "output.strides has %d, which does not divide the input of %d x %d"
                .formatted(stride, input.width(), input.height()));
      }
    }
  }

  /** The same with what the model answers. */
  DetectorManifest with(Golden answered) {
    return new DetectorManifest(
        name,
        version,
        description,
        licence,
        sha256,
        input,
        output,
        labels,
        ignored,
        threshold,
        overlap,
        Optional.of(answered));
  }

  /** {@code name@version}. */
  public String id() {
    return name + "@" + version;
  }
}
