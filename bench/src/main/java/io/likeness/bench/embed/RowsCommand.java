package io.likeness.bench.embed;

import com.google.protobuf.ByteString;
import io.likeness.features.EmbedOutcome;
import io.likeness.features.Embedded;
import io.likeness.features.Embedder;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.ModelLibrary;
import io.likeness.features.Picture;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Real embeddings to search among: of the pictures of a folder and of parts of them. */
@Command(
    name = "rows",
    mixinStandardHelpOptions = true,
    description =
        "Embed pictures and parts of them into base.fbin and query.fbin, for bench engine. No picture is"
            + " in both.",
    footer = {
      "",
      "Example: likeness bench rows photos --count 100000 --out rows",
      "         likeness bench engine --base rows/base.fbin --queries rows/query.fbin",
      "Exit codes: 0 written, 1 something failed, 2 wrong usage."
    })
public final class RowsCommand implements Callable<Integer> {

  /** One picture in so many gives queries. */
  private static final int ASKING = 10;

  /** The smallest side of a part, of the picture's. */
  private static final double PART_MIN = 0.25;

  private static final int BATCH = 64;
  private static final PictureRule NO_RULE = PictureRule.getDefaultInstance();

  @Spec private @Nullable CommandSpec spec;

  @Parameters(paramLabel = "FOLDER", description = "Pictures, also in folders below.")
  Path folder = Path.of("");

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where both files go.")
  Path out = Path.of("");

  @Option(
      names = "--count",
      paramLabel = "N",
      defaultValue = "100000",
      description = "Rows of the base (default: ${DEFAULT-VALUE}).")
  int count = 100_000;

  @Option(
      names = "--queries",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Default: ${DEFAULT-VALUE}.")
  int queries = 1_000;

  @Option(
      names = "--models",
      paramLabel = "FOLDER",
      description = "Models beside the embedded one.")
  @Nullable Path models;

  @Option(
      names = "--model",
      paramLabel = "NAME",
      defaultValue = ModelLibrary.DEFAULT_NAME,
      description = "The model (default: ${DEFAULT-VALUE}).")
  String model = ModelLibrary.DEFAULT_NAME;

  @Option(names = "--seed", defaultValue = "7", description = "Default: ${DEFAULT-VALUE}.")
  long seed = 7;

  /** A picture that could be embedded. */
  private record Source(ByteString content, Embedded whole) {}

  @Override
  public Integer call() throws IOException {
    if (count < 1 || queries < 1) {
      throw new ParameterException(
          Objects.requireNonNull(spec).commandLine(),
          "--count and --queries are %d and %d, at least 1".formatted(count, queries));
    }
    try (ModelLibrary library = ModelLibrary.open(Optional.ofNullable(models));
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      List<Source> base = new ArrayList<>();
      List<Source> asking = new ArrayList<>();
      for (ByteString content : EmbedCommand.read(folder)) {
        Picture whole = new Picture(model, content, Optional.empty(), NO_RULE);
        if (embedder.embed(whole) instanceof Embedded embedded) {
          int number = base.size() + asking.size();
          (number % ASKING == 0 ? asking : base).add(new Source(content, embedded));
        }
      }
      if (base.isEmpty()) {
        throw new IOException("%s has fewer than two pictures that can be used".formatted(folder));
      }
      System.out.printf(
          "%d pictures for the base, %d for queries, model %s%n",
          base.size(), asking.size(), library.model(model).id());
      Files.createDirectories(out);
      SplittableRandom random = new SplittableRandom(seed);
      write(embedder, base, count, random, out.resolve("base.fbin"));
      write(embedder, asking, queries, random, out.resolve("query.fbin"));
    }
    return 0;
  }

  /** Each picture whole, then parts of them in turn. */
  private void write(
      Embedder embedder, List<Source> sources, int rows, SplittableRandom random, Path file)
      throws IOException {
    int dimensions = sources.getFirst().whole().vector().dimensions();
    ByteBuffer bytes = ByteBuffer.allocate(Float.BYTES * dimensions).order(ByteOrder.LITTLE_ENDIAN);
    try (OutputStream to = new BufferedOutputStream(Files.newOutputStream(file))) {
      to.write(bytes.putInt(rows).putInt(dimensions).array(), 0, 2 * Integer.BYTES);
      int row = 0;
      for (; row < Math.min(rows, sources.size()); row++) {
        put(sources.get(row).whole(), bytes, to);
      }
      while (row < rows) {
        List<Picture> parts = new ArrayList<>();
        for (int i = row; i < Math.min(rows, row + BATCH); i++) {
          parts.add(part(sources.get(i % sources.size()), random));
        }
        for (EmbedOutcome outcome : embedder.embedAll(parts)) {
          if (!(outcome instanceof Embedded embedded)) {
            throw new IOException("a part of a picture has no vector: " + outcome);
          }
          put(embedded, bytes, to);
        }
        row += parts.size();
        if (row % (100 * BATCH) < BATCH) {
          System.err.printf("bench: %s: %d of %d rows%n", file.getFileName(), row, rows);
        }
      }
    }
    System.out.printf("%d rows of %d dimensions in %s%n", rows, dimensions, file);
  }

  private Picture part(Source source, SplittableRandom random) {
    int width = side(source.whole().width(), random);
    int height = side(source.whole().height(), random);
    Box box =
        Box.newBuilder()
            .setX(random.nextInt(source.whole().width() - width + 1))
            .setY(random.nextInt(source.whole().height() - height + 1))
            .setWidth(width)
            .setHeight(height)
            .build();
    return new Picture(model, source.content(), Optional.of(box), NO_RULE);
  }

  private static int side(int whole, SplittableRandom random) {
    return Math.max(1, (int) (whole * random.nextDouble(PART_MIN, 1)));
  }

  private static void put(Embedded embedded, ByteBuffer bytes, OutputStream to) throws IOException {
    bytes.clear();
    for (float value : embedded.vector().array()) {
      bytes.putFloat(value);
    }
    to.write(bytes.array());
  }
}
