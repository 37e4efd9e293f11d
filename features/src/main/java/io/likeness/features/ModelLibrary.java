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
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The models of this process: encoders to embed with, the default that ships inside among them, and
 * detectors that find subjects; one for each folder below a folder of the user's. All are opened
 * and tried at start, so that a faulty one is known before it is needed. Owns the models.
 */
public final class ModelLibrary implements AutoCloseable {

  public static final String DEFAULT_NAME = "default";

  static final String MODEL_FILE = "model.onnx";
  static final String MANIFEST_FILE = "manifest.yaml";

  private static final int MODELS_MAX = 64;
  public static final long MODEL_BYTES_MAX = 1L << 30;
  private static final long MANIFEST_BYTES_MAX = 1L << 20;
  private static final long LABELS_BYTES_MAX = 1L << 17;

  private final Map<String, OnnxModel> models = new LinkedHashMap<>();
  private final Map<String, OnnxDetector> detectors = new LinkedHashMap<>();

  private ModelLibrary() {}

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
    return open(folder.map(ModelLibrary::modelFolders).orElse(List.of()), provider);
  }

  /** The embedded default and the detector of one folder. */
  public static ModelLibrary withDetector(Path detector, ExecutionProvider provider) {
    if (kind(detector) != ManifestFile.Kind.DETECTOR) {
      throw new ModelException(
          "model %s is no detector: its %s does not say kind: detector"
              .formatted(detector, MANIFEST_FILE));
    }
    return open(List.of(detector), provider);
  }

  private static ModelLibrary open(List<Path> folders, ExecutionProvider provider) {
    ModelLibrary library = new ModelLibrary();
    try {
      folders.forEach(folder -> library.add(folder, provider));
      if (!library.models.containsKey(DEFAULT_NAME)) {
        library.models.put(DEFAULT_NAME, embedded(provider));
      }
      return library;
    } catch (RuntimeException fault) {
      library.close();
      throw fault;
    }
  }

  private void add(Path folder, ExecutionProvider provider) {
    switch (kind(folder)) {
      case ENCODER -> {
        OnnxModel model = open(folder, provider);
        String name = model.manifest().name();
        if (isTaken(name)) {
          model.close();
          throw twice(folder, name);
        }
        models.put(name, model);
      }
      case DETECTOR -> {
        OnnxDetector detector = openDetector(folder, provider);
        String name = detector.manifest().name();
        if (isTaken(name)) {
          detector.close();
          throw twice(folder, name);
        }
        detectors.put(name, detector);
      }
    }
  }

  /** A name is one model's, of whatever kind. */
  private boolean isTaken(String name) {
    return models.containsKey(name) || detectors.containsKey(name);
  }

  private static ModelException twice(Path folder, String name) {
    return new ModelException(
        "model %s: another folder has a model named \"%s\" as well".formatted(folder, name));
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
    String manifest = manifestText(folder);
    return open(folder.toString(), manifest, modelFile(folder), provider);
  }

  static OnnxDetector openDetector(Path folder, ExecutionProvider provider) {
    DetectorManifest manifest =
        understood(
            folder.toString(),
            manifestText(folder),
            text -> ManifestFile.readDetector(text, name -> lines(folder.resolve(name))));
    byte[] file = modelFile(folder);
    checkSha256(folder.toString(), file, manifest.sha256());
    return OnnxDetector.open(folder.toString(), manifest, file, provider);
  }

  /** Of which kind the model of a folder says it is. */
  static ManifestFile.Kind kind(Path folder) {
    return understood(folder.toString(), manifestText(folder), ManifestFile::kind);
  }

  private static String manifestText(Path folder) {
    try {
      return text(bounded(folder.resolve(MANIFEST_FILE), MANIFEST_BYTES_MAX));
    } catch (IOException unreadable) {
      throw unreadable(folder, unreadable);
    }
  }

  private static List<String> lines(Path file) {
    try {
      return text(bounded(file, LABELS_BYTES_MAX)).lines().toList();
    } catch (IOException unreadable) {
      throw unreadable(file, unreadable);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static ModelException unreadable(Path what, IOException cause) {
    return new ModelException("model %s cannot be read: %s".formatted(what, cause), cause);
  }

  private static <M> M understood(String where, String manifest, Function<String, M> reading) {
    try {
      return reading.apply(manifest);
    } catch (IllegalArgumentException fault) {
      throw new ModelException(
          "model %s: %s: %s".formatted(where, MANIFEST_FILE, fault.getMessage()), fault);
    }
  }

  /** The model's file of a folder, at most as large as one may be. */
  static byte[] modelFile(Path folder) {
    try {
      return bounded(folder.resolve(MODEL_FILE), MODEL_BYTES_MAX);
    } catch (IOException unreadable) {
      throw unreadable(folder, unreadable);
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
    return open(
        "default (embedded)", text(resource(MANIFEST_FILE)), resource(MODEL_FILE), provider);
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
      String where, String manifestFile, byte[] modelFile, ExecutionProvider provider) {
    ModelManifest manifest = understood(where, manifestFile, ManifestFile::read);
    checkSha256(where, modelFile, manifest.sha256());
    return OnnxModel.open(where, manifest, modelFile, provider);
  }

  private static void checkSha256(String where, byte[] modelFile, String wanted) {
    String sha256 = sha256(modelFile);
    if (!sha256.equals(wanted)) {
      throw new ModelException(
          "model %s: %s has SHA-256 %s, the manifest says %s"
              .formatted(where, MODEL_FILE, sha256, wanted));
    }
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

  public boolean hasDetector(String name) {
    return detectors.containsKey(name);
  }

  public List<DetectorManifest> detectors() {
    return detectors.values().stream().map(OnnxDetector::manifest).toList();
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

  OnnxDetector detector(String name) {
    OnnxDetector detector = detectors.get(name);
    if (detector == null) {
      Collection<String> known = detectors.keySet();
      throw new IllegalArgumentException(
          "no detector is named \"%s\"; known are %s".formatted(name, known));
    }
    return detector;
  }

  @Override
  public void close() {
    models.values().forEach(OnnxModel::close);
    detectors.values().forEach(OnnxDetector::close);
  }
}
