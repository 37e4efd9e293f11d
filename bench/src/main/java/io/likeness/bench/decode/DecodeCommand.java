package io.likeness.bench.decode;

import com.google.protobuf.ByteString;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.Decoder;
import io.likeness.features.decode.pool.DecoderPool;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.wire.PictureRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What every file of a folder ends in, how long that takes and how much memory. */
@Command(
    name = "decode",
    mixinStandardHelpOptions = true,
    description = "Decode the files of a folder as a role does, and tell what each ends in.",
    footer = {
      "",
      "Example:",
      "  likeness bench decode shared/data/hostile",
      "Exit codes: 0 every file ended in pixels or a reason, within the bounds; 1 otherwise."
    })
public final class DecodeCommand implements Callable<Integer> {

  private static final int SIDE = 224;

  /** Memory of a process beside what the pool grants it, before one says it took too much. */
  private static final int SLACK_MIB = 32;

  @Parameters(paramLabel = "FOLDER", description = "Files to decode, those below it too.")
  Path folder = Path.of(".");

  @Option(names = "--quiet", description = "Only the summary.")
  boolean quiet;

  @Override
  public Integer call() throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.walk(folder)) {
      files = found.filter(Files::isRegularFile).sorted().toList();
    }
    Map<String, Integer> ends = new TreeMap<>();
    Peak peak = new Peak();
    double slowest = 0;
    double slowestRefusal = 0;
    DecodeLimits limits =
        new DecodeLimits(EmbedderConfig.PIXELS_MAX_DEFAULT, EmbedderConfig.BYTES_MAX_DEFAULT);
    PoolConfig config = PoolConfig.of(1);
    long lost;
    try (DecoderPool pool = (DecoderPool) DecoderPool.open(limits, config)) {
      // The first picture pays for the start of the process.
      decode(pool, ByteString.copyFromUtf8("P2 1 1 9 5"));
      for (Path file : files) {
        ByteString content = ByteString.copyFrom(Files.readAllBytes(file));
        long asked = pool.counts().pictures();
        long begun = System.nanoTime();
        DecodeOutcome outcome = decode(pool, content);
        double millis = (System.nanoTime() - begun) / 1e6;
        peak.look();
        slowest = Math.max(slowest, millis);
        if (pool.counts().pictures() == asked) {
          slowestRefusal = Math.max(slowestRefusal, millis);
        }
        String end =
            switch (outcome) {
              case DecodeOutcome.Decoded good -> "decoded " + good.facts().format();
              case DecodeOutcome.Undecodable bad -> bad.rejection().getKind().name();
            };
        ends.merge(end, 1, Integer::sum);
        if (!quiet) {
          System.out.printf("%-58s %7.1f ms  %s%n", folder.relativize(file), millis, told(outcome));
        }
      }
      lost = pool.counts().crashes() + pool.counts().kills();
    }
    System.out.println();
    ends.forEach((end, count) -> System.out.printf("%-28s %5d%n", end, count));
    System.out.printf(
        "%d files; slowest %.0f ms, slowest refusal without a decoder %.1f ms;"
            + " most memory %d MiB; %d crashes and kills%n",
        files.size(), slowest, slowestRefusal, peak.mebibytes(), lost);
    boolean within = lost == 0 && peak.mebibytes() <= (config.memoryBytes() >> 20) + SLACK_MIB;
    return within ? 0 : 1;
  }

  private static DecodeOutcome decode(Decoder decoder, ByteString content) {
    return decoder.decode(content, Optional.empty(), PictureRule.getDefaultInstance(), SIDE);
  }

  private static String told(DecodeOutcome outcome) {
    return switch (outcome) {
      case DecodeOutcome.Decoded good ->
          "%s %d x %d%s"
              .formatted(
                  good.facts().format(),
                  good.width(),
                  good.height(),
                  good.facts().turned() ? ", turned" : "");
      case DecodeOutcome.Undecodable bad ->
          bad.rejection().getKind() + ": " + bad.rejection().getDetail();
    };
  }
}
