package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.PictureRule;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encoders made by others take their place with a manifest alone. */
class PluggedModelTest {

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          mobilenet_v2.onnx  | 1280 | [127.5, 127.5, 127.5]     | [127.5, 127.5, 127.5]    | stretch
          squeezenet1_1.onnx | 512  | [123.675, 116.28, 103.53] | [58.395, 57.12, 57.375] | centre-crop
          """)
  void embedsWithSomebodyElsesModel(
      String file, int dimensions, String mean, String std, String resize) throws IOException {
    Optional<Path> data = SharedData.folder();
    assumeTrue(data.isPresent(), SharedData.ABSENT);
    byte[] model = Files.readAllBytes(data.get().resolve("models").resolve(file));
    Path place = Files.createDirectories(folder.resolve("plugged"));
    Files.write(place.resolve("model.onnx"), model);
    Files.writeString(
        place.resolve("manifest.yaml"),
        """
        name: plugged
        version: "1"
        description: a network trained elsewhere
        licence: Apache-2.0
        sha256: %s
        input:
          name: image
          width: 224
          height: 224
          layout: NCHW
          colours: RGB
          mean: %s
          std: %s
          resize: %s
          keep: 0.95
        output:
          name: features
          pooling: none
          dimensions: %d
          normalise: l2
        calibration:
          - [0.2, 0]
          - [0.9, 0.8]
          - [1, 1]
        """
            .formatted(ModelLibrary.sha256(model), mean, std, resize, dimensions));

    try (ModelLibrary library = ModelLibrary.open(Optional.of(folder));
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      BufferedImage scene = Scenes.scene(3);
      List<ByteString> contents =
          List.of(
              Edits.jpeg(scene, 0.9f),
              Edits.jpeg(Edits.scaled(scene, 0.5), 0.9f),
              Edits.jpeg(Scenes.scene(4), 0.9f));
      List<FeatureVector> vectors =
          contents.stream()
              .map(
                  content ->
                      new Picture(
                          "plugged", content, Optional.empty(), PictureRule.getDefaultInstance()))
              .map(picture -> ((Embedded) embedder.embed(picture)).vector())
              .toList();

      assertThat(vectors.getFirst().dimensions()).isEqualTo(dimensions);
      assertThat(vectors.get(0).cosine(vectors.get(1)))
          .isGreaterThan(0.9f)
          .isGreaterThan(vectors.get(0).cosine(vectors.get(2)) + 0.1f);
    }
  }
}
