package io.likeness.features;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a model's arithmetic runs on. */
public enum ExecutionProvider {
  CPU(OrtProvider.CPU),
  CUDA(OrtProvider.CUDA),
  OPENVINO(OrtProvider.OPEN_VINO);

  private final OrtProvider provider;

  ExecutionProvider(OrtProvider provider) {
    this.provider = provider;
  }

  /** As configuration names it; throws {@link IllegalArgumentException} with those there are. */
  public static ExecutionProvider named(String text) {
    return Arrays.stream(values())
        .filter(each -> each.text().equals(text.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "\""
                        + text
                        + "\" is none of "
                        + Arrays.stream(values()).map(ExecutionProvider::text).toList()));
  }

  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * Whether the ONNX Runtime on the class path was built with it; the device may still be absent.
   */
  boolean isBuiltIn() {
    return OrtEnvironment.getAvailableProviders().contains(provider);
  }

  /** Throws {@link ModelException} where it is not there. */
  void addTo(OrtSession.SessionOptions options) {
    if (this == CPU) {
      return;
    }
    if (!isBuiltIn()) {
      List<String> there =
          Arrays.stream(values())
              .filter(ExecutionProvider::isBuiltIn)
              .map(ExecutionProvider::text)
              .toList();
      throw new ModelException(
          ("execution provider %s is not in the ONNX Runtime on the class path, which has %s; docs/models.md says"
                  + " which jar brings it")
              .formatted(text(), there));
    }
    try {
      if (this == CUDA) {
        options.addCUDA();
      } else {
        options.addOpenVINO("");
      }
    } catch (OrtException absent) {
      throw new ModelException(
          "execution provider %s does not start: %s".formatted(text(), absent.getMessage()),
          absent);
    }
  }
}
