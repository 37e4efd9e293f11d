package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelCalibratorTest {

  @TempDir Path folder;

  /** Scenes 0 to 11 and a smaller copy of each. */
  private void photos() throws IOException {
    List<String> lines = new ArrayList<>(List.of("file,product"));
    for (int i = 0; i < 12; i++) {
      Files.write(folder.resolve(i + ".jpg"), Edits.jpeg(Scenes.scene(i), 0.9f).toByteArray());
      Files.write(
          folder.resolve(i + "-small.jpg"),
          Edits.jpeg(Edits.scaled(Scenes.scene(i), 0.6), 0.9f).toByteArray());
      Files.write(
          folder.resolve(i + "-part.jpg"),
          Edits.jpeg(Edits.cropped(Scenes.scene(i), 0.8), 0.9f).toByteArray());
      lines.add(i + ".jpg,scene " + i);
      lines.add(i + "-small.jpg,scene " + i);
      lines.add(i + "-part.jpg,scene " + i);
    }
    Files.write(folder.resolve("photos.csv"), lines);
  }

  private Path model() throws IOException {
    Path model = Files.createDirectories(folder.resolve("model"));
    for (String name : List.of(ModelLibrary.MODEL_FILE, ModelLibrary.MANIFEST_FILE)) {
      Files.write(model.resolve(name), ModelLibrary.resource(name));
    }
    return model;
  }

  @Test
  void writesACalibrationThatTellsCopiesFromOthers() throws IOException {
    photos();
    Path model = model();
    String before = Files.readString(model.resolve("manifest.yaml"));

    ModelCalibrator.Result result =
        ModelCalibrator.calibrate(
            model, ExecutionProvider.CPU, ModelCalibrator.ofPhotos(folder, 1));

    String after = Files.readString(model.resolve("manifest.yaml"));
    ModelManifest manifest = ManifestFile.read(after);
    assertThat(result.same()).isEqualTo(36);
    assertThat(manifest.calibration().points()).isEqualTo(result.points());
    assertThat(manifest.calibration().likeness(0.999)).isGreaterThan(0.8);
    assertThat(manifest.calibration().likeness(0.2)).isLessThan(0.2);
    assertThat(after.lines().takeWhile(line -> !line.startsWith("calibration")).toList())
        .isEqualTo(before.lines().takeWhile(line -> !line.startsWith("calibration")).toList());
  }

  @Test
  void leavesWhatStandsAfterTheCalibrationAsItIs() {
    String manifest = "name: a\ncalibration: [[0, 0],\n  [1, 1]]\noutput: {x: 1}\n";
    Calibration other =
        new Calibration(List.of(new Calibration.Point(0.5, 0), new Calibration.Point(1, 1)));

    assertThat(ModelCalibrator.withCalibration(manifest, other))
        .isEqualTo("name: a\ncalibration:\n  - [0.5, 0.0]\n  - [1.0, 1.0]\noutput: {x: 1}\n");
  }

  @Test
  void saysWhichLineOfTheTableIsWrong() throws IOException {
    Path table = folder.resolve("pairs.csv");
    Files.writeString(
        table, "one,other,same\na.jpg,b.jpg,1\na.jpg,c.jpg,maybe\n", StandardCharsets.UTF_8);

    assertThatThrownBy(() -> ModelCalibrator.ofTable(table))
        .hasMessageContaining("line 3")
        .hasMessageContaining("maybe");
  }
}
