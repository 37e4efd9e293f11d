package io.likeness.bench.subjects;

import com.google.protobuf.ByteString;
import io.likeness.bench.Table;
import io.likeness.features.Embedded;
import io.likeness.features.Embedder;
import io.likeness.features.EmbedderConfig;
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
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * How well do the boxes we find lie over the boxes people drew? Beside them a rival that needs no
 * program: a box in the middle, of the area that boxes of its label have on average. That rival
 * knows the answers' size, which we do not.
 */
@Command(
    name = "subjects",
    mixinStandardHelpOptions = true,
    description = "Compare found subjects with labelled boxes.",
    footer = {"", "Example: likeness bench subjects boxes.csv --label person --label raccoon"})
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

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  private record Labelled(String file, String label, Box box, int width, int height) {}

  /** Over the boxes of one label. */
  private static final class Sums {

    private int boxes;
    private int found;
    private final double[] overlaps = new double[3];
    private final int[] hits = new int[3];

    private void add(int which, double overlap) {
      overlaps[which] += overlap;
      hits[which] += overlap >= HIT ? 1 : 0;
    }

    private String text(int which) {
      return "mean IoU %.3f, hit rate %.3f"
          .formatted(overlaps[which] / boxes, (double) hits[which] / boxes);
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
    try (ModelLibrary library = ModelLibrary.open(Optional.empty());
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      for (Labelled each : all) {
        Sums sums = byLabel.computeIfAbsent(each.label(), label -> new Sums());
        List<Subject> subjects = subjects(embedder, each);
        Box whole = Box.newBuilder().setWidth(each.width()).setHeight(each.height()).build();
        Box best = subjects.isEmpty() ? whole : subjects.getFirst().box();
        sums.boxes++;
        sums.found += subjects.isEmpty() ? 0 : 1;
        sums.add(0, overlap(each.box(), best));
        sums.add(
            1,
            subjects.stream()
                .mapToDouble(subject -> overlap(each.box(), subject.box()))
                .max()
                .orElse(overlap(each.box(), whole)));
        sums.add(2, overlap(each.box(), centred(each, share(all, each.label()))));
      }
    }
    JsonObject result = new JsonObject();
    byLabel.forEach(
        (label, sums) ->
            result
                .put(label, sums.boxes + " boxes, a subject found for " + sums.found)
                .put(label + "_first_subject", sums.text(0))
                .put(label + "_best_of_candidates", sums.text(1))
                .put(label + "_centred_box", sums.text(2)));
    System.out.println(json ? result.encodePrettily() : Table.of(result));
    return 0;
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

  private List<Subject> subjects(Embedder embedder, Labelled each) throws IOException {
    Path file = table.toAbsolutePath().resolveSibling(each.file());
    Picture picture =
        new Picture(
            ModelLibrary.DEFAULT_NAME,
            ByteString.copyFrom(Files.readAllBytes(file)),
            Optional.empty(),
            PictureRule.getDefaultInstance(),
            true);
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
