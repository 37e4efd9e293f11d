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
 * What is known of a published encoder: how a picture is laid before it, which of its answers is
 * the vector, where its weights are and how they become ONNX. The weights themselves are the user's
 * to get; none are shipped. The list is {@code presets.yaml} beside this class.
 *
 * @param outputs names of the answer in the usual exports, the first that is there counts
 * @param dimensions of the vector, where it is what the recipe makes
 * @param weights where the user gets them
 * @param convert what the user runs to make model.onnx of them
 */
public record ModelPreset(
    String name,
    String title,
    String licence,
    ModelManifest.Input input,
    List<String> outputs,
    ModelManifest.Pooling pooling,
    int dimensions,
    Calibration calibration,
    String weights,
    String convert) {

  public ModelPreset {
    outputs = List.copyOf(outputs);
  }

  /** All there are, in the order of their file. */
  public static List<ModelPreset> all() {
    try (InputStream file = ModelPreset.class.getResourceAsStream("presets.yaml")) {
      if (file == null) {
        throw new IllegalStateException("resource presets.yaml is missing from the jar");
      }
      List<ModelPreset> presets = new ArrayList<>();
      for (JsonNode each : new ObjectMapper(new YAMLFactory()).readTree(file)) {
        presets.add(ManifestFile.preset(each));
      }
      return List.copyOf(presets);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  public static Optional<ModelPreset> named(String name) {
    return all().stream().filter(each -> each.name().equals(name)).findFirst();
  }
}
