package io.likeness.bench.fuzz;

import com.google.protobuf.ByteString;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.Seeds;
import io.likeness.features.decode.pool.DecoderPool;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.wire.PictureRule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Feeds the decoders what nobody would send by accident. */
@Command(
    name = "fuzz-decoders",
    mixinStandardHelpOptions = true,
    description = {
      "Look for files that crash, hang or exhaust the decoders.",
      "Files of our own making are changed at random; one that takes a branch of a decoder that none took before joins"
          + " those the next ones are made of. What ends a process, or takes long, is shown to the decoders of a role;"
          + " what ends those, or has to be ended there, is found."
    },
    footer = {
      "",
      "Example:",
      "  likeness bench fuzz-decoders --seconds 60",
      "Exit codes: 0 nothing found, 1 something found (the files are in --findings)."
    })
public final class FuzzCommand implements Callable<Integer> {

  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int FINDINGS_MAX = 100;
  private static final int LINES = 10;
  private static final int USAGE = 2;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "60",
      description = "How long (default: ${DEFAULT-VALUE}).")
  int seconds = 60;

  @Option(
      names = "--files",
      paramLabel = "N",
      description =
          "After how many files to end, where that is sooner: the same seed, the same files.")
  long files = Long.MAX_VALUE;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of the random numbers (default: the clock).")
  long seed = System.nanoTime();

  @Option(
      names = "--corpus",
      paramLabel = "FOLDER",
      description = "More files to begin with than those generated.")
  Optional<Path> more = Optional.empty();

  @Option(
      names = "--keep",
      paramLabel = "FOLDER",
      description = "Where the files are put that got further, for the --corpus of another search.")
  Optional<Path> keep = Optional.empty();

  @Option(
      names = "--guide",
      paramLabel = "WHAT",
      defaultValue = "coverage",
      description =
          "What makes a file one to go on from: coverage, a branch or an end not seen before; outcomes, an end only"
              + " (default: ${DEFAULT-VALUE}).")
  String guide = "coverage";

  @Option(
      names = "--findings",
      paramLabel = "FOLDER",
      defaultValue = "target/fuzz-findings",
      description = "Where files are put that did harm (default: ${DEFAULT-VALUE}).")
  Path findings = Path.of("target", "fuzz-findings");

  @Override
  public Integer call() throws IOException {
    if (Stream.of(Search.Guide.values()).noneMatch(each -> each.name().equalsIgnoreCase(guide))) {
      System.err.println("--guide " + guide + " is none of coverage, outcomes");
      return USAGE;
    }
    Path temporary = Files.createTempDirectory("likeness-fuzz-");
    DecodeLimits limits =
        new DecodeLimits(EmbedderConfig.PIXELS_MAX_DEFAULT, EmbedderConfig.BYTES_MAX_DEFAULT);
    try (DecoderPool pool = (DecoderPool) DecoderPool.open(limits, PoolConfig.of(1))) {
      Instrumented instrumented = Instrumented.make(temporary);
      List<String> command = FuzzChild.command(instrumented, temporary);
      try (Search search =
          new Search(
              () -> FuzzChild.start(command, PATIENCE),
              file -> harm(pool, file),
              this::write,
              Search.Guide.valueOf(guide.toUpperCase(Locale.ROOT)),
              new Random(seed))) {
        return run(search, instrumented.probes());
      }
    } finally {
      delete(temporary);
    }
  }

  private int run(Search search, int probes) throws IOException {
    for (byte[] file : seeds()) {
      search.begin(file);
    }
    int begunWith = search.corpus().size();
    System.out.printf("seed %d, %d files to begin with%n", seed, begunWith);
    System.out.println(" SECONDS     TRIED   DECODED  CORPUS    ENDS  BRANCHES");
    long begun = System.nanoTime();
    long end = begun + seconds * 1_000_000_000L;
    for (int line = 0; line <= LINES && (line == 0 || goesOn(search.state())); line++) {
      long until = begun + (end - begun) / LINES * line;
      while (System.nanoTime() < until && goesOn(search.state())) {
        search.next();
      }
      Search.State state = search.state();
      System.out.printf(
          "%8.0f %9d %9d %7d %7d %9d of %d%n",
          (System.nanoTime() - begun) / 1e9,
          state.tried(),
          state.decoded(),
          state.corpus(),
          state.ends(),
          state.probes(),
          probes);
    }
    if (keep.isPresent()) {
      Files.createDirectories(keep.get());
      List<byte[]> corpus = search.corpus();
      for (int i = begunWith; i < corpus.size(); i++) {
        Files.write(keep.get().resolve("%d-%06d".formatted(seed, i)), corpus.get(i));
      }
    }
    Search.State state = search.state();
    System.out.printf(
        "%d files took all memory and were refused for it; %d ended a process or took long; slowest %d ms of processor"
            + " time; %d found%n",
        state.exhausted(), state.suspicions(), state.slowest().toMillis(), state.found());
    return state.found() == 0 ? 0 : 1;
  }

  private boolean goesOn(Search.State state) {
    return state.tried() < files && state.found() < FINDINGS_MAX;
  }

  private List<byte[]> seeds() throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    Seeds.all().forEach(file -> seeds.add(file.toByteArray()));
    if (more.isPresent()) {
      try (Stream<Path> files = Files.walk(more.get())) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          seeds.add(Files.readAllBytes(file));
        }
      }
    }
    return seeds;
  }

  /** Processes lost: one that ran out of memory has said so, and cost only its picture. */
  private static Optional<String> harm(DecoderPool pool, byte[] file) {
    long before = lost(pool);
    DecodeOutcome outcome =
        pool.decode(
            ByteString.copyFrom(file),
            Optional.empty(),
            PictureRule.getDefaultInstance(),
            FuzzMain.SIDE);
    if (lost(pool) == before) {
      return Optional.empty();
    }
    return Optional.of(
        outcome instanceof DecodeOutcome.Undecodable bad
            ? bad.rejection().getDetail()
            : "it ended a process, and was decoded by the next");
  }

  private static long lost(DecoderPool pool) {
    return pool.counts().crashes() + pool.counts().kills();
  }

  private void write(byte[] file, String harm) throws IOException {
    Files.createDirectories(findings);
    Path kept = findings.resolve("%d-%016x".formatted(seed, ByteString.copyFrom(file).hashCode()));
    Files.write(kept, file);
    Path told = kept.resolveSibling(kept.getFileName() + ".txt");
    Files.writeString(told, "%s%nSee it again: likeness bench decode %s%n".formatted(harm, kept));
    System.out.printf("found %s: %s%n", kept, harm);
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException left) {
      // A temporary folder that stays does no harm.
    }
  }
}
