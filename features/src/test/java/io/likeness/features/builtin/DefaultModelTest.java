package io.likeness.features.builtin;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.features.ExecutionProvider;
import io.likeness.features.ModelFolder;
import io.likeness.features.ModelManifest.Golden;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DefaultModelTest {

  private static final String REMEDY =
      "the committed file differs from what the code makes; run the main of DefaultModel";

  @Test
  void isCommittedAsItsCodeMakesIt() throws IOException {
    byte[] model = DefaultModel.model(LearnedPart.ofModel(committed("model.onnx")));
    // What is committed; that the model answers so is checked when it is loaded.
    Optional<Golden> golden =
        ModelFolder.checkEmbedded(ExecutionProvider.CPU, Duration.ZERO).manifest().golden();

    assertThat(golden).describedAs(REMEDY).isPresent();

    assertThat(DefaultModel.sha256(committed("model.onnx")))
        .describedAs(REMEDY)
        .isEqualTo(DefaultModel.sha256(model));
    assertThat(new String(committed("manifest.yaml"), StandardCharsets.UTF_8))
        .describedAs(REMEDY)
        .isEqualTo(new String(DefaultModel.manifest(model, golden), StandardCharsets.UTF_8));
  }

  @Test
  void isSmallEnoughToShip() throws IOException {
    assertThat(committed("model.onnx").length).isLessThan(10_000_000);
  }

  private static byte[] committed(String name) throws IOException {
    String path = "/io/likeness/features/default-model/" + name;
    try (InputStream input = DefaultModelTest.class.getResourceAsStream(path)) {
      assertThat(input).describedAs(path).isNotNull();
      return input == null ? new byte[0] : input.readAllBytes();
    }
  }
}
