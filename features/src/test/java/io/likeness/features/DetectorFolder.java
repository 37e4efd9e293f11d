package io.likeness.features;

import io.likeness.features.builtin.ColourDetector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder with a detector of colours, as somebody would bring one. */
public final class DetectorFolder {

  static final String YOLOX =
      """
      output:
        layout: yolox
        name: output
        strides: [8, 16, 32]
      """;

  static final String PIXELS =
      """
      output:
        layout: boxes-scores
        boxes: boxes
        scores: scores
        corners: pixels
      """;

  static final String SHARES = PIXELS.replace("pixels", "shares");

  private DetectorFolder() {}

  /** Below the folder, under the detector's name: colours. */
  public static Path yolox(Path folder) throws IOException {
    return write(folder, ColourDetector.yolox(1), YOLOX, "letterbox-top-left");
  }

  static Path write(Path folder, byte[] model, String output, String resize) throws IOException {
    Path place = Files.createDirectories(folder.resolve("colours"));
    Files.write(place.resolve("model.onnx"), model);
    Files.writeString(
        place.resolve("manifest.yaml"),
        """
        kind: detector
        name: colours
        version: "1"
        description: finds what has a colour
        licence: Apache-2.0
        sha256: %s
        input:
          name: images
          width: 64
          height: 64
          layout: NCHW
          colours: RGB
          mean: [0, 0, 0]
          std: [1, 1, 1]
          resize: %s
          pad: 114
        %slabels: [red, green, blue]
        threshold: 0.2
        """
            .formatted(ModelLibrary.sha256(model), resize, output));
    return place;
  }
}
