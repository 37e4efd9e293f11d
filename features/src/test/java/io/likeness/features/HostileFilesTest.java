package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.likeness.features.decode.Bitmap;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.PictureDecoder;
import io.likeness.wire.PictureRule;
import io.likeness.wire.RejectionKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Broken, lying and malicious files: each becomes a vector or a stated refusal, never a failure.
 */
class HostileFilesTest {

  /** Another decoder took these although their picture is not all there. */
  private static final Set<String> CUT =
      Set.of(
          "079_truncated_jpeg.jpg",
          "142_truncated.jpg",
          "154_cut_10_percent.jpg",
          "155_cut_half.jpg",
          "156_cut_last_bytes.jpg");

  private static final Set<String> TAKEN_FORMATS =
      Set.of("jpeg", "png", "bmp", "gif", "webp", "tiff");

  /** Lossy formats differ by some grey levels; a picture turned the wrong way by fifty. */
  private static final double APART_MAX = 10;

  private static final int FIELDS = 8;

  /** A line of hostile.csv. */
  record Hostile(Path file, String magic, String pillow, String note, String jdk) {
    @Override
    public String toString() {
      return file.getFileName() + " " + note;
    }
  }

  private static ModelLibrary library;
  private static Embedder embedder;

  @BeforeAll
  static void open() {
    library = ModelLibrary.open(Optional.empty());
    embedder = Embedder.open(library, new EmbedderConfig(1, 1, 0, 60_000_000, 16 << 20));
  }

  @AfterAll
  static void close() {
    embedder.close();
    library.close();
  }

  static Stream<Hostile> files() throws IOException {
    Optional<Path> data = SharedData.folder();
    if (data.isEmpty()) {
      return Stream.of(new Hostile(Path.of("absent"), "", "", SharedData.ABSENT, ""));
    }
    List<String> lines = Files.readAllLines(data.get().resolve("hostile.csv"));
    return lines.stream()
        .skip(1)
        .map(line -> line.split(",", -1))
        .map(
            fields ->
                new Hostile(
                    data.get().resolve(fields[0]), fields[1], fields[7], fields[8], fields[10]));
  }

  @ParameterizedTest
  @MethodSource("files")
  void becomesVectorOrStatedRefusal(Hostile hostile) throws IOException {
    assumeTrue(Files.exists(hostile.file()), SharedData.ABSENT);
    ByteString content = ByteString.copyFrom(Files.readAllBytes(hostile.file()));

    EmbedOutcome outcome =
        Assertions.assertTimeoutPreemptively(
            Duration.ofSeconds(30),
            () ->
                embedder.embed(
                    new Picture(
                        "default", content, Optional.empty(), PictureRule.getDefaultInstance())));

    switch (outcome) {
      case Embedded embedded -> {
        assertThat(TAKEN_FORMATS).contains(hostile.magic());
        assertThat(CUT).doesNotContain(hostile.file().getFileName().toString());
        assertThat(embedded.vector().dimensions()).isEqualTo(library.model("default").dimensions());
      }
      case Refused refused -> {
        assertThat(refused.rejection().getDetail()).isNotBlank();
        assertThat(refused.rejection().getKind())
            .isIn(
                RejectionKind.UNSUPPORTED_FORMAT,
                RejectionKind.BROKEN_PICTURE,
                RejectionKind.PICTURE_TOO_LARGE);
        boolean soundForJdk = hostile.jdk().equals("decodes") || hostile.magic().equals("webp");
        if (!CUT.contains(hostile.file().getFileName().toString())
            && soundForJdk
            && hostile.pillow().equals("decodes")) {
          assertThat(TAKEN_FORMATS).doesNotContain(hostile.magic());
        }
        if (!TAKEN_FORMATS.contains(hostile.magic())) {
          assertThat(refused.rejection().getKind()).isEqualTo(RejectionKind.UNSUPPORTED_FORMAT);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "080_hopper_orientation_2.jpg,071_hopper_orientation_5.jpg",
    "080_hopper_orientation_2.jpg,073_hopper_orientation_7.jpg",
    "080_hopper_orientation_2.jpg,084_hopper_orientation_6.jpg",
    "080_hopper_orientation_2.jpg,086_hopper_orientation_8.jpg",
    "080_hopper_orientation_2.jpg,075_hopper_orientation_4.webp",
    "080_hopper_orientation_2.jpg,091_hopper_orientation_8.webp",
    "080_hopper_orientation_2.jpg,093_hopper_orientation_6.webp",
    "141_1.jpg,140_3.jpg",
    "141_1.jpg,132_7.jpg",
    "111_anim.webp.png,104_anim.webp",
    "157_wrong_name.png,178_cmyk.jpg",
    "157_wrong_name.png,179_progressive.jpg",
    "157_wrong_name.png,190_profile_inside.jpg",
    "177_grey.jpg,182_deep_16_bit.png"
  })
  void showsTheSamePictureWhateverItsFile(String one, String other) throws IOException {
    Optional<Path> data = SharedData.folder();
    assumeTrue(data.isPresent(), SharedData.ABSENT);
    Bitmap first = bitmap(data.get().resolve("hostile").resolve(one));
    Bitmap second = bitmap(data.get().resolve("hostile").resolve(other));

    assertThat(second.width() > second.height()).isEqualTo(first.width() > first.height());
    double[] here = means(first);
    double[] there = means(second);
    double apart = 0;
    for (int i = 0; i < here.length; i++) {
      apart += Math.abs(here[i] - there[i]) / here.length;
    }
    assertThat(apart).describedAs("of 255, on average").isLessThan(APART_MAX);
  }

  /** Of red, green and blue in each of {@value #FIELDS} by {@value #FIELDS} fields. */
  private static double[] means(Bitmap bitmap) {
    double[] sums = new double[3 * FIELDS * FIELDS];
    int[] counts = new int[FIELDS * FIELDS];
    for (int i = 0; i < bitmap.rgb().length; i++) {
      int column = i % bitmap.width() * FIELDS / bitmap.width();
      int row = i / bitmap.width() * FIELDS / bitmap.height();
      int field = row * FIELDS + column;
      counts[field]++;
      for (int colour = 0; colour < 3; colour++) {
        sums[3 * field + colour] += bitmap.rgb()[i] >> 8 * colour & 0xFF;
      }
    }
    for (int i = 0; i < sums.length; i++) {
      sums[i] /= counts[i / 3];
    }
    return sums;
  }

  private static Bitmap bitmap(Path file) throws IOException {
    try (PictureDecoder decoder = new PictureDecoder(new DecodeLimits(60_000_000, 16 << 20))) {
      DecodeOutcome outcome =
          decoder.decode(
              ByteString.copyFrom(Files.readAllBytes(file)),
              Optional.empty(),
              PictureRule.getDefaultInstance(),
              1_000);
      assertThat(outcome).isInstanceOf(DecodeOutcome.Decoded.class);
      return ((DecodeOutcome.Decoded) outcome).bitmap();
    }
  }
}
