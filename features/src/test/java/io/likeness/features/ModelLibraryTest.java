package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelLibraryTest {

  @TempDir Path folder;

  /** Puts the embedded model into a folder of its own, its manifest changed. */
  private void plug(String name, String replace, String with) throws IOException {
    Path model = Files.createDirectories(folder.resolve(name));
    String manifest =
        new String(ModelLibrary.resource("manifest.yaml"), StandardCharsets.UTF_8)
            .replace("name: default", "name: " + name);
    assertThat(manifest).contains(replace);
    Files.writeString(model.resolve("manifest.yaml"), manifest.replace(replace, with));
    Files.write(model.resolve("model.onnx"), ModelLibrary.resource("model.onnx"));
  }

  @Test
  void hasTheEmbeddedDefaultWithoutAnyFolder() {
    try (ModelLibrary library = ModelLibrary.open(Optional.empty())) {
      assertThat(library.models()).hasSize(1);
      ModelManifest manifest = library.model(library.defaultName());
      assertThat(manifest.dimensions()).isBetween(256, 1024);
      assertThat(manifest.id()).isEqualTo("default@" + manifest.version());
      assertThat(manifest.likeness(1)).isEqualTo(1);
    }
  }

  @Test
  void opensEveryFolderThatHoldsAManifest() throws IOException {
    plug("shoes", "licence: Apache-2.0", "licence: CC0-1.0");
    Files.createDirectories(folder.resolve("notes"));

    try (ModelLibrary library = ModelLibrary.open(Optional.of(folder))) {
      assertThat(library.models())
          .extracting(ModelManifest::name)
          .containsExactlyInAnyOrder("shoes", "default");
      assertThat(library.model("shoes").licence()).isEqualTo("CC0-1.0");
      assertThatThrownBy(() -> library.model("hats")).hasMessageContaining("hats", "shoes");
    }
  }

  @Test
  void refusesTwoModelsOfOneName() throws IOException {
    plug("shoes", "licence: Apache-2.0", "licence: CC0-1.0");
    plug("other", "name: other", "name: shoes");

    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("\"shoes\" as well");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          name: picture     | name: pixels      | manifest says input "pixels", model.onnx has [picture]
          name: features    | name: vector      | manifest says output "vector", model.onnx has [features]
          layout: NCHW      | layout: NHWC      | manifest says an input of [1, 128, 128, 3] (NHWC), model.onnx wants [-1, 3, 128, 128]
          layout: NCHW      | layout: NCWH      | input.layout is "NCWH", must be one of [NCHW, NHWC]
          width: 128        | width: 96         | model.onnx wants [-1, 3, 128, 128]
          width: 128        | width: wide       | input.width is "wide", not a whole number
          resize: stretch   | resize: squeeze   | must be one of [stretch, letterbox, letterbox-top-left, centre-crop]
          pooling: none     | pooling: mean     | pooling "mean" does not fit an output of
          normalise: l2     | normalise: l3     | output.normalise is "l3"
          mean: [0, 0, 0]   | mean: [0, 0]      | input.mean has 2 values, must be 3
          std: [255, 255, 255] | std: [255, 0, 255] | is not all above 0
          colours: RGB      | colour: RGB       | unknown keys input: [colour]
          licence: Apache-2.0 | licence:        | licence is missing
          """)
  void saysWhatIsWrongWithAManifest(String replace, String with, String told) throws IOException {
    plug("shoes", replace, with);

    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("shoes")
        .hasMessageContaining(told);
  }

  @Test
  void saysWhichDimensionsItFound() throws IOException {
    int real = dimensions();
    plug("shoes", "dimensions: " + real, "dimensions: 99");

    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .hasMessageContaining("manifest says 99 dimensions, model.onnx answers with " + real);
  }

  @Test
  void refusesAModelThatIsNotTheOneItsManifestNames() throws IOException {
    plug("shoes", "licence: Apache-2.0", "licence: CC0-1.0");
    Path file = folder.resolve("shoes").resolve("model.onnx");
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);

    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .hasMessageContaining("SHA-256");
  }

  @Test
  void refusesAFileThatIsNoModel() throws IOException {
    byte[] junk = "this is no model".getBytes(StandardCharsets.UTF_8);
    String real = ModelLibrary.sha256(ModelLibrary.resource("model.onnx"));
    plug("shoes", real, ModelLibrary.sha256(junk));
    Files.write(folder.resolve("shoes").resolve("model.onnx"), junk);

    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .hasMessageContaining("model.onnx cannot be loaded");
  }

  @Test
  void saysThatAFileIsMissing() throws IOException {
    plug("shoes", "licence: Apache-2.0", "licence: CC0-1.0");
    Files.delete(folder.resolve("shoes").resolve("model.onnx"));

    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder)))
        .hasMessageContaining("model.onnx");
    assertThatThrownBy(() -> ModelLibrary.open(Optional.of(folder.resolve("absent"))))
        .hasMessageContaining("is no folder");
  }

  private static int dimensions() {
    try (ModelLibrary library = ModelLibrary.open(Optional.empty())) {
      return library.model("default").dimensions();
    }
  }
}
