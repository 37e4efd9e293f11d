package io.likeness.bench.embed;

import com.google.protobuf.ByteString;
import io.likeness.bench.picture.Pictures;
import io.likeness.features.Embedder;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.ModelLibrary;
import io.likeness.features.ModelManifest;
import io.likeness.features.Picture;
import io.likeness.features.decode.Bitmap;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.Decoder;
import io.likeness.features.decode.Resampler;
import io.likeness.features.decode.pool.DecoderPool;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.wire.PictureRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How many pictures a second become vectors on this machine, and what each stage takes of it. */
@Command(
    name = "embed",
    mixinStandardHelpOptions = true,
    description = "Measure decoding, resampling, the model, and all of it together.",
    footer = {
      "",
      "Examples:",
      "  likeness bench embed                      generated JPEGs of 512 x 384",
      "  likeness bench embed --photos FOLDER      the pictures of a folder and those below",
      "Exit codes: 0 measured, 1 something failed, 2 wrong usage."
    })
public final class EmbedCommand implements Callable<Integer> {

  private static final String DECODE_HERE = "decode in this process";
  private static final String RESAMPLE = "resample";
  private static final String ALL_HERE = "all, in this process";

  private static final int GENERATED = 200;
  private static final int PHOTOS_MAX = 2_000;
  private static final DecodeLimits LIMITS =
      new DecodeLimits(EmbedderConfig.PIXELS_MAX_DEFAULT, EmbedderConfig.BYTES_MAX_DEFAULT);
  private static final PictureRule NO_RULE = PictureRule.getDefaultInstance();

  @Option(names = "--photos", paramLabel = "FOLDER", description = "Pictures to use.")
  @Nullable Path photos;

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

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Pictures at a time (default: as many as cores).")
  int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      paramLabel = "N",
      defaultValue = "5",
      description = "Of each measurement, after as long a warm-up (default: ${DEFAULT-VALUE}).")
  int seconds = 5;

  /** By the clock, and by processor time, which a busy machine does not spoil. */
  private record Rate(double perSecond, double processorMillis) {}

  private record Stage(String name, Rate rate) {}

  @Override
  public Integer call() throws IOException, InterruptedException, ExecutionException {
    List<ByteString> files = photos == null ? generated() : read(photos);
    try (ModelLibrary library = ModelLibrary.open(Optional.ofNullable(models))) {
      measure(files, library);
    }
    return 0;
  }

  private void measure(List<ByteString> files, ModelLibrary library)
      throws InterruptedException, ExecutionException {
    ModelManifest.Input input = library.model(model).input();
    int side = Math.max(input.width(), input.height());
    long bytes = files.stream().mapToLong(ByteString::size).sum();
    System.out.printf(
        "%d pictures, %d KiB on average, %d threads, model %s%n",
        files.size(), bytes / files.size() >> 10, threads, library.model(model).id());
    List<Stage> stages = new ArrayList<>();
    List<Bitmap> bitmaps = new ArrayList<>();
    try (Decoder here = DecoderPool.open(LIMITS, PoolConfig.of(0));
        Decoder pool = DecoderPool.open(LIMITS, PoolConfig.of(threads))) {
      for (ByteString file : files) {
        if (here.decode(file, Optional.empty(), NO_RULE, side)
            instanceof DecodeOutcome.Decoded decoded) {
          bitmaps.add(decoded.bitmap());
        }
      }
      stages.add(
          new Stage(
              DECODE_HERE, rate(i -> here.decode(at(files, i), Optional.empty(), NO_RULE, side))));
      stages.add(
          new Stage(
              "decode in child processes",
              rate(i -> pool.decode(at(files, i), Optional.empty(), NO_RULE, side))));
    }
    stages.add(
        new Stage(
            RESAMPLE,
            rate(
                i -> {
                  Bitmap bitmap = at(bitmaps, i);
                  Resampler.resample(
                      bitmap, 0, 0, bitmap.width(), bitmap.height(), input.width(), input.height());
                })));
    for (int children : new int[] {0, threads}) {
      EmbedderConfig config =
          new EmbedderConfig(
              threads, 8, 0, EmbedderConfig.PIXELS_MAX_DEFAULT, EmbedderConfig.BYTES_MAX_DEFAULT);
      try (Embedder embedder = Embedder.open(library, config, PoolConfig.of(children))) {
        Rate all =
            rate(
                i ->
                    embedder.embedAll(
                        List.of(new Picture(model, at(files, i), Optional.empty(), NO_RULE))));
        stages.add(new Stage(children == 0 ? ALL_HERE : "all, with child processes", all));
      }
    }
    print(stages);
  }

  private void print(List<Stage> stages) {
    System.out.printf("%-28s %12s %20s%n", "stage", "pictures/s", "processor ms each");
    double rest = 0;
    for (Stage stage : stages) {
      System.out.printf(
          "%-28s %12.0f %20.2f%n",
          stage.name(), stage.rate().perSecond(), stage.rate().processorMillis());
      switch (stage.name()) {
        case ALL_HERE -> rest += stage.rate().processorMillis();
        case DECODE_HERE, RESAMPLE -> rest -= stage.rate().processorMillis();
        default -> {}
      }
    }
    System.out.printf("%-28s %12s %20.2f%n", "the model, by difference", "", rest);
  }

  private static <T> T at(List<T> list, int index) {
    return list.get(index % list.size());
  }

  /** How often all threads together do this, after a warm-up. */
  private Rate rate(IntConsumer work) throws InterruptedException, ExecutionException {
    rateOf(work);
    return rateOf(work);
  }

  private Rate rateOf(IntConsumer work) throws InterruptedException, ExecutionException {
    AtomicInteger next = new AtomicInteger();
    Duration usedBefore = processorTime();
    long begun = System.nanoTime();
    long end = begun + seconds * 1_000_000_000L;
    try (ExecutorService crew = Executors.newFixedThreadPool(threads)) {
      List<Future<?>> shares = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        shares.add(
            crew.submit(
                () -> {
                  while (System.nanoTime() < end) {
                    work.accept(next.getAndIncrement());
                  }
                }));
      }
      for (Future<?> share : shares) {
        share.get();
      }
    }
    double passed = System.nanoTime() - begun;
    double used = processorTime().minus(usedBefore).toNanos();
    return new Rate(next.get() * 1e9 / passed, used / 1e6 / next.get());
  }

  /** Of this process and those it has started. */
  private static Duration processorTime() {
    return Stream.concat(Stream.of(ProcessHandle.current()), ProcessHandle.current().descendants())
        .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }

  private static List<ByteString> generated() {
    List<ByteString> files = new ArrayList<>();
    for (int seed = 0; seed < GENERATED; seed++) {
      files.add(ByteString.copyFrom(Pictures.encode(Pictures.draw(seed, 512, 384), "jpg")));
    }
    return files;
  }

  /** Of all files below it, in the order of their names. */
  static List<ByteString> read(Path folder) throws IOException {
    List<ByteString> files = new ArrayList<>();
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path file : found.filter(Files::isRegularFile).sorted().limit(PHOTOS_MAX).toList()) {
        files.add(ByteString.copyFrom(Files.readAllBytes(file)));
      }
    }
    if (files.isEmpty()) {
      throw new IOException("there are no pictures in " + folder);
    }
    return files;
  }
}
