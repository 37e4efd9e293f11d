package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.likeness.features.builtin.ColourDetector;
import io.likeness.features.decode.Bitmap;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Detectors made by others take their place with a manifest alone. */
class OnnxDetectorTest {

  private static final int WIDTH = 256;
  private static final int HEIGHT = 128;
  private static final Duration SHORT = Duration.ofMillis(20);

  /** Fills a cell of 16 pixels of the detector's input, laid in the upper left corner. */
  private static final Box THING = box(128, 64, 64, 64);

  @TempDir Path folder;

  private static Box box(int x, int y, int width, int height) {
    return Box.newBuilder().setX(x).setY(y).setWidth(width).setHeight(height).build();
  }

  private static BufferedImage wall() {
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    paint(picture, new Color(130, 130, 130), box(0, 0, WIDTH, HEIGHT));
    return picture;
  }

  private static void paint(BufferedImage picture, Color colour, Box box) {
    Graphics2D g = picture.createGraphics();
    g.setColor(colour);
    g.fillRect(box.getX(), box.getY(), box.getWidth(), box.getHeight());
    g.dispose();
  }

  private static Bitmap bitmap(BufferedImage picture) {
    int[] rgb = picture.getRGB(0, 0, picture.getWidth(), picture.getHeight(), null, 0, WIDTH);
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] &= 0xFFFFFF;
    }
    return new Bitmap(picture.getWidth(), picture.getHeight(), rgb);
  }

  private static List<Subject> find(Path place, BufferedImage picture) {
    try (OnnxDetector detector = ModelLibrary.openDetector(place, ExecutionProvider.CPU)) {
      return detector.find(bitmap(picture), WIDTH, HEIGHT);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "yolox, letterbox-top-left, 128, 64, 64, 64",
    "yolox, letterbox, 128, 0, 64, 64",
    "yolox, stretch, 128, 32, 64, 32",
    "pixels, letterbox-top-left, 128, 64, 64, 64",
    "pixels, letterbox, 128, 0, 64, 64",
    "shares, letterbox, 128, 0, 64, 64",
    "shares, stretch, 128, 32, 64, 32"
  })
  void findsAThingWhereItIs(String layout, String resize, int x, int y, int width, int height)
      throws IOException {
    Path place =
        switch (layout) {
          case "yolox" ->
              DetectorFolder.write(folder, ColourDetector.yolox(1), DetectorFolder.YOLOX, resize);
          case "pixels" ->
              DetectorFolder.write(
                  folder, ColourDetector.boxesAndScores(false), DetectorFolder.PIXELS, resize);
          default ->
              DetectorFolder.write(
                  folder, ColourDetector.boxesAndScores(true), DetectorFolder.SHARES, resize);
        };
    BufferedImage picture = wall();
    paint(picture, new Color(255, 0, 0), box(x, y, width, height));

    Subject best = find(place, picture).getFirst();

    assertThat(best.box()).isEqualTo(box(x, y, width, height));
    assertThat(best.label()).isEqualTo("red");
    assertThat(best.score()).isCloseTo(0.8, within(0.1));
  }

  @Test
  void tellsNothingOfAGreyWallAndTheSurerOfEqualThingsFirst() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    BufferedImage picture = wall();
    assertThat(find(place, picture)).isEmpty();

    paint(picture, new Color(0, 200, 0), box(0, 0, 64, 64));
    paint(picture, new Color(0, 0, 255), THING);
    List<Subject> subjects = find(place, picture);

    assertThat(subjects).extracting(Subject::label).startsWith("blue").contains("green");
    assertThat(subjects.getFirst().box()).isEqualTo(THING);
    assertThat(subjects).hasSizeLessThanOrEqualTo(OnnxDetector.SUBJECTS_MAX);
  }

  @Test
  void tellsALargeThingBeforeASmallOneThatIsSurer() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    BufferedImage picture = wall();
    paint(picture, new Color(0, 180, 0), box(0, 0, 64, 64));
    // A cell of 8 pixels of the input: a half of the other's sides.
    paint(picture, new Color(255, 0, 0), box(192, 64, 32, 32));

    List<Subject> subjects = find(place, picture);

    assertThat(subjects.getFirst().label()).isEqualTo("green");
    assertThat(subjects)
        .anyMatch(
            small -> small.label().equals("red") && small.score() > subjects.getFirst().score());
  }

  @Test
  void neverTellsAnIgnoredLabel() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    Path manifest = place.resolve("manifest.yaml");
    Files.writeString(manifest, Files.readString(manifest) + "ignore: [blue]\n");
    BufferedImage picture = wall();
    paint(picture, new Color(0, 200, 0), box(0, 0, 64, 64));
    paint(picture, new Color(0, 0, 255), THING);

    assertThat(find(place, picture)).extracting(Subject::label).containsOnly("green");
  }

  @Test
  void readsLabelsFromAFileBeside() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    Path manifest = place.resolve("manifest.yaml");
    Files.writeString(place.resolve("names.txt"), "rouge\n\nvert \nbleu\n");
    Files.writeString(
        manifest, Files.readString(manifest).replace("[red, green, blue]", "names.txt"));
    BufferedImage picture = wall();
    paint(picture, new Color(0, 200, 0), THING);

    assertThat(find(place, picture).getFirst().label()).isEqualTo("vert");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          kind: detector     | kind: sensor             | kind is "sensor", must be one of [encoder, detector]
          kind: detector     | kind: encoder            | unknown keys
          name: colours      | name: default            | as the encoder that ships is called
          name: output       | name: results            | manifest says output "results", model.onnx has [output]
          name: images       | name: picture            | manifest says input "picture", model.onnx has [images]
          [8, 16, 32]        | [8, 16]                  | make [1, 80, 8], output "output" is [1, 84, 8]
          [8, 16, 32]        | [7]                      | output.strides has 7, which does not divide
          [8, 16, 32]        | [0]                      | output.strides has 0, which does not divide
          [8, 16, 32]        | [x]                      | output.strides has "x", not a whole number
          [8, 16, 32]        | []                       | output.strides has 0 values, must be 1 to 8
          layout: yolox      | layout: yolo             | output.layout is "yolo", must be one of [yolox, boxes-scores]
          [red, green, blue] | [red, green]             | make [1, 84, 7], output "output" is [1, 84, 8]
          [red, green, blue] | []                       | labels has 0 names, must be 1 to 1000
          [red, green, blue] | [red, green, ""]         | each must be 1 to 64 printable characters
          [red, green, blue] | ../names.txt             | neither a list nor the name of a file
          [red, green, blue] | names.txt                | names.txt cannot be read
          letterbox-top-left | centre-crop              | a detector has to see the whole picture
          threshold: 0.2     | threshold: 0             | threshold is 0.0, must be above 0 and below 1
          threshold: 0.2     | threshold: low           | threshold is "low", not a number
          threshold: 0.2     | treshold: 0.2            | unknown keys [treshold]
          threshold: 0.2     | ignore: [pink]           | threshold is missing
          pad: 114           | keep: 2                  | input.keep is 2.0
          """)
  void saysWhatIsWrongWithAManifest(String replace, String with, String told) throws IOException {
    Path place = DetectorFolder.yolox(folder);
    Path manifest = place.resolve("manifest.yaml");
    String text = Files.readString(manifest);
    assertThat(text).contains(replace);
    Files.writeString(manifest, text.replace(replace, with));

    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(place.toString())
        .hasMessageContaining(told);
  }

  @Test
  void refusesLabelsThatCannotBeIgnored() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    Path manifest = place.resolve("manifest.yaml");
    String text = Files.readString(manifest);

    Files.writeString(manifest, text + "ignore: [pink]\n");
    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .hasMessageContaining("ignore has \"pink\", which is no label");
    Files.writeString(manifest, text + "ignore: [red, green, blue]\n");
    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .hasMessageContaining("ignore has all labels");
  }

  @Test
  void refusesScoresThatAreNone() throws IOException {
    Path place =
        DetectorFolder.write(
            folder, ColourDetector.yolox(20), DetectorFolder.YOLOX, "letterbox-top-left");

    assertThatThrownBy(() -> ModelLibrary.openDetector(place, ExecutionProvider.CPU))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("must be 0 to 1")
        .hasMessageContaining("sigmoid");
  }

  @Test
  void refusesAnotherFileThanItsManifestSays() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    Files.write(place.resolve("model.onnx"), ColourDetector.boxesAndScores(true));

    assertThatThrownBy(() -> ModelLibrary.openDetector(place, ExecutionProvider.CPU))
        .hasMessageContaining("model.onnx has SHA-256");
  }

  @Test
  void isNoEncoderAndAnEncoderIsNoDetector() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    assertThatThrownBy(() -> ModelFolder.check(place, ExecutionProvider.CPU, SHORT))
        .hasMessageContaining("kind is detector, wanted is encoder");

    Path encoder = Files.createDirectories(folder.resolve("mine"));
    Files.write(encoder.resolve("model.onnx"), ModelLibrary.resource("model.onnx"));
    var unused = ModelFolder.makeManifest(encoder, ModelPreset.all().getFirst(), "mine");
    assertThatThrownBy(() -> ModelLibrary.withDetector(encoder, ExecutionProvider.CPU))
        .hasMessageContaining("is no detector");
    assertThat(ModelFolder.isDetector(encoder)).isFalse();
    assertThat(ModelFolder.isDetector(place)).isTrue();
  }

  @Test
  void standsBesideEncodersUnderANameOfItsOwn() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    try (ModelLibrary library = ModelLibrary.open(Optional.of(folder))) {
      assertThat(library.detectors()).extracting(DetectorManifest::name).containsExactly("colours");
      assertThat(library.models()).extracting(ModelManifest::name).containsExactly("default");
      assertThat(library.hasDetector("colours")).isTrue();
      assertThat(library.has("colours")).isFalse();
    }

    Path twin = Files.createDirectories(folder.resolve("twin"));
    Files.copy(place.resolve("model.onnx"), twin.resolve("model.onnx"));
    Files.copy(place.resolve("manifest.yaml"), twin.resolve("manifest.yaml"));
    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .hasMessageContaining("another folder has a model named \"colours\" as well");
  }

  @Test
  void isCheckedAndMeasuredLikeAnEncoder() throws IOException {
    Path place = DetectorFolder.yolox(folder);

    ModelFolder.DetectorReport report =
        ModelFolder.checkDetector(place, ExecutionProvider.CPU, SHORT);

    assertThat(report.manifest().id()).isEqualTo("colours@1");
    // The picture every model is tried with shows a red disc.
    assertThat(report.found()).extracting(Subject::label).contains("red");
    assertThat(ModelFolder.bench(Optional.of(place), ExecutionProvider.CPU, List.of(1), SHORT))
        .allMatch(speed -> speed.perSecond() > 0);
  }

  @Test
  void embedsWhatTheDetectorFoundAsIfItHadBeenCropped() throws IOException {
    var unused = DetectorFolder.yolox(folder);
    // To the finder that needs no detector all of the carpet stands out.
    BufferedImage picture = wall();
    paint(picture, new Color(40, 40, 40), box(40, 30, 200, 98));
    paint(picture, new Color(255, 0, 0), THING);
    try (ModelLibrary library = ModelLibrary.open(Optional.of(folder));
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      Embedded found = embedded(embedder, picture, Optional.empty(), true, "colours");
      Embedded cropped = embedded(embedder, picture, Optional.of(THING), false, "");
      Embedded otherwise = embedded(embedder, picture, Optional.empty(), true, "");

      assertThat(found.subjects().getFirst().box()).isEqualTo(THING);
      assertThat(found.subjects().getFirst().label()).isEqualTo("red");
      assertThat(found.vector()).isEqualTo(cropped.vector()).isNotEqualTo(otherwise.vector());
      // A box that is said counts, and no detector is asked unless the subject is.
      assertThat(embedded(embedder, picture, Optional.of(THING), true, "colours").subjects())
          .isEmpty();
      assertThat(embedded(embedder, picture, Optional.empty(), false, "colours").subjects())
          .isEmpty();
    }
  }

  @Test
  void embedsTheWholePictureWhereTheDetectorFindsNothing() throws IOException {
    var unused = DetectorFolder.yolox(folder);
    // So large that it is read smaller for the detector than for the model.
    BufferedImage picture = new BufferedImage(4096, 2048, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 60; i++) {
      paint(picture, new Color(i * 4, i * 4, i * 4), box(i * 67, i * 31, 21, 300));
    }
    try (ModelLibrary library = ModelLibrary.open(Optional.of(folder));
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      Embedded found = embedded(embedder, picture, Optional.empty(), true, "colours");
      FeatureVector whole = embedded(embedder, picture, Optional.empty(), false, "").vector();

      assertThat(found.subjects()).isEmpty();
      assertThat(found.vector()).isEqualTo(whole);
    }
  }

  @Test
  void failsAtOnceWhereThereIsNoSuchDetector() {
    try (ModelLibrary library = ModelLibrary.open(Optional.empty());
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      assertThatThrownBy(() -> embedded(embedder, wall(), Optional.empty(), true, "colours"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no detector is named \"colours\"");
    }
  }

  /** A folder whose manifest says what its detector answers. */
  private Path golden() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    Path manifest = place.resolve("manifest.yaml");
    String lines = ModelFolder.checkDetector(place, ExecutionProvider.CPU, SHORT).goldenLines();
    Files.writeString(manifest, Files.readString(manifest) + lines);
    return place;
  }

  @Test
  void hasBoxesInThePictureEveryModelIsTriedWith() throws IOException {
    Path place = golden();

    DetectorManifest manifest =
        ModelFolder.checkDetector(place, ExecutionProvider.CPU, SHORT).manifest();

    DetectorManifest.GoldenBox surest = manifest.golden().orElseThrow().boxes().getFirst();
    assertThat(manifest.golden().orElseThrow().boxes()).hasSize(4);
    // A cell of 16 pixels within the red disc.
    assertThat(surest.label()).isEqualTo("red");
    assertThat(surest.corners()).containsExactly(16.0, 16.0, 32.0, 32.0);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          colours: RGB                | colours: BGR          | the manifest has red
          mean: [0, 0, 0]             | mean: [20, 0, 0]      | the manifest has red
          resize: letterbox-top-left  | resize: letterbox     | the manifest has red
          strides: [8, 16, 32]        | strides: [16, 8, 32]  | the manifest has red
          """)
  void refusesADetectorThatFindsOtherThingsThanItsManifestSays(
      String replace, String with, String told) throws IOException {
    Path place = golden();
    Path manifest = place.resolve("manifest.yaml");
    String text = Files.readString(manifest);
    assertThat(text).contains(replace);
    Files.writeString(manifest, text.replace(replace, with));

    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(place.toString())
        .hasMessageContaining(told)
        .hasMessageContaining("within 0.01; what lies most like it is")
        .hasMessageContaining("other preprocessing");
  }

  @Test
  void refusesADetectorThatFindsSomethingWhereItsManifestSaysNothing() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    Path manifest = place.resolve("manifest.yaml");
    String text = Files.readString(manifest) + "golden: {boxes: []}\n";
    Files.writeString(manifest, text);
    assertThatThrownBy(() -> ModelLibrary.openDetector(place, ExecutionProvider.CPU))
        .hasMessageContaining("golden.boxes is empty")
        .hasMessageContaining("finds red");

    Files.writeString(manifest, text.replace("threshold: 0.2", "threshold: 0.9"));
    assertThat(ModelFolder.isDetector(place)).isTrue();
    ModelLibrary.openDetector(place, ExecutionProvider.CPU).close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          tolerance: 0.01      | tolerance: 0.5           | golden.tolerance is 0.5, must be above 0, at most 0.1
          boxes:               | box:                     | unknown keys golden: [box]
          label: red           | label: pink              | golden.boxes has "pink", which is no label
          label: red           | name: red                | unknown keys golden.boxes: [name]
          score: 0.4           | score: 2                 | golden.boxes has the score 2.0, must be 0 to 1
          score: 0.4           | score: 0.9               | what lies most like it is red 0.40
          [16, 16, 32, 32]     | [40, 16, 32, 32]         | must be left, top, right, bottom
          [16, 16, 32, 32]     | [16, 16, 32]             | must be left, top, right, bottom
          [{label: red, score: 0.4, corners: [16, 16, 32, 32]}] | 7 | golden.boxes is 7, not a list
          """)
  void saysWhatIsWrongWithGoldenBoxes(String replace, String with, String told) throws IOException {
    Path place = DetectorFolder.yolox(folder);
    Path manifest = place.resolve("manifest.yaml");
    String golden =
        "golden: {boxes: [{label: red, score: 0.4, corners: [16, 16, 32, 32]}], tolerance: 0.01}\n";
    assertThat(golden).contains(replace);
    Files.writeString(manifest, Files.readString(manifest) + golden.replace(replace, with));

    assertThatThrownBy(() -> ModelLibrary.openDetector(place, ExecutionProvider.CPU))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(told);
  }

  private static Embedded embedded(
      Embedder embedder,
      BufferedImage picture,
      Optional<Box> crop,
      boolean findSubject,
      String detector) {
    return (Embedded)
        embedder.embed(
            new Picture(
                "default",
                Edits.jpeg(picture, 0.98f),
                crop,
                PictureRule.getDefaultInstance(),
                findSubject,
                detector));
  }

  @ParameterizedTest
  @CsvSource({"yolox", "boxes"})
  void readsWhatItWrites(String layout) throws IOException {
    Path place =
        layout.equals("yolox")
            ? DetectorFolder.yolox(folder)
            : DetectorFolder.write(
                folder, ColourDetector.boxesAndScores(true), DetectorFolder.SHARES, "stretch");
    Path manifest = place.resolve("manifest.yaml");
    Files.writeString(manifest, Files.readString(manifest) + "overlap: 0.6\nignore: [red]\n");
    String golden = ModelFolder.checkDetector(place, ExecutionProvider.CPU, SHORT).goldenLines();
    Files.writeString(manifest, Files.readString(manifest) + golden);

    try (OnnxDetector detector = ModelLibrary.openDetector(place, ExecutionProvider.CPU)) {
      String written = ManifestFile.write(detector.manifest());
      assertThat(ManifestFile.readDetector(written, name -> List.of()))
          .isEqualTo(detector.manifest());
    }
  }

  @Test
  void hasEveryPresetInTheDocuments() throws IOException {
    String docs = Files.readString(Path.of("..", "docs", "models.md"), StandardCharsets.UTF_8);

    assertThat(DetectorPreset.all())
        .isNotEmpty()
        .allSatisfy(
            preset -> {
              assertThat(ModelPreset.named(preset.name())).isEmpty();
              assertThat(preset.convert()).contains("model.onnx");
              assertThat(docs)
                  .contains(
                      "| `%s` | %s | %d |"
                          .formatted(preset.name(), preset.title(), preset.labels().size()));
            });
  }

  @Test
  void leavesNoManifestWhereThePresetDoesNotFit() throws IOException {
    Path place = DetectorFolder.yolox(folder);
    Files.delete(place.resolve("manifest.yaml"));

    assertThatThrownBy(
            () ->
                ModelFolder.makeManifest(
                    place, DetectorPreset.named("yolox").orElseThrow(), "colours"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("80 labels make [1, 84, 85]");
    assertThat(place.resolve("manifest.yaml")).doesNotExist();
  }

  @Test
  void findsPersonsWithSomebodyElsesDetector() throws IOException {
    Optional<Path> data = SharedData.folder();
    assumeTrue(data.isPresent(), SharedData.ABSENT);
    Path place = Files.createDirectories(folder.resolve("yolox"));
    Files.copy(
        data.get().resolve("models").resolve("yolox_nano.onnx"), place.resolve("model.onnx"));
    DetectorManifest made =
        ModelFolder.makeManifest(place, DetectorPreset.named("yolox").orElseThrow(), "yolox");
    assertThat(made.input().width()).isEqualTo(416);
    assertThat(made.golden().orElseThrow().boxes()).hasSize(4);

    try (ModelLibrary library = ModelLibrary.open(Optional.of(folder));
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      Picture picture =
          new Picture(
              "default",
              ByteString.copyFrom(Files.readAllBytes(data.get().resolve("photos/street/0002.jpg"))),
              Optional.empty(),
              PictureRule.getDefaultInstance(),
              true,
              "yolox");
      Subject best = ((Embedded) embedder.embed(picture)).subjects().getFirst();

      assertThat(best.label()).isEqualTo("person");
      // As somebody drew it: 80,27 and 126 x 403.
      assertThat(best.box().getX()).isBetween(60, 100);
      assertThat(best.box().getWidth()).isBetween(95, 160);
      assertThat(best.box().getHeight()).isGreaterThan(340);
    }
  }
}
