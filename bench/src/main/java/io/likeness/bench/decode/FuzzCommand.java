package io.likeness.bench.decode;

import com.google.protobuf.ByteString;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.Mutations;
import io.likeness.features.decode.Variants;
import io.likeness.features.decode.pool.DecoderPool;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.wire.PictureRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Feeds the decoders what nobody would send by accident. Guided by outcomes: a file that ends in a
 * way not seen before (another format, another reason, another shape) joins the files that the next
 * ones are made of. The decoders run in child processes, so that what ends one is found and not the
 * end of the search.
 */
@Command(
    name = "fuzz-decoders",
    mixinStandardHelpOptions = true,
    description = "Look for files that crash, hang or exhaust the decoders.",
    footer = {
      "",
      "Example:",
      "  likeness bench fuzz-decoders --seconds 60",
      "Exit codes: 0 nothing found, 1 something found (the files are in --findings)."
    })
public final class FuzzCommand implements Callable<Integer> {

  private static final int CORPUS_MAX = 5_000;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "60",
      description = "How long (default: ${DEFAULT-VALUE}).")
  int seconds = 60;

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
      names = "--findings",
      paramLabel = "FOLDER",
      defaultValue = "target/fuzz-findings",
      description = "Where files are put that did harm (default: ${DEFAULT-VALUE}).")
  Path findings = Path.of("target", "fuzz-findings");

  @Override
  public Integer call() throws IOException {
    List<byte[]> corpus = new ArrayList<>();
    Variants.all().values().forEach(file -> corpus.add(file.toByteArray()));
    if (more.isPresent()) {
      try (var files = Files.walk(more.get())) {
        for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
          corpus.add(Files.readAllBytes(file));
        }
      }
    }
    int begunWith = corpus.size();
    System.out.printf("seed %d, %d files to begin with%n", seed, begunWith);
    Random random = new Random(seed);
    Set<String> seen = new HashSet<>();
    Peak peak = new Peak();
    long tried = 0;
    long decoded = 0;
    long found = 0;
    double slowest = 0;
    String slowestEnd = "";
    byte[] slowestFile = {};
    DecodeLimits limits =
        new DecodeLimits(EmbedderConfig.PIXELS_MAX_DEFAULT, EmbedderConfig.BYTES_MAX_DEFAULT);
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    try (DecoderPool pool = (DecoderPool) DecoderPool.open(limits, PoolConfig.of(1))) {
      // The first picture pays for the start of the process.
      pool.decode(
          ByteString.copyFrom(corpus.getFirst()),
          Optional.empty(),
          PictureRule.getDefaultInstance(),
          128);
      while (System.nanoTime() < end) {
        byte[] file = Mutations.of(corpus, random);
        long harm = harm(pool);
        long begun = System.nanoTime();
        DecodeOutcome outcome =
            pool.decode(
                ByteString.copyFrom(file), Optional.empty(), PictureRule.getDefaultInstance(), 128);
        double millis = (System.nanoTime() - begun) / 1e6;
        if (millis > slowest) {
          slowest = millis;
          slowestEnd = kind(outcome);
          slowestFile = file;
        }
        tried++;
        if (outcome instanceof DecodeOutcome.Decoded) {
          decoded++;
        }
        if (seen.add(kind(outcome)) && corpus.size() < CORPUS_MAX) {
          corpus.add(file);
        }
        if (harm(pool) > harm) {
          found++;
          Files.createDirectories(findings);
          Path kept = findings.resolve("%d-%d".formatted(seed, tried));
          Files.write(kept, file);
          System.out.printf("%s: %s%n", kept, kind(outcome));
        }
        if (tried % 1_000 == 0) {
          peak.look();
        }
      }
      peak.look();
    }
    Files.createDirectories(findings);
    Path kept = findings.resolve(seed + "-slowest");
    Files.write(kept, slowestFile);
    System.out.printf(
        "%d files tried, %d decoded, %d ways to end, %d files in the corpus;"
            + " most memory %d MiB; %d found that did harm%nslowest %.0f ms: %s, in %s%n",
        tried,
        decoded,
        seen.size(),
        corpus.size(),
        peak.mebibytes(),
        found,
        slowest,
        slowestEnd,
        kept);
    return found == 0 ? 0 : 1;
  }

  /** Processes lost: one that ran out of memory has said so, and is replaced like a crashed one. */
  private static long harm(DecoderPool pool) {
    return pool.counts().crashes() + pool.counts().kills();
  }

  /** The way it ended, without the numbers that differ from file to file. */
  private static String kind(DecodeOutcome outcome) {
    return switch (outcome) {
      case DecodeOutcome.Decoded good ->
          "%s of about 2^%d x 2^%d, turned %s"
              .formatted(
                  good.facts().format(),
                  Integer.SIZE - Integer.numberOfLeadingZeros(good.width()),
                  Integer.SIZE - Integer.numberOfLeadingZeros(good.height()),
                  good.facts().turned());
      case DecodeOutcome.Undecodable bad ->
          bad.rejection().getKind()
              + " "
              + bad.rejection().getDetail().replaceAll("[0-9A-Fa-fx]*[0-9][0-9A-Fa-fx]*", "#");
    };
  }
}
