package io.likeness.features.decode;

import static io.likeness.features.decode.Variants.BLUE;
import static io.likeness.features.decode.Variants.GREEN;
import static io.likeness.features.decode.Variants.RED;
import static io.likeness.features.decode.Variants.WHITE;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.features.decode.DecodeOutcome.Decoded;
import io.likeness.features.decode.DecodeOutcome.Undecodable;
import io.likeness.wire.Box;
import io.likeness.wire.FileFormat;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every format in its variants: the right colours in the right places. */
class FormatsTest {

  private static final PictureRule NO_RULE = PictureRule.getDefaultInstance();

  /** JPEG spends fewer bits on colour than on light, so colours bleed over their borders. */
  private static final int SLACK = 12;

  /** The middle grey as linear light: what a decoder that heeds the profile makes of 0x808080. */
  private static final int LINEAR_MIDDLE = 0xBCBCBC;

  private final PictureDecoder decoder = new PictureDecoder(new DecodeLimits(1_000_000, 1 << 20));

  static Stream<String> names() {
    return Variants.all().keySet().stream();
  }

  private static ByteString variant(String name) {
    return Objects.requireNonNull(Variants.all().get(name));
  }

  private Decoded decoded(ByteString content) {
    return decoded(content, Optional.empty());
  }

  private Decoded decoded(ByteString content, Optional<Box> crop) {
    DecodeOutcome outcome = decoder.decode(content, crop, NO_RULE, 128);
    assertThat(outcome).isInstanceOf(Decoded.class);
    return (Decoded) outcome;
  }

  private Rejection refused(ByteString content, PictureRule rule) {
    DecodeOutcome outcome = decoder.decode(content, Optional.empty(), rule, 128);
    assertThat(outcome).isInstanceOf(Undecodable.class);
    return ((Undecodable) outcome).rejection();
  }

  private static void assertQuarters(Bitmap picture, int... colours) {
    for (int i = 0; i < 4; i++) {
      int x = picture.width() * (1 + i % 2 * 2) / 4;
      int y = picture.height() * (1 + i / 2 * 2) / 4;
      assertNear(picture.rgb()[y * picture.width() + x], colours[i]);
    }
  }

  private static void assertNear(int rgb, int wanted) {
    for (int shift = 0; shift <= 16; shift += 8) {
      assertThat(rgb >> shift & 0xFF)
          .describedAs("%06x is near %06x", rgb, wanted)
          .isBetween((wanted >> shift & 0xFF) - SLACK, (wanted >> shift & 0xFF) + SLACK);
    }
  }

  @ParameterizedTest
  @MethodSource("names")
  void decodesEveryFormatAndVariant(String name) {
    Decoded picture = decoded(variant(name));

    assertThat(picture.width()).isEqualTo(60);
    assertThat(picture.height()).isEqualTo(40);
    assertThat(picture.facts().format().toString()).isEqualTo(name.split(" ", 2)[0]);
    assertQuarters(picture.bitmap(), RED, GREEN, BLUE, WHITE);
  }

  @ParameterizedTest
  @MethodSource("names")
  void cropsEveryFormatAndVariant(String name) {
    Box box = Box.newBuilder().setX(32).setY(2).setWidth(26).setHeight(16).build();

    Bitmap bitmap = decoded(variant(name), Optional.of(box)).bitmap();

    assertThat(bitmap.width()).isEqualTo(26);
    assertThat(bitmap.height()).isEqualTo(16);
    assertQuarters(bitmap, GREEN, GREEN, GREEN, GREEN);
  }

  @ParameterizedTest
  @MethodSource("names")
  void refusesEveryCutFileAsBroken(String name) {
    ByteString whole = variant(name);
    for (double part : new double[] {0.1, 0.3, 0.5, 0.7, 0.9}) {
      ByteString cut = whole.substring(0, (int) (whole.size() * part));

      DecodeOutcome outcome = decoder.decode(cut, Optional.empty(), NO_RULE, 128);

      assertThat(outcome).describedAs("%s cut to %s", name, part).isInstanceOf(Undecodable.class);
      assertThat(((Undecodable) outcome).rejection().getKind())
          .isEqualTo(RejectionKind.BROKEN_PICTURE);
    }
  }

  @Test
  void answersEveryDamageWithAValue() {
    Random random = new Random(42);
    List<byte[]> corpus = Variants.all().values().stream().map(ByteString::toByteArray).toList();
    for (int round = 0; round < 3_000; round++) {
      ByteString damaged = ByteString.copyFrom(Mutations.of(corpus, random));

      assertThat(decoder.decode(damaged, Optional.empty(), NO_RULE, 128))
          .describedAs("round %d", round)
          .isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"PPM", "PPM text"})
  void takesGreyMaps(String kind) {
    BufferedImage picture = Variants.grey(20, 20);
    ByteString content =
        kind.equals("PPM")
            ? PictureFiles.ppm(picture, false, 255)
            : PictureFiles.ppmText(picture, false);

    assertNear(decoded(content).bitmap().rgb()[210], 0x808080);
  }

  @Test
  void decodesBilevelFax() {
    BufferedImage picture = new BufferedImage(64, 32, BufferedImage.TYPE_BYTE_BINARY);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(Color.WHITE);
    graphics.fillRect(32, 0, 32, 32);
    graphics.dispose();

    Bitmap bitmap = decoded(PictureFiles.tiffCompressed(picture, "CCITT T.6")).bitmap();

    assertThat(bitmap.rgb()[10 * 64 + 5]).isZero();
    assertThat(bitmap.rgb()[10 * 64 + 60]).isEqualTo(WHITE);
  }

  @Test
  void decodesLossyWebp() {
    Decoded picture = decoded(WebpFiles.lossy(64, 48));

    assertThat(picture.width()).isEqualTo(64);
    assertThat(picture.height()).isEqualTo(48);
    assertNear(picture.bitmap().rgb()[24 * 64 + 32], 0x808080);
  }

  @Test
  void laysAlphaOfWebpOverWhite() {
    BufferedImage picture = new BufferedImage(20, 20, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 20; x++) {
        picture.setRGB(x, y, x < 10 ? 0x00FF0000 : 0x80000000);
      }
    }

    Bitmap bitmap =
        decoded(
                WebpFiles.extended(
                    WebpFiles.WITH_ALPHA,
                    20,
                    20,
                    WebpFiles.chunk("VP8L", WebpFiles.losslessStream(picture))))
            .bitmap();

    assertNear(bitmap.rgb()[0], WHITE);
    assertNear(bitmap.rgb()[15], 0x7F7F7F);
  }

  @Test
  void decodesYcck() {
    // The light of 120 that leans to red says how much ink there is: most of it is cyan.
    ByteString content = PictureFiles.fourChannelJpeg(60, 40, new int[] {120, 100, 220, 255}, 2);

    int rgb = decoded(content).bitmap().rgb()[20 * 60 + 30];

    assertThat(rgb >> 16 & 0xFF).isLessThan((rgb & 0xFF) - 60);
    assertThat(rgb >> 16 & 0xFF).isLessThan((rgb >> 8 & 0xFF) - 60);
  }

  @Test
  void showsTheFirstFrameOnItsCanvas() {
    ByteString content = PictureFiles.gif(60, 40, new Place(30, 0, 30, 20));

    Decoded picture = decoded(content);

    assertThat(picture.width()).isEqualTo(60);
    assertThat(picture.height()).isEqualTo(40);
    assertQuarters(picture.bitmap(), WHITE, RED, WHITE, WHITE);
  }

  @Test
  void widensACanvasTooSmallForTheFirstFrame() {
    Decoded picture = decoded(PictureFiles.gif(10, 10, new Place(30, 0, 30, 20)));

    assertThat(picture.width()).isEqualTo(60);
    assertThat(picture.height()).isEqualTo(20);
    assertThat(picture.bitmap().rgb()[5 * 60 + 5]).isEqualTo(WHITE);
    assertNear(picture.bitmap().rgb()[5 * 60 + 45], RED);
  }

  @Test
  void showsTheFirstFrameOfAWebpOnItsCanvas() {
    BufferedImage red = Variants.quarters().getSubimage(0, 0, 30, 20);
    ByteString content =
        WebpFiles.extended(
            WebpFiles.WITH_ANIMATION,
            60,
            40,
            WebpFiles.animationHead().concat(WebpFiles.frame(30, 20, red)));

    assertQuarters(decoded(content).bitmap(), WHITE, WHITE, WHITE, RED);
  }

  @ParameterizedTest
  @CsvSource({
    "JPEG,1", "JPEG,6", "PNG,2", "PNG,5", "PNG,6", "WebP,3", "WebP,7", "WebP,8", "TIFF,2", "TIFF,4",
    "TIFF,6", "TIFF,8"
  })
  void showsEveryOrientationUpright(String format, int orientation) {
    BufferedImage stored = PictureFiles.stored(Variants.quarters(), orientation);
    ByteString content = turned(format, stored, orientation);

    Decoded picture = decoded(content);

    assertThat(picture.width()).isEqualTo(60);
    assertThat(picture.height()).isEqualTo(40);
    assertThat(picture.facts().turned()).isEqualTo(orientation != 1);
    assertQuarters(picture.bitmap(), RED, GREEN, BLUE, WHITE);
  }

  private static ByteString turned(String format, BufferedImage stored, int orientation) {
    return switch (format) {
      case "JPEG" -> PictureFiles.withOrientation(stored, orientation);
      case "PNG" ->
          PictureFiles.withPngChunk(
              PictureFiles.write(stored, "png"),
              "eXIf",
              PictureFiles.exif(orientation).toByteArray());
      case "WebP" ->
          WebpFiles.extended(
              WebpFiles.WITH_EXIF,
              stored.getWidth(),
              stored.getHeight(),
              WebpFiles.chunk("VP8L", WebpFiles.losslessStream(stored))
                  .concat(WebpFiles.chunk("EXIF", PictureFiles.exif(orientation))));
      default -> PictureFiles.tiff(stored, orientation);
    };
  }

  @Test
  void refusesTurnedPicturesWhereTheRuleSaysSo() {
    PictureRule rule = PictureRule.newBuilder().setUprightOnly(true).build();
    ByteString turned = PictureFiles.withOrientation(Variants.quarters(), 6);
    ByteString upright = PictureFiles.withOrientation(Variants.quarters(), 1);

    assertThat(refused(turned, rule).getKind()).isEqualTo(RejectionKind.TURNED_PICTURE);
    assertThat(decoder.decode(upright, Optional.empty(), rule, 128)).isInstanceOf(Decoded.class);
  }

  @Test
  void refusesFormatsTheRuleDoesNotName() {
    PictureRule rule =
        PictureRule.newBuilder().addFormats(FileFormat.JPEG).addFormats(FileFormat.PNG).build();

    assertThat(decoder.decode(variant("PNG"), Optional.empty(), rule, 128))
        .isInstanceOf(Decoded.class);
    Rejection rejection = refused(variant("GIF"), rule);
    assertThat(rejection.getKind()).isEqualTo(RejectionKind.UNSUPPORTED_FORMAT);
    assertThat(rejection.getDetail()).contains("GIF", "JPEG or PNG");
  }

  @ParameterizedTest
  @EnumSource(PictureFormat.class)
  void refusesFormatsTheLimitsDoNotName(PictureFormat format) {
    PictureDecoder others =
        new PictureDecoder(
            new DecodeLimits(1_000_000, 1 << 20, EnumSet.complementOf(EnumSet.of(format))));
    String name = format == PictureFormat.WEBP ? "WebP lossless" : format.toString();

    DecodeOutcome outcome = others.decode(variant(name), Optional.empty(), NO_RULE, 128);

    assertThat(outcome).isInstanceOf(Undecodable.class);
    assertThat(((Undecodable) outcome).rejection().getKind())
        .isEqualTo(RejectionKind.UNSUPPORTED_FORMAT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"JPEG", "PNG", "WebP"})
  void heedsColourProfiles(String format) {
    byte[] linear = ICC_Profile.getInstance(ColorSpace.CS_LINEAR_RGB).getData();
    BufferedImage picture = Variants.grey(32, 32);
    ByteString content =
        switch (format) {
          case "JPEG" ->
              PictureFiles.withJpegSegment(
                  PictureFiles.write(picture, "jpeg"),
                  0xE2,
                  ByteString.copyFromUtf8("ICC_PROFILE\0\1\1").concat(ByteString.copyFrom(linear)));
          case "PNG" ->
              PictureFiles.withPngChunk(
                  PictureFiles.write(picture, "png"), "iCCP", PictureFiles.pngProfile(linear));
          default ->
              WebpFiles.extended(
                  WebpFiles.WITH_PROFILE,
                  32,
                  32,
                  WebpFiles.chunk("ICCP", ByteString.copyFrom(linear))
                      .concat(WebpFiles.chunk("VP8L", WebpFiles.losslessStream(picture))));
        };

    assertNear(decoded(content).bitmap().rgb()[500], LINEAR_MIDDLE);
  }

  @Test
  void ignoresProfilesThatGrowWithoutEnd() {
    ByteString content =
        PictureFiles.withPngChunk(
            PictureFiles.write(Variants.grey(32, 32), "png"),
            "iCCP",
            PictureFiles.pngProfile(new byte[64 << 20]));

    assertNear(decoded(content).bitmap().rgb()[500], 0x808080);
  }

  @Test
  void refusesALosslessWebpThatClaimsMoreThanItHolds() {
    byte[] file = WebpFiles.lossless(Variants.quarters()).toByteArray();
    // After two heads and the mark: fourteen bits of width less one, fourteen of height less one.
    int size = 800 - 1 | 900 - 1 << 14;
    for (int i = 0; i < 3; i++) {
      file[21 + i] = (byte) (size >>> 8 * i);
    }
    file[24] = (byte) (file[24] & 0xF0 | size >>> 24 & 0x0F);

    Rejection rejection = refused(ByteString.copyFrom(file), NO_RULE);

    assertThat(rejection.getKind()).isEqualTo(RejectionKind.BROKEN_PICTURE);
    assertThat(rejection.getDetail()).contains("ends before its picture");
  }

  @Test
  void keepsProportionsWhenItLeavesPixelsOut() {
    PictureDecoder large = new PictureDecoder(new DecodeLimits(60_000_000, 16 << 20));
    ByteString content =
        PictureFiles.write(new BufferedImage(4000, 2600, BufferedImage.TYPE_BYTE_GRAY), "png");

    DecodeOutcome outcome = large.decode(content, Optional.empty(), NO_RULE, 128);

    Bitmap bitmap = ((Decoded) outcome).bitmap();
    assertThat((double) bitmap.width() / bitmap.height()).isBetween(1.53, 1.55);
  }

  @Test
  void boundsWhatIsKeptOfLongThinPictures() {
    Sampling sampling = Sampling.of(30_000_000, 2, 128);

    Place whole = new Place(0, 0, 30_000_000, 2);
    assertThat((long) sampling.width(whole) * sampling.height(whole)).isBetween(1L << 20, 1L << 22);
  }
}
