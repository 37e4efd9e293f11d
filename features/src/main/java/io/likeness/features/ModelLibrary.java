package io.likeness.features;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The models this process can embed with: the default that ships inside, and one for each folder
 * below a folder of the user's. All are opened and tried at start, so that a faulty one is known
 * before it is needed. Owns the models.
 */
public final class ModelLibrary implements AutoCloseable {

  public static final String DEFAULT_NAME = "default";

  static final String MODEL_FILE = "model.onnx";
  static final String MANIFEST_FILE = "manifest.yaml";

  private static final int MODELS_MAX = 64;
  public static final long MODEL_BYTES_MAX = 1L << 30;
  private static final long MANIFEST_BYTES_MAX = 1L << 20;

  private final Map<String, OnnxModel> models;

  private ModelLibrary(Map<String, OnnxModel> models) {
    this.models = models;
  }

  /**
   * Opens the embedded default and every folder below the given one that holds a {@code
   * manifest.yaml}. A folder's model named {@code default} takes the embedded one's place.
   *
   * @throws ModelException where one cannot be used, saying which and why
   */
  public static ModelLibrary open(Optional<Path> folder) {
    return open(folder, ExecutionProvider.CPU);
  }

  /** The same, on another execution provider than the CPU. */
  public static ModelLibrary open(Optional<Path> folder, ExecutionProvider provider) {
    Map<String, OnnxModel> models = new LinkedHashMap<>();
    try {
      if (folder.isPresent()) {
        for (Path path : modelFolders(folder.get())) {
          OnnxModel model = open(path, provider);
          OnnxModel other = models.putIfAbsent(model.manifest().name(), model);
          if (other != null) {
            model.close();
            throw new ModelException(
                "model %s: another folder has a model named \"%s\" as well"
                    .formatted(path, model.manifest().name()));
          }
        }
      }
      if (!models.containsKey(DEFAULT_NAME)) {
        models.put(DEFAULT_NAME, embedded(provider));
      }
    } catch (RuntimeException fault) {
      models.values().forEach(OnnxModel::close);
      throw fault;
    }
    return new ModelLibrary(models);
  }

  private static List<Path> modelFolders(Path folder) {
    if (!Files.isDirectory(folder)) {
      throw new ModelException("models folder %s is no folder".formatted(folder));
    }
    try (Stream<Path> entries = Files.list(folder)) {
      List<Path> found =
          entries.filter(entry -> Files.exists(entry.resolve(MANIFEST_FILE))).sorted().toList();
      if (found.size() > MODELS_MAX) {
        throw new ModelException(
            "models folder %s holds %d models, at most %d"
                .formatted(folder, found.size(), MODELS_MAX));
      }
      return found;
    } catch (IOException unreadable) {
      throw new ModelException(
          "models folder %s cannot be read: %s".formatted(folder, unreadable.getMessage()),
          unreadable);
    }
  }

  static OnnxModel open(Path folder, ExecutionProvider provider) {
    try {
      byte[] manifest = bounded(folder.resolve(MANIFEST_FILE), MANIFEST_BYTES_MAX);
      byte[] model = bounded(folder.resolve(MODEL_FILE), MODEL_BYTES_MAX);
      return open(folder.toString(), manifest, model, provider);
    } catch (IOException unreadable) {
      throw new ModelException(
          "model %s cannot be read: %s".formatted(folder, unreadable), unreadable);
    }
  }

  /** A model's file, at most as large as one may be. */
  static byte[] modelFile(Path file) {
    try {
      return bounded(file, MODEL_BYTES_MAX);
    } catch (IOException unreadable) {
      throw new ModelException("%s cannot be read: %s".formatted(file, unreadable), unreadable);
    }
  }

  private static byte[] bounded(Path file, long bytesMax) throws IOException {
    long bytes = Files.size(file);
    if (bytes > bytesMax) {
      throw new ModelException("%s is %d bytes, at most %d".formatted(file, bytes, bytesMax));
    }
    return Files.readAllBytes(file);
  }

  static OnnxModel embedded(ExecutionProvider provider) {
    return open("default (embedded)", resource(MANIFEST_FILE), resource(MODEL_FILE), provider);
  }

  static byte[] resource(String name) {
    String path = "default-model/" + name;
    try (InputStream input = ModelLibrary.class.getResourceAsStream(path)) {
      if (input == null) {
        throw new IllegalStateException("resource " + path + " is missing from the jar");
      }
      return input.readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static OnnxModel open(
      String where, byte[] manifestFile, byte[] modelFile, ExecutionProvider provider) {
    ModelManifest manifest;
    try {
      manifest = ManifestFile.read(new String(manifestFile, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException fault) {
      throw new ModelException(
          "model %s: %s: %s".formatted(where, MANIFEST_FILE, fault.getMessage()), fault);
    }
    String sha256 = sha256(modelFile);
    if (!sha256.equals(manifest.sha256())) {
      throw new ModelException(
          "model %s: %s has SHA-256 %s, the manifest says %s"
              .formatted(where, MODEL_FILE, sha256, manifest.sha256()));
    }
    return OnnxModel.open(where, manifest, modelFile, provider);
  }

  static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }

  /** Throws {@link IllegalArgumentException} where there is none of this name. */
  public ModelManifest model(String name) {
    return onnx(name).manifest();
  }

  public boolean has(String name) {
    return models.containsKey(name);
  }

  public List<ModelManifest> models() {
    return models.values().stream().map(OnnxModel::manifest).toList();
  }

  public String defaultName() {
    return DEFAULT_NAME;
  }

  OnnxModel onnx(String name) {
    OnnxModel model = models.get(name);
    if (model == null) {
      Collection<String> known = models.keySet();
      throw new IllegalArgumentException(
          "no model is named \"%s\"; known are %s".formatted(name, known));
    }
    return model;
  }

  @Override
  public void close() {
    models.values().forEach(OnnxModel::close);
  }
}
