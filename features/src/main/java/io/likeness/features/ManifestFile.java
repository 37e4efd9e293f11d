package io.likeness.features;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.likeness.features.decode.Resampler;
import io.likeness.proto.wire.NewerFormatException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Reads {@code manifest.yaml}; keys it does not know are refused, for they are misspelt ones. */
final class ManifestFile {

  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  private static final String HEAD = "# docs/models.md explains the keys.\n";
  private static final Pattern FILE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private final JsonNode node;
  private final String path;

  /** Of a manifest; one that does not say is of the first form. */
  static final int FORMAT = 1;

  private ManifestFile(JsonNode node, String path) {
    this.node = node;
    this.path = path;
  }

  /** What a model answers with. */
  enum Kind {
    /** A vector. */
    ENCODER,
    /** Boxes. */
    DETECTOR
  }

  private enum DetectorLayout {
    YOLOX,
    BOXES_SCORES
  }

  /** Gets the lines of a file beside the manifest. */
  interface Beside {
    List<String> lines(String name);
  }

  private static ManifestFile parse(String text) {
    try {
      ManifestFile file = new ManifestFile(YAML.readTree(text), "");
      if (file.has("format")) {
        NewerFormatException.check("the manifest", file.whole("format"), FORMAT);
      }
      return file;
    } catch (NewerFormatException newer) {
      throw new IllegalArgumentException(newer.getMessage(), newer);
    } catch (JsonProcessingException unreadable) {
      throw new IllegalArgumentException("no YAML: " + unreadable.getOriginalMessage(), unreadable);
    }
  }

  /** Of which kind the manifest is; one that does not say so is an encoder's. */
  static Kind kind(String text) {
    return parse(text).kind();
  }

  private Kind kind() {
    return !has("kind") ? Kind.ENCODER : choice("kind", Kind.class);
  }

  private void mustBe(Kind wanted) {
    if (kind() != wanted) {
      throw new IllegalArgumentException(
          "kind is %s, wanted is %s".formatted(shown(kind()), shown(wanted)));
    }
  }

  /** Throws {@link IllegalArgumentException} with the key and what is wrong with it. */
  static ModelManifest read(String text) {
    ManifestFile file = parse(text);
    file.mustBe(Kind.ENCODER);
    file.allow(
        "format",
        "kind",
        "name",
        "version",
        "description",
        "licence",
        "sha256",
        "input",
        "output",
        "calibration",
        "golden");
    ManifestFile output = file.part("output");
    output.allow("name", "pooling", "dimensions", "normalise");
    return new ModelManifest(
        file.text("name"),
        file.text("version"),
        file.text("description"),
        file.text("licence"),
        file.text("sha256"),
        file.part("input").input(true),
        new ModelManifest.Output(
            output.text("name"),
            output.choice("pooling", ModelManifest.Pooling.class),
            output.whole("dimensions"),
            output.choice("normalise", ModelManifest.Normalise.class)),
        file.calibration(),
        file.golden());
  }

  /** The same of a detector. */
  static DetectorManifest readDetector(String text, Beside beside) {
    ManifestFile file = parse(text);
    file.mustBe(Kind.DETECTOR);
    file.allow(
        "format",
        "kind",
        "name",
        "version",
        "description",
        "licence",
        "sha256",
        "input",
        "output",
        "labels",
        "ignore",
        "threshold",
        "overlap",
        "golden");
    return new DetectorManifest(
        file.text("name"),
        file.text("version"),
        file.text("description"),
        file.text("licence"),
        file.text("sha256"),
        file.part("input").input(true),
        file.part("output").detectorOutput(),
        file.labels(beside),
        file.has("ignore") ? Set.copyOf(file.texts("ignore")) : Set.of(),
        file.number("threshold"),
        file.number("overlap", DetectorManifest.OVERLAP_DEFAULT),
        file.goldenBoxes());
  }

  private DetectorManifest.Output detectorOutput() {
    DetectorLayout layout = choice("layout", DetectorLayout.class);
    return switch (layout) {
      case YOLOX -> {
        allow("layout", "name", "strides");
        yield new DetectorManifest.Yolox(text("name"), wholes("strides"));
      }
      case BOXES_SCORES -> {
        allow("layout", "boxes", "scores", "corners");
        yield new DetectorManifest.BoxesAndScores(
            text("boxes"), text("scores"), choice("corners", DetectorManifest.Corners.class));
      }
    };
  }

  /** A list of names, or the name of a file with one a line. */
  private List<String> labels(Beside beside) {
    if (value("labels").isArray()) {
      return texts("labels");
    }
    String name = text("labels");
    if (!FILE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "labels is \"%s\", neither a list nor the name of a file beside the manifest"
              .formatted(name));
    }
    return beside.lines(name).stream().map(String::strip).filter(line -> !line.isEmpty()).toList();
  }

  /** A part {@code input}; a preset leaves the name to the file it meets. */
  private ModelManifest.Input input(boolean named) {
    if (named) {
      allow(
          "name", "width", "height", "layout", "colours", "mean", "std", "resize", "filter", "keep",
          "pad");
    } else {
      allow(
          "width", "height", "layout", "colours", "mean", "std", "resize", "filter", "keep", "pad");
    }
    return new ModelManifest.Input(
        named ? text("name") : "any",
        whole("width"),
        whole("height"),
        choice("layout", ModelManifest.Layout.class),
        choice("colours", ModelManifest.Colours.class),
        numbers("mean"),
        numbers("std"),
        choice("resize", ModelManifest.Resize.class),
        node.has("filter") ? choice("filter", Resampler.Filter.class) : Resampler.Filter.TRIANGLE,
        number("keep", 1),
        number("pad", 0));
  }

  /** One entry of the list of presets. */
  static ModelPreset preset(JsonNode entry) {
    ManifestFile file = new ManifestFile(entry, "");
    file.allow(
        "preset",
        "title",
        "licence",
        "input",
        "outputs",
        "pooling",
        "dimensions",
        "calibration",
        "weights",
        "convert");
    List<String> outputs = new ArrayList<>();
    file.value("outputs").forEach(output -> outputs.add(output.asText()));
    return new ModelPreset(
        file.text("preset"),
        file.text("title"),
        file.text("licence"),
        file.part("input").input(false),
        outputs,
        file.choice("pooling", ModelManifest.Pooling.class),
        file.whole("dimensions"),
        file.calibration(),
        file.text("weights"),
        file.text("convert"));
  }

  /** One entry of the list of detectors' presets. */
  static DetectorPreset detectorPreset(JsonNode entry) {
    ManifestFile file = new ManifestFile(entry, "");
    file.allow(
        "preset",
        "title",
        "licence",
        "input",
        "output",
        "labels",
        "threshold",
        "overlap",
        "weights",
        "convert");
    return new DetectorPreset(
        file.text("preset"),
        file.text("title"),
        file.text("licence"),
        file.part("input").input(false),
        file.part("output").detectorOutput(),
        file.texts("labels"),
        file.number("threshold"),
        file.number("overlap", DetectorManifest.OVERLAP_DEFAULT),
        file.text("weights"),
        file.text("convert"));
  }

  private Optional<ModelManifest.Golden> golden() {
    if (!has("golden")) {
      return Optional.empty();
    }
    ManifestFile golden = part("golden");
    golden.allow("values", "tolerance");
    return Optional.of(
        new ModelManifest.Golden(
            golden.numbers("values"),
            golden.number("tolerance", ModelManifest.Golden.TOLERANCE_DEFAULT)));
  }

  private Optional<DetectorManifest.Golden> goldenBoxes() {
    if (!has("golden")) {
      return Optional.empty();
    }
    ManifestFile golden = part("golden");
    golden.allow("boxes", "tolerance");
    JsonNode list = golden.value("boxes");
    if (!list.isArray()) {
      throw new IllegalArgumentException("golden.boxes is " + list + ", not a list of boxes");
    }
    List<DetectorManifest.GoldenBox> boxes = new ArrayList<>();
    for (JsonNode each : list) {
      ManifestFile box = new ManifestFile(each, "golden.boxes");
      box.allow("label", "score", "corners");
      boxes.add(
          new DetectorManifest.GoldenBox(
              box.text("label"), box.number("score"), box.numbers("corners")));
    }
    return Optional.of(
        new DetectorManifest.Golden(
            boxes, golden.number("tolerance", DetectorManifest.Golden.TOLERANCE_DEFAULT)));
  }

  /** The text {@link #read} reads the same manifest from. */
  static String write(ModelManifest manifest) {
    ModelManifest.Input input = manifest.input();
    ModelManifest.Output output = manifest.output();
    StringBuilder text = new StringBuilder(HEAD);
    line(text, "name", quoted(manifest.name()));
    line(text, "version", quoted(manifest.version()));
    line(text, "description", quoted(manifest.description()));
    line(text, "licence", quoted(manifest.licence()));
    line(text, "sha256", quoted(manifest.sha256()));
    write(text, input);
    text.append("output:\n");
    line(text, "  name", quoted(output.name()));
    line(text, "  pooling", shown(output.pooling()));
    line(text, "  dimensions", output.dimensions());
    line(text, "  normalise", shown(output.normalise()));
    text.append("calibration:\n");
    for (Calibration.Point point : manifest.calibration().points()) {
      text.append("  - [%s, %s]\n".formatted(plain(point.cosine()), plain(point.likeness())));
    }
    manifest.golden().map(ManifestFile::write).ifPresent(text::append);
    return text.toString();
  }

  /** The text {@link #readDetector} reads the same manifest from. */
  static String write(DetectorManifest manifest) {
    StringBuilder text = new StringBuilder(HEAD);
    line(text, "kind", shown(Kind.DETECTOR));
    line(text, "name", quoted(manifest.name()));
    line(text, "version", quoted(manifest.version()));
    line(text, "description", quoted(manifest.description()));
    line(text, "licence", quoted(manifest.licence()));
    line(text, "sha256", quoted(manifest.sha256()));
    write(text, manifest.input());
    text.append("output:\n");
    switch (manifest.output()) {
      case DetectorManifest.Yolox grid -> {
        line(text, "  layout", shown(DetectorLayout.YOLOX));
        line(text, "  name", quoted(grid.name()));
        line(text, "  strides", grid.strides());
      }
      case DetectorManifest.BoxesAndScores two -> {
        line(text, "  layout", shown(DetectorLayout.BOXES_SCORES));
        line(text, "  boxes", quoted(two.boxes()));
        line(text, "  scores", quoted(two.scores()));
        line(text, "  corners", shown(two.corners()));
      }
    }
    text.append("labels:\n");
    manifest.labels().forEach(label -> text.append("  - ").append(quoted(label)).append('\n'));
    if (!manifest.ignored().isEmpty()) {
      text.append("ignore:\n");
      manifest.ignored().stream()
          .sorted()
          .forEach(label -> text.append("  - ").append(quoted(label)).append('\n'));
    }
    line(text, "threshold", plain(manifest.threshold()));
    line(text, "overlap", plain(manifest.overlap()));
    manifest.golden().map(ManifestFile::write).ifPresent(text::append);
    return text.toString();
  }

  /** The lines of a manifest that say so. */
  static String write(ModelManifest.Golden golden) {
    StringBuilder text = new StringBuilder("golden:\n");
    line(text, "  values", plain(golden.values()));
    line(text, "  tolerance", plain(golden.tolerance()));
    return text.toString();
  }

  /** The same of a detector. */
  static String write(DetectorManifest.Golden golden) {
    StringBuilder text = new StringBuilder("golden:\n");
    if (golden.boxes().isEmpty()) {
      line(text, "  boxes", List.of());
    } else {
      text.append("  boxes:\n");
      for (DetectorManifest.GoldenBox box : golden.boxes()) {
        text.append(
            "    - {label: %s, score: %s, corners: %s}\n"
                .formatted(quoted(box.label()), plain(box.score()), plain(box.corners())));
      }
    }
    line(text, "  tolerance", plain(golden.tolerance()));
    return text.toString();
  }

  private static void write(StringBuilder text, ModelManifest.Input input) {
    text.append("input:\n");
    line(text, "  name", quoted(input.name()));
    line(text, "  width", input.width());
    line(text, "  height", input.height());
    line(text, "  layout", input.layout());
    line(text, "  colours", input.colours());
    line(text, "  mean", plain(input.mean()));
    line(text, "  std", plain(input.std()));
    line(text, "  resize", shown(input.resize()));
    line(text, "  filter", shown(input.filter()));
    line(text, "  keep", plain(input.keep()));
    line(text, "  pad", plain(input.pad()));
  }

  private static void line(StringBuilder text, String key, Object value) {
    text.append(key).append(": ").append(value).append('\n');
  }

  /** Never with an exponent, which not all readers of YAML take for a number. */
  private static String plain(double number) {
    return BigDecimal.valueOf(number).toPlainString();
  }

  private static List<String> plain(List<Double> numbers) {
    return numbers.stream().map(ManifestFile::plain).toList();
  }

  /** Somebody's text, whatever YAML would make of it. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("\\R", " ") + '"';
  }

  private static String shown(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  private void allow(String... keys) {
    if (!node.isObject()) {
      throw new IllegalArgumentException(
          (path.isEmpty() ? "the file" : path) + " is not a list of keys with values");
    }
    Set<String> unknown = new TreeSet<>();
    node.fieldNames().forEachRemaining(unknown::add);
    unknown.removeAll(Set.of(keys));
    if (!unknown.isEmpty()) {
      throw new IllegalArgumentException(
          "unknown keys %s%s; known are %s"
              .formatted(path.isEmpty() ? "" : path + ": ", unknown, Arrays.toString(keys)));
    }
  }

  private ManifestFile part(String key) {
    return new ManifestFile(value(key), key);
  }

  private JsonNode value(String key) {
    JsonNode value = node.path(key);
    if (value instanceof MissingNode || value.isNull()) {
      throw new IllegalArgumentException(name(key) + " is missing");
    }
    return value;
  }

  private String name(String key) {
    return path.isEmpty() ? key : path + "." + key;
  }

  private String text(String key) {
    JsonNode value = value(key);
    if (!value.isValueNode()) {
      throw new IllegalArgumentException(name(key) + " is no text");
    }
    return value.asText().strip();
  }

  private int whole(String key) {
    JsonNode value = value(key);
    if (!value.isInt()) {
      throw new IllegalArgumentException(name(key) + " is " + value + ", not a whole number");
    }
    return value.intValue();
  }

  private boolean has(String key) {
    return !(node.path(key) instanceof MissingNode);
  }

  private double number(String key) {
    return numeric(key, value(key));
  }

  private double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  private List<String> texts(String key) {
    JsonNode list = value(key);
    if (!list.isArray()) {
      throw new IllegalArgumentException(name(key) + " is " + list + ", not a list of names");
    }
    List<String> texts = new ArrayList<>();
    for (JsonNode value : list) {
      if (!value.isValueNode()) {
        throw new IllegalArgumentException(name(key) + " has " + value + ", which is no name");
      }
      texts.add(value.asText().strip());
    }
    return texts;
  }

  private List<Integer> wholes(String key) {
    JsonNode list = value(key);
    List<Integer> wholes = new ArrayList<>();
    for (JsonNode value : list) {
      if (!value.isInt()) {
        throw new IllegalArgumentException(name(key) + " has " + value + ", not a whole number");
      }
      wholes.add(value.intValue());
    }
    return wholes;
  }

  private List<Double> numbers(String key) {
    return numbers(key, value(key));
  }

  private List<Double> numbers(String key, JsonNode list) {
    if (!list.isArray()) {
      throw new IllegalArgumentException(name(key) + " is " + list + ", not a list of numbers");
    }
    List<Double> numbers = new ArrayList<>();
    for (JsonNode value : list) {
      numbers.add(numeric(key, value));
    }
    return numbers;
  }

  private double numeric(String key, JsonNode value) {
    if (!value.isNumber()) {
      throw new IllegalArgumentException(name(key) + " is " + value + ", not a number");
    }
    return value.doubleValue();
  }

  private <E extends Enum<E>> E choice(String key, Class<E> type) {
    String text = text(key);
    String wanted = text.toUpperCase(Locale.ROOT).replace('-', '_');
    List<String> known = new ArrayList<>();
    for (E constant : type.getEnumConstants()) {
      if (constant.name().equals(wanted)) {
        return constant;
      }
      String shown = constant.name().replace('_', '-');
      boolean letters = type == ModelManifest.Layout.class || type == ModelManifest.Colours.class;
      known.add(letters ? shown : shown.toLowerCase(Locale.ROOT));
    }
    throw new IllegalArgumentException(
        "%s is \"%s\", must be one of %s".formatted(name(key), text, known));
  }

  private Calibration calibration() {
    List<Calibration.Point> points = new ArrayList<>();
    for (JsonNode pair : value("calibration")) {
      List<Double> values = numbers("calibration", pair);
      if (values.size() != 2) {
        throw new IllegalArgumentException(
            "calibration: " + pair + " is no pair of cosine and likeness");
      }
      try {
        points.add(new Calibration.Point(values.get(0), values.get(1)));
      } catch (IllegalArgumentException fault) {
        throw new IllegalArgumentException("calibration: " + fault.getMessage(), fault);
      }
    }
    try {
      return new Calibration(points);
    } catch (IllegalArgumentException fault) {
      throw new IllegalArgumentException("calibration: " + fault.getMessage(), fault);
    }
  }
}
