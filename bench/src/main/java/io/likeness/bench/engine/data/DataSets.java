package io.likeness.bench.engine.data;

import io.vertx.core.json.JsonObject;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Makes data sets below a work folder, each under a name that says all it was made from; one that
 * is there already is used again. A folder gets its name when it is complete.
 */
public final class DataSets {

  /** Part of every name: raised when the same parameters give other data. */
  private static final int FORMAT = 2;

  private static final int CHUNK_ROWS = 4096;
  private static final int FILE_CLUSTERS = 64;
  private static final int CHECKED_QUERIES = 50;
  private static final int CHECKED_NEIGHBOURS = 10;
  private static final double AGREEMENT = 0.99;

  private final Path work;
  private final Consumer<String> say;

  public DataSets(Path work, Consumer<String> say) {
    this.work = work;
    this.say = say;
  }

  // ---- Generated ----

  public DataSet generated(int rows, int dimensions, int queries, long seed) throws IOException {
    String key = "generated-%d-%dd-%dq-s%d-v%d".formatted(rows, dimensions, queries, seed, FORMAT);
    Path folder = work.resolve(key);
    if (!Files.exists(folder)) {
      say.accept("generating %,d rows of %d dimensions".formatted(rows, dimensions));
      Generator generator = new Generator(dimensions, seed);
      make(
          folder,
          "generated, %,d x %d, seed %d".formatted(rows, dimensions, seed),
          dimensions,
          seed,
          true,
          fresh -> {
            try (OutputStream base = out(fresh.resolve(DataSet.BASE));
                OutputStream clusters = out(fresh.resolve(DataSet.CLUSTERS));
                OutputStream asked = out(fresh.resolve(DataSet.QUERIES))) {
              generate(generator, Generator.Kind.BASE, rows, base, clusters);
              generate(
                  generator, Generator.Kind.QUERY, queries, asked, OutputStream.nullOutputStream());
            }
          });
    }
    return DataSet.open(folder);
  }

  private record Chunk(byte[] values, byte[] components) {}

  /** Chunks are made by all cores and written in order, a bounded number of them ahead. */
  private static void generate(
      Generator generator,
      Generator.Kind kind,
      int rows,
      OutputStream values,
      OutputStream components)
      throws IOException {
    int threads = Runtime.getRuntime().availableProcessors();
    List<Future<Chunk>> ahead = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (int from = 0; from < rows || !ahead.isEmpty(); from += CHUNK_ROWS) {
        if (from < rows) {
          int first = from;
          int count = Math.min(CHUNK_ROWS, rows - from);
          ahead.add(pool.submit(() -> chunk(generator, kind, first, count)));
        }
        if (ahead.size() > 2 * threads || from >= rows) {
          Chunk chunk = ahead.removeFirst().get();
          values.write(chunk.values());
          components.write(chunk.components());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while generating", e);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    }
  }

  private static Chunk chunk(Generator generator, Generator.Kind kind, int from, int count) {
    float[] values = new float[count * generator.dimensions()];
    int[] components = new int[count];
    generator.rows(kind, from, count, values, components);
    ByteBuffer floats = little(values.length);
    floats.asFloatBuffer().put(values);
    ByteBuffer ints = little(count);
    ints.asIntBuffer().put(components);
    return new Chunk(floats.array(), ints.array());
  }

  // ---- From files ----

  public DataSet fromFiles(Path base, Path queries, Optional<Path> truth) throws IOException {
    List<Path> files = new ArrayList<>(List.of(base, queries));
    truth.ifPresent(files::add);
    String key = "files-%s-v%d".formatted(fingerprint(files), FORMAT);
    Path folder = work.resolve(key);
    if (!Files.exists(folder)) {
      say.accept("reading " + base);
      int dimensions = dimensions(base, queries);
      make(
          folder,
          base.getFileName().toString(),
          dimensions,
          Generator.SEED,
          false,
          fresh -> {
            int rows = convert(base, dimensions, fresh.resolve(DataSet.BASE));
            convert(queries, dimensions, fresh.resolve(DataSet.QUERIES));
            cluster(fresh, rows, dimensions);
            if (truth.isPresent()) {
              adopt(fresh, truth.get());
            }
          });
    }
    return DataSet.open(folder);
  }

  /** Where the files lie, how long they are and when they were written stands for their bytes. */
  private static String fingerprint(List<Path> files) throws IOException {
    StringBuilder text = new StringBuilder();
    for (Path file : files) {
      text.append(file.toRealPath())
          .append(' ')
          .append(Files.size(file))
          .append(' ')
          .append(Files.getLastModifiedTime(file).toMillis())
          .append('\n');
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(text.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int dimensions(Path base, Path queries) throws IOException {
    int[] seen = new int[1];
    int rows =
        VectorFile.read(
            queries,
            (row, values) -> {
              seen[0] = values.length;
            });
    if (rows == 0) {
      throw new IOException(queries + " has no rows");
    }
    return seen[0];
  }

  private static int convert(Path from, int dimensions, Path to) throws IOException {
    try (OutputStream out = out(to)) {
      ByteBuffer bytes = little(dimensions);
      int rows =
          VectorFile.read(
              from,
              (row, values) -> {
                if (values.length != dimensions) {
                  throw new IOException(
                      "%s has %d dimensions, the queries %d"
                          .formatted(from, values.length, dimensions));
                }
                VectorFile.normalise(from, row, values);
                bytes.asFloatBuffer().put(values);
                out.write(bytes.array());
              });
      if (rows == 0) {
        throw new IOException(from + " has no rows");
      }
      return rows;
    }
  }

  /** Each row belongs to the nearest of some rows picked by the seed. */
  private static void cluster(Path folder, int rows, int dimensions) throws IOException {
    try (Arena arena = Arena.ofShared();
        OutputStream out = out(folder.resolve(DataSet.CLUSTERS))) {
      Rows base = Rows.map(folder.resolve(DataSet.BASE), dimensions, arena);
      Draws draws = Draws.of(Generator.SEED, rows);
      float[][] centres = new float[Math.min(FILE_CLUSTERS, rows)][];
      for (int i = 0; i < centres.length; i++) {
        centres[i] = base.row(draws.below(rows));
      }
      ByteBuffer bytes = little(rows);
      for (int row = 0; row < rows; row++) {
        int best = 0;
        float nearest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < centres.length; i++) {
          float cosine = Exact.dot(base.values(), base.offset(row), centres[i]);
          if (cosine > nearest) {
            nearest = cosine;
            best = i;
          }
        }
        bytes.putInt(best);
      }
      out.write(bytes.array());
    }
  }

  /**
   * Given answers are used where they are exact by cosine. Some sets give those by Euclidean
   * distance of vectors that are not of unit length, which is another question.
   */
  private void adopt(Path folder, Path file) throws IOException {
    try (DataSet data = DataSet.open(folder)) {
      int[][] given = VectorFile.neighbours(file);
      if (given.length == 0 || given.length > data.queries().length) {
        throw new IOException(
            "%s answers %d queries, there are %d"
                .formatted(file, given.length, data.queries().length));
      }
      float[][] cosines = new float[given.length][];
      int k = given[0].length;
      for (int i = 0; i < given.length; i++) {
        cosines[i] = new float[given[i].length];
        for (int j = 0; j < given[i].length; j++) {
          int row = given[i][j];
          if (row < 0 || row >= data.base().count()) {
            throw new IOException(
                "neighbour %d of query %d in %s is none of the %d rows"
                    .formatted(row, i, file, data.base().count()));
          }
          cosines[i][j] =
              Exact.dot(data.base().values(), data.base().offset(row), data.queries()[i]);
        }
      }
      Truth truth = new Truth(k, given, cosines);
      double agreement = agreement(data, truth);
      if (agreement < AGREEMENT) {
        say.accept(
            "%s agrees with exact search by cosine in %.3f only; computing our own"
                .formatted(file, agreement));
      } else {
        data.keepTruth(truth);
      }
    }
  }

  private static double agreement(DataSet data, Truth truth) {
    int count = Math.min(CHECKED_QUERIES, truth.queries());
    long hits = 0;
    long due = 0;
    for (int i = 0; i < count; i++) {
      float[] query = data.queries()[i];
      Nearest[] nearest = {Exact.scan(data.base(), query, CHECKED_NEIGHBOURS, null)};
      Truth exact = Truth.of(nearest, CHECKED_NEIGHBOURS);
      int[] given = truth.ordinals(i);
      int[] first = Arrays.copyOf(given, Math.min(given.length, CHECKED_NEIGHBOURS));
      due += exact.due(0, 0, CHECKED_NEIGHBOURS);
      hits += exact.hits(0, 0, CHECKED_NEIGHBOURS, first, data.base(), query);
    }
    return due == 0 ? 0 : hits / (double) due;
  }

  // ---- Both ----

  private interface Filler {
    void fill(Path fresh) throws IOException;
  }

  private void make(
      Path folder, String name, int dimensions, long seed, boolean generated, Filler filler)
      throws IOException {
    Files.createDirectories(work);
    Path fresh = Files.createTempDirectory(work, "unfinished-");
    JsonObject description =
        new JsonObject()
            .put("name", name)
            .put("dimensions", dimensions)
            .put("seed", seed)
            .put("generated", generated);
    Files.writeString(fresh.resolve(DataSet.DESCRIPTION), description.encodePrettily());
    filler.fill(fresh);
    Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
  }

  private static OutputStream out(Path file) throws IOException {
    return new BufferedOutputStream(Files.newOutputStream(file), 1 << 20);
  }

  private static ByteBuffer little(int words) {
    return ByteBuffer.allocate(words * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
  }
}
