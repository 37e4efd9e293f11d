package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

class ModelFolderTest {

  private static final Duration SHORT = Duration.ofMillis(20);

  @TempDir Path folder;

  private static ModelPreset preset(String name) {
    return ModelPreset.named(name).orElseThrow();
  }

  /** The embedded model's file, without its manifest. */
  private Path bare(String name) throws IOException {
    Path place = Files.createDirectories(folder.resolve(name));
    Files.write(place.resolve("model.onnx"), ModelLibrary.resource("model.onnx"));
    return place;
  }

  @Test
  void makesAManifestTheModelOpensWith() throws IOException {
    Path place = bare("mine");

    ModelManifest made = ModelFolder.makeManifest(place, preset("resnet50"), "mine");

    assertThat(made.input().name()).isEqualTo("picture");
    assertThat(made.input().width()).isEqualTo(128);
    assertThat(made.dimensions()).isEqualTo(512);
    assertThat(made.golden().orElseThrow().values()).hasSize(16);
    try (ModelLibrary library = ModelLibrary.open(Optional.of(folder))) {
      assertThat(library.model("mine")).isEqualTo(made);
    }
    assertThat(ModelFolder.check(place, ExecutionProvider.CPU, SHORT).manifest()).isEqualTo(made);
  }

  @Test
  void refusesAModelThatAnswersOtherwiseThanItsManifest() throws IOException {
    Path place = bare("mine");
    ModelManifest made = ModelFolder.makeManifest(place, preset("resnet50"), "mine");
    Path manifest = place.resolve("manifest.yaml");
    String text = Files.readString(manifest);
    // Red and blue exchanged: the file is the same, what comes out is not.
    Files.writeString(manifest, text.replace("colours: RGB", "colours: BGR"));

    assertThat(made.golden()).isPresent();
    assertThatThrownBy(() -> ModelFolder.check(place, ExecutionProvider.CPU, SHORT))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("other preprocessing")
        .hasMessageContaining("within 0.002");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          tolerance: 0.002 | tolerance: 0.5   | golden.tolerance is 0.5
          tolerance: 0.002 | tolerance: loose | golden.tolerance is "loose", not a number
          values: [        | values: [7.5,    | golden.values are not all from -1 to 1
          values: [        | value: [         | unknown keys golden: [value]
          """)
  void saysWhatIsWrongWithGoldenValues(String replace, String with, String told)
      throws IOException {
    Path place = bare("mine");
    var unused = ModelFolder.makeManifest(place, preset("resnet50"), "mine");
    Path manifest = place.resolve("manifest.yaml");
    String text = Files.readString(manifest);
    assertThat(text).contains(replace);
    Files.writeString(manifest, text.replace(replace, with));

    assertThatThrownBy(() -> ModelFolder.check(place, ExecutionProvider.CPU, SHORT))
        .hasMessageContaining(told);
  }

  @Test
  void saysWhatAModelWithoutManifestTakesAndAnswers() throws IOException {
    Path place = bare("mine");

    assertThatThrownBy(() -> ModelFolder.check(place, ExecutionProvider.CPU, SHORT))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("no manifest.yaml")
        .hasMessageContaining("picture=float32 [-1, 3, 128, 128]")
        .hasMessageContaining("features=float32 [-1, 512]")
        .hasMessageContaining(ModelLibrary.sha256(ModelLibrary.resource("model.onnx")));
  }

  @Test
  void saysThatAFileIsNoModelAndLeavesNoManifest() throws IOException {
    Path place = Files.createDirectories(folder.resolve("mine"));
    Files.writeString(place.resolve("model.onnx"), "this is no model");

    assertThatThrownBy(() -> ModelFolder.makeManifest(place, preset("resnet50"), "mine"))
        .hasMessageContaining("cannot be loaded");
    assertThat(place.resolve("manifest.yaml")).doesNotExist();
  }

  @Test
  void readsWhatItWrites() throws IOException {
    Path place = bare("mine");
    ModelManifest made = ModelFolder.makeManifest(place, preset("dinov2-small"), "mine");
    ModelManifest odd =
        new ModelManifest(
            "odd",
            "1e5",
            "says \"yes: no\" \\ # [and more]",
            "null",
            made.sha256(),
            made.input(),
            made.output(),
            new Calibration(
                List.of(new Calibration.Point(0.00001, 0), new Calibration.Point(1, 1))),
            Optional.of(new ModelManifest.Golden(List.of(-0.00001, 0.5), 0.00002)));

    assertThat(ManifestFile.read(ManifestFile.write(odd))).isEqualTo(odd);
  }

  @Test
  void refusesAManifestOfANewerRelease() throws IOException {
    Path place = bare("mine");
    String text =
        ManifestFile.write(ModelFolder.makeManifest(place, preset("dinov2-small"), "mine"));
    assertThat(ManifestFile.read("format: " + ManifestFile.FORMAT + "\n" + text))
        .isEqualTo(ManifestFile.read(text));
    assertThatThrownBy(
            () -> ManifestFile.read("format: " + (ManifestFile.FORMAT + 1) + "\nnew: 1\n" + text))
        .hasMessageContaining(
            "the manifest has format 2, and this release understands up to 1: a newer release");
  }

  @Test
  void measuresEachNumberOfThreads() {
    List<ModelFolder.Speed> speeds =
        ModelFolder.bench(Optional.empty(), ExecutionProvider.CPU, List.of(1, 2), SHORT);

    assertThat(speeds).extracting(ModelFolder.Speed::threads).containsExactly(1, 2);
    assertThat(speeds).allMatch(speed -> speed.perSecond() > 0);
  }

  @Test
  void saysThatAnExecutionProviderIsAbsent() {
    ExecutionProvider cuda = ExecutionProvider.named("CUDA");
    assumeTrue(!cuda.isBuiltIn(), "this ONNX Runtime has CUDA");

    assertThatThrownBy(() -> ModelLibrary.open(Optional.empty(), cuda))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("execution provider cuda is not in the ONNX Runtime")
        .hasMessageContaining("which has [cpu");
    assertThatThrownBy(() -> ExecutionProvider.named("abacus"))
        .hasMessageContaining("\"abacus\" is none of [cpu, cuda, openvino]");
  }

  @Test
  void hasEveryPresetInTheDocuments() throws IOException {
    List<ModelPreset> presets = ModelPreset.all();
    String docs = Files.readString(Path.of("..", "docs", "models.md"), StandardCharsets.UTF_8);

    assertThat(presets).hasSizeGreaterThanOrEqualTo(10).doesNotHaveDuplicates();
    assertThat(presets)
        .allSatisfy(
            preset -> {
              assertThat(ModelManifest.isName(preset.name())).isTrue();
              assertThat(preset.convert()).contains("model.onnx");
              assertThat(docs)
                  .contains(
                      "| `%s` | %s | %d |"
                          .formatted(preset.name(), preset.title(), preset.dimensions()));
            });
  }

  @ParameterizedTest
  @CsvSource({"mobilenet_v2.onnx, mobilenet-v2-tf, 1280", "squeezenet1_1.onnx, squeezenet1-1, 512"})
  void fitsItsPresetsToSomebodyElsesModels(String file, String preset, int dimensions)
      throws IOException {
    Optional<Path> data = SharedData.folder();
    assumeTrue(data.isPresent(), SharedData.ABSENT);
    Path place = Files.createDirectories(folder.resolve("plugged"));
    Files.copy(data.get().resolve("models").resolve(file), place.resolve("model.onnx"));

    ModelManifest made = ModelFolder.makeManifest(place, preset(preset), "plugged");

    assertThat(made.dimensions()).isEqualTo(dimensions);
    assertThat(made.output().name()).isEqualTo("features");
    assertThat(ModelFolder.check(place, ExecutionProvider.CPU, SHORT).manifest()).isEqualTo(made);
  }
}
