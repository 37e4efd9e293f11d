package io.likeness.bench.lanes;

import com.google.protobuf.ByteString;
import io.likeness.bench.Latencies;
import io.likeness.bench.Table;
import io.likeness.bench.picture.Pictures;
import io.likeness.features.EmbedOutcome;
import io.likeness.features.Embedded;
import io.likeness.features.Embedder;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.Lane;
import io.likeness.features.ModelLibrary;
import io.likeness.features.Picture;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.wire.PictureRule;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * How long does a search's picture take to become a vector while an import saturates the cores?
 * Both run in one process, as in a standalone system: an embedder for each, as the roles have them.
 * The rival is the same without lanes: the search's pictures take their turn among the import's.
 */
@Command(
    name = "lanes",
    mixinStandardHelpOptions = true,
    description = "Measure query pictures to vectors, alone and beside a bulk import.",
    footer = {"", "Example: likeness bench lanes --photos ~/photos"})
public final class LanesCommand implements Callable<Integer> {

  private static final int USAGE = 2;
  private static final int PHOTOS_MAX = 500;
  private static final int GENERATED = 200;
  private static final int GENERATED_SIDE = 512;
  private static final int IMPORT_BATCH = 64;
  private static final int IMPORTERS = 2;

  @Option(
      names = "--photos",
      paramLabel = "FOLDER",
      description = "JPEG files, subfolders included (default: 200 generated ones of 512 pixels).")
  @Nullable Path photos;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "10",
      description = "How long each line is measured (default: ${DEFAULT-VALUE}).")
  int seconds = 10;

  @Option(
      names = "--rate",
      paramLabel = "N",
      defaultValue = "20",
      description = "Queries a second (default: ${DEFAULT-VALUE}).")
  int rate = 20;

  @Option(
      names = "--children",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "Processes that decode, for queries and for the import each; 0: in this process (default: ${DEFAULT-VALUE}).")
  int children = 2;

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Picture> pictures = pictures();
    if (pictures.isEmpty() || seconds < 1 || rate < 1) {
      System.err.println("bench: no photos, or --seconds or --rate below 1");
      return USAGE;
    }
    JsonObject result = new JsonObject().put("pictures", pictures.size());
    try (ModelLibrary library = ModelLibrary.open(Optional.empty())) {
      measure(library, pictures, Lane.QUERY, true, false, "query_alone", result);
      measure(library, pictures, Lane.QUERY, false, true, "import_alone", result);
      measure(library, pictures, Lane.QUERY, true, true, "query_beside_import", result);
      measure(library, pictures, Lane.INGEST, true, true, "without_lanes", result);
    }
    result.put("cores", Runtime.getRuntime().availableProcessors());
    System.out.println(json ? result.encodePrettily() : Table.of(result));
    return 0;
  }

  private void measure(
      ModelLibrary library,
      List<Picture> pictures,
      Lane queryLane,
      boolean asking,
      boolean importing,
      String name,
      JsonObject result)
      throws InterruptedException {
    EmbedderConfig usual = EmbedderConfig.defaults();
    // Nothing is known from before.
    EmbedderConfig config =
        new EmbedderConfig(
            usual.threads(), usual.batchMax(), 0, usual.pixelsMax(), usual.bytesMax());
    AtomicBoolean ended = new AtomicBoolean();
    LongAdder imported = new LongAdder();
    try (Embedder queries = Embedder.open(library, config, PoolConfig.of(children), queryLane);
        Embedder ingest = Embedder.open(library, config, PoolConfig.of(children), Lane.INGEST)) {
      List<Thread> importers = new ArrayList<>();
      for (int i = 0; importing && i < IMPORTERS; i++) {
        int offset = i * IMPORT_BATCH;
        importers.add(
            Thread.ofPlatform()
                .name("import-" + i)
                .start(() -> bringIn(ingest, pictures, offset, ended, imported)));
      }
      // The first second is for the compiler.
      Latencies unused = ask(queries, pictures, asking, 1);
      imported.reset();
      long begun = System.nanoTime();
      Latencies latencies = ask(queries, pictures, asking, seconds);
      double took = (System.nanoTime() - begun) / 1e9;
      double perSecond = imported.sum() / took;
      ended.set(true);
      for (Thread importer : importers) {
        importer.join();
      }
      if (asking) {
        result.put(name, latencies.json());
      }
      if (importing) {
        result.put(name + "_imported_per_second", Math.round(perSecond * 10) / 10.0);
      }
    }
  }

  private static void bringIn(
      Embedder ingest,
      List<Picture> pictures,
      int offset,
      AtomicBoolean ended,
      LongAdder imported) {
    for (int from = offset; !ended.get(); from += IMPORT_BATCH) {
      int start = from;
      List<Picture> batch =
          IntStream.range(start, start + Math.min(IMPORT_BATCH, pictures.size()))
              .mapToObj(i -> pictures.get(i % pictures.size()))
              .toList();
      for (EmbedOutcome outcome : ingest.embedAll(batch)) {
        if (outcome instanceof Embedded) {
          imported.increment();
        }
      }
    }
  }

  private Latencies ask(Embedder queries, List<Picture> pictures, boolean asking, int forSeconds)
      throws InterruptedException {
    Latencies latencies = new Latencies();
    long begun = System.nanoTime();
    int count = forSeconds * rate;
    for (int i = 0; i < count; i++) {
      // At a fixed rate: a slow answer does not delay the next question's due time.
      long due = begun + i * 1_000_000_000L / rate;
      long early = due - System.nanoTime();
      if (early > 0) {
        Thread.sleep(early / 1_000_000, (int) (early % 1_000_000));
      }
      if (asking) {
        var unused = queries.embed(pictures.get(i * 7 % pictures.size()));
        latencies.add(System.nanoTime() - due);
      }
    }
    return latencies;
  }

  private List<Picture> pictures() throws IOException {
    List<Picture> pictures = new ArrayList<>();
    if (photos == null) {
      for (int i = 0; i < GENERATED; i++) {
        pictures.add(
            picture(Pictures.encode(Pictures.draw(i, GENERATED_SIDE, GENERATED_SIDE), "jpg")));
      }
      return pictures;
    }
    try (Stream<Path> files = Files.walk(photos)) {
      for (Path file :
          files
              .filter(each -> each.toString().toLowerCase(Locale.ROOT).matches(".*\\.jpe?g"))
              .sorted()
              .limit(PHOTOS_MAX)
              .toList()) {
        pictures.add(picture(Files.readAllBytes(file)));
      }
    }
    return pictures;
  }

  private static Picture picture(byte[] file) {
    return new Picture(
        ModelLibrary.DEFAULT_NAME,
        ByteString.copyFrom(file),
        Optional.empty(),
        PictureRule.getDefaultInstance());
  }
}
