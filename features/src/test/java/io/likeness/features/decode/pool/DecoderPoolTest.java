package io.likeness.features.decode.pool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.DecodeOutcome.Decoded;
import io.likeness.features.decode.DecodeOutcome.Undecodable;
import io.likeness.features.decode.Decoder;
import io.likeness.features.decode.PictureDecoder;
import io.likeness.features.decode.Variants;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With real processes, really killed. */
class DecoderPoolTest {

  private static final DecodeLimits LIMITS = new DecodeLimits(60_000_000, 64 << 20);
  private static final PictureRule NO_RULE = PictureRule.getDefaultInstance();
  private static final Duration LONG = Duration.ofSeconds(60);

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Decoder> opened = new ArrayList<>();

  @AfterEach
  void close() {
    threads.close();
    opened.forEach(Decoder::close);
  }

  private DecoderPool pool(int children, Duration deadline, long memory, int picturesEach) {
    Decoder pool =
        DecoderPool.open(LIMITS, new PoolConfig(children, deadline, memory, picturesEach));
    opened.add(pool);
    return (DecoderPool) pool;
  }

  private DecoderPool pool(int children) {
    return pool(children, LONG, PoolConfig.MEMORY_BYTES_DEFAULT, 1_000);
  }

  private static ByteString picture() {
    return Objects.requireNonNull(Variants.all().get("JPEG"));
  }

  private static DecodeOutcome decode(Decoder decoder, ByteString content) {
    return decoder.decode(content, Optional.empty(), NO_RULE, 128);
  }

  private static Rejection refused(DecodeOutcome outcome) {
    assertThat(outcome).isInstanceOf(Undecodable.class);
    return ((Undecodable) outcome).rejection();
  }

  private static void signal(String name, long pid) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid).start();
    assertThat(kill.waitFor()).isZero();
  }

  @Test
  void makesThePixelsThisProcessMakes() {
    DecoderPool pool = pool(1);
    Optional<Box> crop =
        Optional.of(Box.newBuilder().setX(10).setY(5).setWidth(40).setHeight(30).build());
    try (PictureDecoder here = new PictureDecoder(LIMITS)) {
      for (Map.Entry<String, ByteString> variant : Variants.all().entrySet()) {
        Decoded wanted = (Decoded) here.decode(variant.getValue(), crop, NO_RULE, 128);

        DecodeOutcome outcome = pool.decode(variant.getValue(), crop, NO_RULE, 128);

        assertThat(outcome).describedAs(variant.getKey()).isInstanceOf(Decoded.class);
        assertThat(((Decoded) outcome).facts()).isEqualTo(wanted.facts());
        assertThat(((Decoded) outcome).bitmap().width()).isEqualTo(wanted.bitmap().width());
        assertThat(((Decoded) outcome).bitmap().rgb())
            .describedAs(variant.getKey())
            .isEqualTo(wanted.bitmap().rgb());
      }
    }
    assertThat(pool.counts().starts()).isEqualTo(1);
    assertThat(pool.counts().pictures()).isEqualTo(Variants.all().size());
  }

  @Test
  void refusesByTheHeaderWithoutAChild() {
    DecoderPool pool = pool(1);
    byte[] bomb = Objects.requireNonNull(Variants.all().get("PNG")).toByteArray();
    ByteBuffer.wrap(bomb).putInt(16, 50_000).putInt(20, 50_000);

    assertThat(refused(decode(pool, ByteString.copyFrom(bomb))).getKind())
        .isEqualTo(RejectionKind.PICTURE_TOO_LARGE);
    assertThat(pool.counts().pictures()).isZero();
  }

  @Test
  void losesNothingWhenAChildIsKilledWithAPictureInHand() throws Exception {
    DecoderPool pool = pool(1);
    decode(pool, picture());
    long child = pool.idlePids().getFirst();
    signal("STOP", child);
    CompletableFuture<DecodeOutcome> stuck =
        CompletableFuture.supplyAsync(() -> decode(pool, picture()), threads);
    await().atMost(LONG).until(() -> pool.counts().pictures() == 2);

    signal("KILL", child);

    assertThat(stuck.get(60, TimeUnit.SECONDS)).isInstanceOf(Decoded.class);
    assertThat(pool.counts().crashes()).isEqualTo(1);
    assertThat(pool.counts().starts()).isEqualTo(2);
  }

  @Test
  void triesAgainWithANewChildWhenTheIdleOnesMayBeDyingToo() throws Exception {
    DecoderPool pool = pool(2);
    // One child does for two pictures, where the second comes late enough.
    await().atMost(LONG).until(() -> decodeTwo(pool) && pool.idlePids().size() == 2);
    long before = pool.counts().pictures();
    List<Long> idle = pool.idlePids();
    for (long child : idle) {
      signal("STOP", child);
    }
    CompletableFuture<DecodeOutcome> stuck =
        CompletableFuture.supplyAsync(() -> decode(pool, picture()), threads);
    await().atMost(LONG).until(() -> pool.counts().pictures() == before + 1);

    // The other one, stopped as well, looks alive and would never answer.
    signal("KILL", idle.getFirst());

    assertThat(stuck.get(60, TimeUnit.SECONDS)).isInstanceOf(Decoded.class);
    assertThat(pool.counts().children()).isLessThanOrEqualTo(2);
  }

  private boolean decodeTwo(DecoderPool pool) throws Exception {
    List<CompletableFuture<DecodeOutcome>> both = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      both.add(CompletableFuture.supplyAsync(() -> decode(pool, picture()), threads));
    }
    for (CompletableFuture<DecodeOutcome> one : both) {
      one.get(60, TimeUnit.SECONDS);
    }
    return true;
  }

  @Test
  void losesNoOtherPictureOfABatchWhenChildrenAreKilled() throws Exception {
    DecoderPool pool = pool(2);
    List<CompletableFuture<DecodeOutcome>> batch = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      batch.add(CompletableFuture.supplyAsync(() -> decode(pool, picture()), threads));
      if (i % 100 == 50) {
        // Whoever was hit by the last kill is through, so that nobody is hit twice.
        for (CompletableFuture<DecodeOutcome> earlier : batch.subList(0, i - 10)) {
          earlier.get(60, TimeUnit.SECONDS);
        }
        ProcessHandle.current()
            .children()
            .filter(DecoderPoolTest::isDecoder)
            .forEach(ProcessHandle::destroyForcibly);
      }
    }

    for (CompletableFuture<DecodeOutcome> one : batch) {
      assertThat(one.get(60, TimeUnit.SECONDS)).isInstanceOf(Decoded.class);
    }
    assertThat(pool.counts().starts()).isGreaterThan(2);
    assertThat(pool.counts().children()).isLessThanOrEqualTo(2);
  }

  /** By its folder: of long command lines the system tells the beginning only. */
  private static boolean isDecoder(ProcessHandle process) {
    return process
        .info()
        .commandLine()
        .filter(line -> line.contains("likeness-decoders"))
        .isPresent();
  }

  @Test
  void killsAChildThatHangsAndRefusesItsPictureOnly() throws Exception {
    // Long enough for a fresh child's first picture beside whatever else the machine does.
    DecoderPool pool = pool(1, Duration.ofSeconds(1), PoolConfig.MEMORY_BYTES_DEFAULT, 1_000);
    await().atMost(LONG).until(() -> decode(pool, picture()) instanceof Decoded);
    long killedBefore = pool.counts().kills();
    long child = pool.idlePids().getFirst();
    signal("STOP", child);

    Rejection rejection = refused(decode(pool, picture()));

    assertThat(rejection.getKind()).isEqualTo(RejectionKind.BROKEN_PICTURE);
    assertThat(rejection.getDetail()).contains("1000 ms");
    assertThat(pool.counts().kills()).isEqualTo(killedBefore + 1);
    await().atMost(LONG).until(() -> decode(pool, picture()) instanceof Decoded);
  }

  @Test
  void refusesAPictureThatNeedsMoreMemoryThanAChildHas() {
    DecoderPool pool = pool(1, LONG, PoolConfig.MEMORY_BYTES_MIN, 1_000);

    Rejection rejection = refused(decode(pool, bmp(4_000, 2_600)));

    assertThat(rejection.getKind()).isEqualTo(RejectionKind.PICTURE_TOO_LARGE);
    assertThat(rejection.getDetail()).contains("MiB");
    assertThat(decode(pool, picture())).isInstanceOf(Decoded.class);
    assertThat(pool.counts().starts()).isEqualTo(2);
    assertThat(pool.counts().crashes()).isZero();
  }

  /** Black, as large on disk as in memory. */
  private static ByteString bmp(int width, int height) {
    int size = 54 + 3 * width * height;
    ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    file.put((byte) 'B').put((byte) 'M').putInt(size).putInt(0).putInt(54);
    file.putInt(40).putInt(width).putInt(height).putShort((short) 1).putShort((short) 24);
    return ByteString.copyFrom(file.array());
  }

  @Test
  void refusesAPictureThatKillsTwoChildren(@TempDir Path folder) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            DyingChild.class.getName());
    DecoderPool pool =
        new DecoderPool(LIMITS, PoolConfig.of(1), folder.resolve("children"), command);
    opened.add(pool);
    assertThat(folder.resolve("children").toFile().mkdir()).isTrue();

    Rejection rejection = refused(decode(pool, picture()));

    assertThat(rejection.getKind()).isEqualTo(RejectionKind.BROKEN_PICTURE);
    assertThat(rejection.getDetail()).contains("2 processes");
    assertThat(pool.counts().crashes()).isEqualTo(2);
    assertThat(pool.counts().children()).isZero();
  }

  @Test
  void decodesHereWhereNoProcessCanBeStarted(@TempDir Path folder) {
    DecoderPool pool =
        new DecoderPool(
            LIMITS, PoolConfig.of(1), folder, List.of(folder.resolve("no-java").toString()));
    opened.add(pool);

    assertThat(decode(pool, picture())).isInstanceOf(Decoded.class);
    assertThat(pool.counts().starts()).isZero();
    assertThat(pool.counts().pictures()).isZero();
  }

  @Test
  void decodesHereWhereNoChildrenAreWanted() {
    Decoder decoder = DecoderPool.open(LIMITS, PoolConfig.of(0));
    opened.add(decoder);

    assertThat(decoder).isInstanceOf(PictureDecoder.class);
  }

  @Test
  void replacesAChildAfterEnoughPictures() {
    DecoderPool pool = pool(1, LONG, PoolConfig.MEMORY_BYTES_DEFAULT, 3);
    decode(pool, picture());
    long first = pool.idlePids().getFirst();
    decode(pool, picture());
    decode(pool, picture());

    await().atMost(LONG).until(() -> !pool.idlePids().isEmpty());

    assertThat(pool.idlePids().getFirst()).isNotEqualTo(first);
    assertThat(pool.counts().children()).isEqualTo(1);
    assertThat(pool.counts().crashes()).isZero();
  }

  @Test
  void leavesNoProcessAndNoFileBehind() {
    DecoderPool pool = pool(1);
    decode(pool, picture());
    long child = pool.idlePids().getFirst();

    pool.close();

    assertThat(ProcessHandle.of(child).map(ProcessHandle::isAlive).orElse(false)).isFalse();
    assertThat(pool.counts().children()).isZero();
  }

  @Test
  void aChildEndsWhenItsParentIsGone(@TempDir Path folder) throws Exception {
    Process child = new ProcessBuilder(Child.command(PoolConfig.of(1), folder)).start();
    assertThat(child.getInputStream().readNBytes(4)).hasSize(4);

    child.getOutputStream().close();

    assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(child.exitValue()).isZero();
    assertThat(Files.list(folder)).isEmpty();
  }
}
