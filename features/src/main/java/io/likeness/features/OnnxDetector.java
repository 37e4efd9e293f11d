package io.likeness.features;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.likeness.features.decode.Bitmap;
import io.likeness.wire.Box;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A detector under ONNX Runtime: finds things in a picture, which may be what it is about. Safe for
 * many threads: each run uses the calling thread only.
 */
final class OnnxDetector implements AutoCloseable {

  /** Things told of one picture, at most. */
  static final int SUBJECTS_MAX = 16;

  /** Values of one answer, at most: 64 MiB. */
  private static final int VALUES_MAX = 1 << 24;

  /** By how sure it is, times the length of a square of its size. */
  private static final Comparator<Subject> MOST_OF_THE_PICTURE_FIRST =
      Comparator.comparingDouble(
          each ->
              -each.score() * Math.sqrt((double) each.box().getWidth() * each.box().getHeight()));

  /** What a rounding error may make of a score of 0 or 1. */
  private static final double SCORE_TOLERANCE = 0.001;

  private final DetectorManifest manifest;
  private final OrtSession session;
  private final Set<String> outputs;
  private final boolean[] ignored;

  private OnnxDetector(DetectorManifest manifest, OrtSession session) {
    this.manifest = manifest;
    this.session = session;
    this.outputs =
        switch (manifest.output()) {
          case DetectorManifest.Yolox grid -> Set.of(grid.name());
          case DetectorManifest.BoxesAndScores two ->
              new LinkedHashSet<>(List.of(two.boxes(), two.scores()));
        };
    this.ignored = new boolean[manifest.labels().size()];
    for (int i = 0; i < ignored.length; i++) {
      ignored[i] = manifest.ignored().contains(manifest.labels().get(i));
    }
  }

  /** One tensor of an answer; a first axis for the one picture is left out of its shape. */
  private record Answer(FloatBuffer values, int rows, int columns) {}

  /**
   * Starts the model and tries it once on a picture, so that a manifest that does not fit is found
   * now and not with the first customer's picture.
   *
   * @param where the folder, for messages
   */
  static OnnxDetector open(
      String where, DetectorManifest manifest, byte[] file, ExecutionProvider provider) {
    OnnxDetector detector = new OnnxDetector(manifest, OnnxModel.session(where, file, provider));
    try {
      OnnxModel.checkInput(where, detector.session, manifest.input());
      for (String output : detector.outputs) {
        OnnxModel.checkOutput(where, detector.session, output);
      }
      detector.tryOut(where);
    } catch (OrtException | RuntimeException fault) {
      detector.close();
      if (fault instanceof ModelException told) {
        throw told;
      }
      throw new ModelException(
          "model %s does not run as its manifest says: %s".formatted(where, fault.getMessage()),
          fault);
    }
    return detector;
  }

  DetectorManifest manifest() {
    return manifest;
  }

  /** More pixels than this on a side make no difference to the model. */
  int sideWanted() {
    return Math.max(manifest.input().width(), manifest.input().height());
  }

  /**
   * What the picture is about comes first: what the model is sure of, and what is large in it, for
   * a photo of a person is seldom one of the button on the coat. None where nothing is sure enough.
   *
   * @param width of the picture as it is shown, which the pixels may be a reduction of
   */
  List<Subject> find(Bitmap picture, int width, int height) {
    PictureInput.Placed placed =
        PictureInput.placed(manifest.input(), picture.width(), picture.height());
    List<Subject> subjects = new ArrayList<>();
    for (Candidates.Candidate each : detect(prepare(picture))) {
      box(each, placed, width, height)
          .ifPresent(
              box ->
                  subjects.add(
                      new Subject(
                          box,
                          Math.clamp(each.score(), 0, 1),
                          manifest.labels().get(each.label()))));
    }
    subjects.sort(MOST_OF_THE_PICTURE_FIRST);
    return subjects;
  }

  /** Lays a picture before the model. */
  float[] prepare(Bitmap picture) {
    return PictureInput.samples(manifest.input(), picture);
  }

  /** What is in a prepared picture, in pixels of the input. */
  List<Candidates.Candidate> detect(float[] prepared) {
    try {
      return read(run(prepared), manifest.threshold()).apart(manifest.overlap(), SUBJECTS_MAX);
    } catch (OrtException broken) {
      throw new IllegalStateException(
          "detector %s failed on a picture: %s".formatted(manifest.id(), broken.getMessage()),
          broken);
    }
  }

  /** In pixels of the picture; empty where nothing of it lies within. */
  private static Optional<Box> box(
      Candidates.Candidate found, PictureInput.Placed placed, int width, int height) {
    double right = along(found.right(), placed.left(), placed.width(), width);
    double bottom = along(found.bottom(), placed.top(), placed.height(), height);
    double left = along(found.left(), placed.left(), placed.width(), width);
    double top = along(found.top(), placed.top(), placed.height(), height);
    int x = (int) Math.round(left);
    int y = (int) Math.round(top);
    int boxWidth = (int) Math.round(right) - x;
    int boxHeight = (int) Math.round(bottom) - y;
    if (boxWidth < 1 || boxHeight < 1) {
      return Optional.empty();
    }
    return Optional.of(
        Box.newBuilder().setX(x).setY(y).setWidth(boxWidth).setHeight(boxHeight).build());
  }

  private static double along(double place, int from, int length, int pictureLength) {
    return Math.clamp((place - from) / length * pictureLength, 0, pictureLength);
  }

  /** What it is surest of in the golden picture, whatever the threshold. */
  DetectorManifest.Golden golden() {
    List<DetectorManifest.GoldenBox> boxes = new ArrayList<>();
    try {
      Candidates all = read(run(prepare(GoldenPicture.make())), 0);
      all.apart(manifest.overlap(), Candidates.CONSIDERED_MAX).stream()
          .filter(OnnxDetector::canBeWritten)
          .limit(DetectorManifest.Golden.BOXES)
          .map(this::goldenBox)
          .forEach(boxes::add);
    } catch (OrtException broken) {
      throw new IllegalStateException(
          "detector %s failed on a picture: %s".formatted(manifest.id(), broken.getMessage()),
          broken);
    }
    return new DetectorManifest.Golden(boxes, DetectorManifest.Golden.TOLERANCE_DEFAULT);
  }

  private static boolean canBeWritten(Candidates.Candidate each) {
    double furthest = Math.max(Math.abs(each.left()), Math.abs(each.top()));
    return each.right() - each.left() >= 1
        && each.bottom() - each.top() >= 1
        && Math.max(furthest, Math.max(each.right(), each.bottom()))
            < DetectorManifest.GoldenBox.CORNER_MAX;
  }

  /** Rounded to what says more than the tolerance forgives, and can be read. */
  private DetectorManifest.GoldenBox goldenBox(Candidates.Candidate each) {
    return new DetectorManifest.GoldenBox(
        manifest.labels().get(each.label()),
        Math.clamp(Math.round(each.score() * 1e4) / 1e4, 0, 1),
        Stream.of(each.left(), each.top(), each.right(), each.bottom())
            .map(corner -> Math.round(corner * 10) / 10.0)
            .toList());
  }

  private String told(Candidates.Candidate each) {
    return String.format(
        Locale.ROOT,
        "%s %.4f at [%.1f, %.1f, %.1f, %.1f]",
        manifest.labels().get(each.label()),
        each.score(),
        each.left(),
        each.top(),
        each.right(),
        each.bottom());
  }

  private void tryOut(String where) throws OrtException {
    Map<String, Answer> answers = run(prepare(GoldenPicture.make()));
    checkScores(answers);
    Candidates all = read(answers, 0);
    if (manifest.golden().isPresent()) {
      checkGolden(where, manifest.golden().get(), all);
    }
  }

  /**
   * Each box must be among all that the model answers: which of two that lie over each other is the
   * surer may hang on a rounding error.
   */
  private void checkGolden(String where, DetectorManifest.Golden golden, Candidates all) {
    double cornersOff = golden.tolerance() * sideWanted();
    for (DetectorManifest.GoldenBox wanted : golden.boxes()) {
      Candidates.Candidate asked =
          new Candidates.Candidate(
              0,
              wanted.corners().get(0),
              wanted.corners().get(1),
              wanted.corners().get(2),
              wanted.corners().get(3),
              wanted.score(),
              manifest.labels().indexOf(wanted.label()));
      List<Candidates.Candidate> considered = all.bestFirst();
      if (considered.stream()
          .noneMatch(
              each ->
                  manifest.labels().get(each.label()).equals(wanted.label())
                      && each.isWithin(asked, golden.tolerance(), cornersOff))) {
        throw new ModelException(
            ("model %s: in the picture every model is tried with, the manifest has %s, within %s; what lies most like"
                    + " it is %s: another model, other preprocessing, or arithmetic that differs")
                .formatted(
                    where,
                    wanted,
                    golden.tolerance(),
                    considered.stream()
                        .max(Comparator.comparingDouble(asked::overlap))
                        .map(this::told)
                        .orElse("nothing")));
      }
    }
    if (golden.boxes().isEmpty()) {
      all.bestFirst().stream()
          .findFirst()
          .filter(best -> best.score() >= manifest.threshold())
          .ifPresent(
              best -> {
                throw new ModelException(
                    ("model %s: golden.boxes is empty, in the picture every model is tried with it finds %s: another"
                            + " model, other preprocessing, or arithmetic that differs")
                        .formatted(where, told(best)));
              });
    }
  }

  private void checkScores(Map<String, Answer> answers) {
    switch (manifest.output()) {
      case DetectorManifest.Yolox grid -> checkScores(answer(answers, grid.name()), 4);
      case DetectorManifest.BoxesAndScores two -> checkScores(answer(answers, two.scores()), 0);
    }
  }

  private static void checkScores(Answer answer, int first) {
    for (int row = 0; row < answer.rows(); row++) {
      for (int column = first; column < answer.columns(); column++) {
        float score = answer.values().get(row * answer.columns() + column);
        if (!(score >= -SCORE_TOLERANCE && score <= 1 + SCORE_TOLERANCE)) {
          throw new IllegalStateException(
              ("a score of the picture every model is tried with is %s, must be 0 to 1: does the graph leave out its last"
                      + " sigmoid or softmax?")
                  .formatted(score));
        }
      }
    }
  }

  private Map<String, Answer> run(float[] prepared) throws OrtException {
    ModelManifest.Input input = manifest.input();
    try (OnnxTensor tensor = OnnxModel.tensor(input, prepared);
        OrtSession.Result result = session.run(Map.of(input.name(), tensor), outputs)) {
      Map<String, Answer> answers = new LinkedHashMap<>();
      for (String output : outputs) {
        answers.put(output, answer(output, result.get(output).orElseThrow()));
      }
      return answers;
    }
  }

  private static Answer answer(String output, OnnxValue value) {
    if (!(value instanceof OnnxTensor tensor) || tensor.getInfo().type != OnnxJavaType.FLOAT) {
      throw new IllegalStateException("output \"%s\" is no float32 tensor".formatted(output));
    }
    long[] shape = tensor.getInfo().getShape();
    boolean isTable = shape.length == 2 || shape.length == 3 && shape[0] == 1;
    if (!isTable) {
      throw new IllegalStateException(
          "output \"%s\" is %s, must be [1, places, values]"
              .formatted(output, Arrays.toString(shape)));
    }
    long rows = shape[shape.length - 2];
    long columns = shape[shape.length - 1];
    if (rows * columns > VALUES_MAX) {
      throw new IllegalStateException(
          "output \"%s\" has %d values, at most %d".formatted(output, rows * columns, VALUES_MAX));
    }
    FloatBuffer values = rows * columns == 0 ? FloatBuffer.allocate(0) : tensor.getFloatBuffer();
    return new Answer(values, (int) rows, (int) columns);
  }

  private static Answer answer(Map<String, Answer> answers, String output) {
    return Objects.requireNonNull(answers.get(output), output);
  }

  /** Boxes with a lower score than the threshold are left out. */
  private Candidates read(Map<String, Answer> answers, double threshold) {
    return switch (manifest.output()) {
      case DetectorManifest.Yolox grid -> yolox(grid, answer(answers, grid.name()), threshold);
      case DetectorManifest.BoxesAndScores two ->
          boxes(two, answer(answers, two.boxes()), answer(answers, two.scores()), threshold);
    };
  }

  private Candidates yolox(DetectorManifest.Yolox grid, Answer answer, double threshold) {
    ModelManifest.Input input = manifest.input();
    int columns = 5 + manifest.labels().size();
    int places = grid.places(input);
    if (answer.rows() != places || answer.columns() != columns) {
      throw new IllegalStateException(
          ("strides %s of an input of %d x %d and %d labels make [1, %d, %d], output \"%s\" is"
                  + " [1, %d, %d]")
              .formatted(
                  grid.strides(),
                  input.width(),
                  input.height(),
                  manifest.labels().size(),
                  places,
                  columns,
                  grid.name(),
                  answer.rows(),
                  answer.columns()));
    }
    FloatBuffer values = answer.values();
    Candidates candidates = new Candidates();
    int place = 0;
    for (int stride : grid.strides()) {
      for (int y = 0; y < input.height() / stride; y++) {
        for (int x = 0; x < input.width() / stride; x++) {
          int at = place * columns;
          double isThing = values.get(at + 4);
          // Nothing is surer of its kind than that it is there at all.
          if (isThing >= threshold) {
            int label = surest(values, at + 5);
            double score = isThing * values.get(at + 5 + label);
            if (score >= threshold) {
              double middleX = (x + values.get(at)) * stride;
              double middleY = (y + values.get(at + 1)) * stride;
              double halfWidth = Math.exp(values.get(at + 2)) * stride / 2;
              double halfHeight = Math.exp(values.get(at + 3)) * stride / 2;
              candidates.add(
                  new Candidates.Candidate(
                      place,
                      middleX - halfWidth,
                      middleY - halfHeight,
                      middleX + halfWidth,
                      middleY + halfHeight,
                      score,
                      label));
            }
          }
          place++;
        }
      }
    }
    return candidates;
  }

  private Candidates boxes(
      DetectorManifest.BoxesAndScores output, Answer boxes, Answer scores, double threshold) {
    int labels = manifest.labels().size();
    if (boxes.columns() != 4 || scores.columns() != labels || boxes.rows() != scores.rows()) {
      throw new IllegalStateException(
          ("output \"%s\" is [%d, %d] and \"%s\" is [%d, %d], must be [places, 4] and [places, %d] as there are %d"
                  + " labels")
              .formatted(
                  output.boxes(),
                  boxes.rows(),
                  boxes.columns(),
                  output.scores(),
                  scores.rows(),
                  scores.columns(),
                  labels,
                  labels));
    }
    boolean shares = output.corners() == DetectorManifest.Corners.SHARES;
    double width = shares ? manifest.input().width() : 1;
    double height = shares ? manifest.input().height() : 1;
    Candidates candidates = new Candidates();
    for (int place = 0; place < boxes.rows(); place++) {
      int label = surest(scores.values(), place * labels);
      double score = scores.values().get(place * labels + label);
      if (score >= threshold) {
        int at = place * 4;
        candidates.add(
            new Candidates.Candidate(
                place,
                boxes.values().get(at) * width,
                boxes.values().get(at + 1) * height,
                boxes.values().get(at + 2) * width,
                boxes.values().get(at + 3) * height,
                score,
                label));
      }
    }
    return candidates;
  }

  /** The number of the label with the highest score of those that count. */
  private int surest(FloatBuffer values, int from) {
    int best = -1;
    for (int i = 0; i < ignored.length; i++) {
      if (!ignored[i] && (best < 0 || values.get(from + i) > values.get(from + best))) {
        best = i;
      }
    }
    return best;
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException failure) {
      throw new IllegalStateException("cannot close detector " + manifest.id(), failure);
    }
  }
}
