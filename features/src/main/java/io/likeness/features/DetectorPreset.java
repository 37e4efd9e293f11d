package io.likeness.features;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is known of a published detector: how a picture is laid before it, how its answer is read,
 * where its weights are and how they become ONNX. The weights themselves are the user's to get;
 * none are shipped. The list is {@code detector-presets.yaml} beside this class.
 *
 * @param weights where the user gets them
 * @param convert what the user runs to make model.onnx of them
 */
public record DetectorPreset(
    String name,
    String title,
    String licence,
    ModelManifest.Input input,
    DetectorManifest.Output output,
    List<String> labels,
    double threshold,
    double overlap,
    String weights,
    String convert) {

  public DetectorPreset {
    labels = List.copyOf(labels);
  }

  /** All there are, in the order of their file. */
  public static List<DetectorPreset> all() {
    try (InputStream file = DetectorPreset.class.getResourceAsStream("detector-presets.yaml")) {
      if (file == null) {
        throw new IllegalStateException("resource detector-presets.yaml is missing from the jar");
      }
      List<DetectorPreset> presets = new ArrayList<>();
      for (JsonNode each : new ObjectMapper(new YAMLFactory()).readTree(file)) {
        presets.add(ManifestFile.detectorPreset(each));
      }
      return List.copyOf(presets);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  public static Optional<DetectorPreset> named(String name) {
    return all().stream().filter(each -> each.name().equals(name)).findFirst();
  }
}
