package io.likeness.bench.subjects;

import com.google.protobuf.ByteString;
import io.likeness.bench.Table;
import io.likeness.features.DetectorManifest;
import io.likeness.features.Embedded;
import io.likeness.features.Embedder;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.ExecutionProvider;
import io.likeness.features.ModelException;
import io.likeness.features.ModelLibrary;
import io.likeness.features.Picture;
import io.likeness.features.Subject;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * How well do the boxes we find lie over the boxes people drew? Beside them a rival that needs no
 * program: a box in the middle, of the area that boxes of its label have on average. That rival
 * knows the answers' size, which we do not. A plugged detector is compared where one is given.
 */
@Command(
    name = "subjects",
    mixinStandardHelpOptions = true,
    description = "Compare found subjects with labelled boxes.",
    footer = {
      "",
      "Example: likeness bench subjects boxes.csv --label person --label raccoon",
      "         likeness bench subjects boxes.csv --label person --detector data/models/yolox"
    })
public final class SubjectsCommand implements Callable<Integer> {

  private static final int USAGE = 2;
  private static final double HIT = 0.5;

  @Parameters(
      paramLabel = "FILE",
      description = "Lines of file,label,x,y,w,h,width,height; files relative to its folder.")
  Path table = Path.of("");

  @Option(
      names = "--label",
      paramLabel = "LABEL",
      description = "Only boxes with this label; may be repeated (default: all).")
  List<String> labels = new ArrayList<>();

  @Option(
      names = "--detector",
      paramLabel = "FOLDER",
      description = "A detector's folder, with model.onnx and manifest.yaml, to be compared too.")
  @Nullable Path detector;

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  private record Labelled(String file, String label, Box box, int width, int height) {}

  /** Over the boxes of one label. */
  private static final class Sums {

    private int boxes;
    private final Way ours = new Way();
    private final Way detector = new Way();
    private final Sum centred = new Sum();
  }

  /** One way of finding subjects. */
  private static final class Way {

    private int found;
    private final Sum first = new Sum();
    private final Sum best = new Sum();

    /** Where nothing is found the whole picture counts. */
    private void add(Labelled each, List<Subject> subjects) {
      Box whole = Box.newBuilder().setWidth(each.width()).setHeight(each.height()).build();
      List<Box> boxes =
          subjects.isEmpty() ? List.of(whole) : subjects.stream().map(Subject::box).toList();
      found += subjects.isEmpty() ? 0 : 1;
      first.add(overlap(each.box(), boxes.getFirst()));
      best.add(boxes.stream().mapToDouble(box -> overlap(each.box(), box)).max().orElseThrow());
    }
  }

  private static final class Sum {

    private int count;
    private double overlaps;
    private int hits;

    private void add(double overlap) {
      count++;
      overlaps += overlap;
      hits += overlap >= HIT ? 1 : 0;
    }

    private String text() {
      return "mean IoU %.3f, hit rate %.3f".formatted(overlaps / count, (double) hits / count);
    }
  }

  @Override
  public Integer call() throws IOException {
    List<Labelled> all = read();
    if (all.isEmpty()) {
      System.err.println("bench: no boxes with these labels in " + table);
      return USAGE;
    }
    Map<String, Sums> byLabel = new TreeMap<>();
    try (ModelLibrary library =
            detector == null
                ? ModelLibrary.open(Optional.empty())
                : ModelLibrary.withDetector(detector, ExecutionProvider.CPU);
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      for (Labelled each : all) {
        Sums sums = byLabel.computeIfAbsent(each.label(), label -> new Sums());
        sums.boxes++;
        sums.ours.add(each, subjects(embedder, each, ""));
        for (DetectorManifest plugged : library.detectors()) {
          sums.detector.add(each, subjects(embedder, each, plugged.name()));
        }
        sums.centred.add(overlap(each.box(), centred(each, share(all, each.label()))));
      }
    } catch (ModelException unusable) {
      System.err.println("bench: " + unusable.getMessage());
      return USAGE;
    }
    JsonObject result = new JsonObject();
    byLabel.forEach((label, sums) -> tell(result, label, sums));
    System.out.println(json ? result.encodePrettily() : Table.of(result));
    return 0;
  }

  private void tell(JsonObject result, String label, Sums sums) {
    result.put(label, sums.boxes + " boxes");
    tell(result, label, "ours", sums.ours);
    if (detector != null) {
      tell(result, label, "detector", sums.detector);
    }
    result.put(label + "_centred_box", sums.centred.text());
  }

  private static void tell(JsonObject result, String label, String who, Way way) {
    result
        .put(label + "_" + who + "_found_something", way.found)
        .put(label + "_" + who + "_first_subject", way.first.text())
        .put(label + "_" + who + "_best_of_candidates", way.best.text());
  }

  private List<Labelled> read() throws IOException {
    List<Labelled> all = new ArrayList<>();
    try (Stream<String> lines = Files.lines(table)) {
      for (String line : lines.skip(1).filter(each -> !each.isBlank()).toList()) {
        String[] part = line.split(",", -1);
        if (labels.isEmpty() || labels.contains(part[1])) {
          Box box =
              Box.newBuilder()
                  .setX(Integer.parseInt(part[2]))
                  .setY(Integer.parseInt(part[3]))
                  .setWidth(Integer.parseInt(part[4]))
                  .setHeight(Integer.parseInt(part[5]))
                  .build();
          all.add(
              new Labelled(
                  part[0], part[1], box, Integer.parseInt(part[6]), Integer.parseInt(part[7])));
        }
      }
    }
    return all;
  }

  private List<Subject> subjects(Embedder embedder, Labelled each, String finder)
      throws IOException {
    Path file = table.toAbsolutePath().resolveSibling(each.file());
    Picture picture =
        new Picture(
            ModelLibrary.DEFAULT_NAME,
            ByteString.copyFrom(Files.readAllBytes(file)),
            Optional.empty(),
            PictureRule.getDefaultInstance(),
            true,
            finder);
    return embedder.embed(picture) instanceof Embedded embedded ? embedded.subjects() : List.of();
  }

  /** The share of their pictures that boxes of a label take on average. */
  private static double share(List<Labelled> all, String label) {
    return all.stream()
        .filter(each -> each.label().equals(label))
        .mapToDouble(
            each ->
                (double) each.box().getWidth()
                    * each.box().getHeight()
                    / ((double) each.width() * each.height()))
        .average()
        .orElse(1);
  }

  private static Box centred(Labelled each, double share) {
    int width = (int) Math.round(each.width() * Math.sqrt(share));
    int height = (int) Math.round(each.height() * Math.sqrt(share));
    return Box.newBuilder()
        .setX((each.width() - width) / 2)
        .setY((each.height() - height) / 2)
        .setWidth(width)
        .setHeight(height)
        .build();
  }

  private static double overlap(Box one, Box other) {
    double width =
        Math.min(one.getX() + one.getWidth(), other.getX() + other.getWidth())
            - Math.max(one.getX(), other.getX());
    double height =
        Math.min(one.getY() + one.getHeight(), other.getY() + other.getHeight())
            - Math.max(one.getY(), other.getY());
    if (width <= 0 || height <= 0) {
      return 0;
    }
    double both = width * height;
    return both
        / ((double) one.getWidth() * one.getHeight()
            + (double) other.getWidth() * other.getHeight()
            - both);
  }
}
