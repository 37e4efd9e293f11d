package io.likeness.features.decode;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.features.decode.DecodeOutcome.Decoded;
import io.likeness.features.decode.DecodeOutcome.Undecodable;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PictureDecoderTest {

  private static final PictureRule NO_RULE = PictureRule.getDefaultInstance();

  /** JPEG spends fewer bits on colour than on light, so colours bleed over their borders. */
  private static final int SLACK = 12;

  private static final int RED = 0xC81E1E;
  private static final int GREEN = 0x1EC81E;
  private static final int BLUE = 0x1E1EC8;
  private static final int WHITE = 0xFFFFFF;

  private final PictureDecoder decoder = new PictureDecoder(new DecodeLimits(1_000_000, 1 << 20));

  /** 60 x 40: red and green above, blue and white below. */
  private static BufferedImage quarters(int type) {
    BufferedImage picture = new BufferedImage(60, 40, type);
    Graphics2D graphics = picture.createGraphics();
    int[] colours = {RED, GREEN, BLUE, WHITE};
    for (int i = 0; i < 4; i++) {
      graphics.setColor(new Color(colours[i]));
      graphics.fillRect(i % 2 * 30, i / 2 * 20, 30, 20);
    }
    graphics.dispose();
    return picture;
  }

  private Decoded decoded(ByteString content) {
    return decoded(content, Optional.empty());
  }

  private Decoded decoded(ByteString content, Optional<Box> crop) {
    DecodeOutcome outcome = decoder.decode(content, crop, NO_RULE, 128);
    assertThat(outcome).isInstanceOf(Decoded.class);
    return (Decoded) outcome;
  }

  private Rejection refused(ByteString content, Optional<Box> crop, PictureRule rule) {
    DecodeOutcome outcome = decoder.decode(content, crop, rule, 128);
    assertThat(outcome).isInstanceOf(Undecodable.class);
    return ((Undecodable) outcome).rejection();
  }

  private static void assertQuarters(Bitmap picture, int... colours) {
    assertThat(picture.width() > 0 && picture.height() > 0).isTrue();
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

  private static Box box(int x, int y, int width, int height) {
    return Box.newBuilder().setX(x).setY(y).setWidth(width).setHeight(height).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpeg", "png", "bmp"})
  void decodesEachFormat(String format) {
    Decoded picture = decoded(PictureFiles.write(quarters(BufferedImage.TYPE_INT_RGB), format));

    assertThat(picture.width()).isEqualTo(60);
    assertThat(picture.height()).isEqualTo(40);
    assertQuarters(picture.bitmap(), RED, GREEN, BLUE, WHITE);
  }

  @Test
  void laysAlphaOverWhite() {
    BufferedImage picture = new BufferedImage(20, 20, BufferedImage.TYPE_INT_ARGB);
    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 20; x++) {
        picture.setRGB(x, y, x < 10 ? 0x00FF0000 : 0x80000000);
      }
    }

    Bitmap bitmap = decoded(PictureFiles.write(picture, "png")).bitmap();

    assertNear(bitmap.rgb()[0], WHITE);
    assertNear(bitmap.rgb()[15], 0x7F7F7F);
  }

  @Test
  void decodesPaletteWithTransparentEntry() {
    byte[] reds = {0, (byte) 200};
    IndexColorModel palette = new IndexColorModel(8, 2, reds, new byte[2], new byte[2], 0);
    BufferedImage picture = new BufferedImage(20, 20, BufferedImage.TYPE_BYTE_INDEXED, palette);
    for (int y = 0; y < 20; y++) {
      for (int x = 10; x < 20; x++) {
        picture.getRaster().setSample(x, y, 0, 1);
      }
    }

    Bitmap bitmap = decoded(PictureFiles.write(picture, "png")).bitmap();

    assertNear(bitmap.rgb()[0], WHITE);
    assertNear(bitmap.rgb()[15], 0xC80000);
  }

  @ParameterizedTest
  @CsvSource({"jpeg,10", "png,10", "png,11"})
  void takesGreyAsItStands(String format, int type) {
    BufferedImage picture = new BufferedImage(20, 20, type);
    int middle = type == BufferedImage.TYPE_USHORT_GRAY ? 0x8000 : 0x80;
    for (int y = 0; y < 20; y++) {
      for (int x = 0; x < 20; x++) {
        picture.getRaster().setSample(x, y, 0, middle);
      }
    }

    assertNear(decoded(PictureFiles.write(picture, format)).bitmap().rgb()[210], 0x808080);
  }

  @Test
  void decodesSixteenBitColour() {
    Bitmap bitmap = decoded(PictureFiles.deepPng(60, 40)).bitmap();

    assertNear(bitmap.rgb()[0], 0xFF8000);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void showsEveryOrientationUpright(int orientation) {
    BufferedImage upright = quarters(BufferedImage.TYPE_INT_RGB);
    ByteString content =
        PictureFiles.withOrientation(PictureFiles.stored(upright, orientation), orientation);

    Decoded picture = decoded(content);

    assertThat(picture.width()).isEqualTo(60);
    assertThat(picture.height()).isEqualTo(40);
    assertQuarters(picture.bitmap(), RED, GREEN, BLUE, WHITE);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void cropsThePictureAsItIsShown(int orientation) {
    BufferedImage upright = quarters(BufferedImage.TYPE_INT_RGB);
    ByteString content =
        PictureFiles.withOrientation(PictureFiles.stored(upright, orientation), orientation);

    Decoded picture = decoded(content, Optional.of(box(32, 2, 26, 16)));

    assertThat(picture.width()).isEqualTo(60);
    assertThat(picture.bitmap().width()).isEqualTo(26);
    assertThat(picture.bitmap().height()).isEqualTo(16);
    assertQuarters(picture.bitmap(), GREEN, GREEN, GREEN, GREEN);
  }

  @ParameterizedTest
  @CsvSource({
    "-1,0,10,10",
    "0,-1,10,10",
    "0,0,0,10",
    "0,0,10,0",
    "51,0,10,10",
    "0,31,10,10",
    "2147483647,0,2147483647,10"
  })
  void refusesCropBoxesOutsideThePicture(int x, int y, int width, int height) {
    ByteString content = PictureFiles.write(quarters(BufferedImage.TYPE_INT_RGB), "png");

    Rejection rejection = refused(content, Optional.of(box(x, y, width, height)), NO_RULE);

    assertThat(rejection.getKind()).isEqualTo(RejectionKind.BAD_CROP);
    assertThat(rejection.getDetail()).contains("x=" + x, "width=" + width, "60 x 40");
  }

  @Test
  void takesTheCropBoxThatIsTheWholePicture() {
    ByteString content = PictureFiles.write(quarters(BufferedImage.TYPE_INT_RGB), "png");

    assertQuarters(
        decoded(content, Optional.of(box(0, 0, 60, 40))).bitmap(), RED, GREEN, BLUE, WHITE);
  }

  @ParameterizedTest
  @CsvSource({
    "40,0,0,taken",
    "41,0,0,PICTURE_TOO_SMALL",
    "0,60,0,taken",
    "0,59,0,PICTURE_TOO_LARGE"
  })
  void keepsTheCallersRule(int shortMin, int longMax, long bytesMax, String expected) {
    ByteString content = PictureFiles.write(quarters(BufferedImage.TYPE_INT_RGB), "png");
    PictureRule rule =
        PictureRule.newBuilder()
            .setShortSideMin(shortMin)
            .setLongSideMax(longMax)
            .setBytesMax(bytesMax)
            .build();

    DecodeOutcome outcome = decoder.decode(content, Optional.empty(), rule, 128);

    String found =
        switch (outcome) {
          case Decoded taken -> "taken";
          case Undecodable refused -> refused.rejection().getKind().name();
        };
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void refusesOneByteTooMany() {
    ByteString content = PictureFiles.write(quarters(BufferedImage.TYPE_INT_RGB), "png");
    PictureRule exact = PictureRule.newBuilder().setBytesMax(content.size()).build();
    PictureRule less = PictureRule.newBuilder().setBytesMax(content.size() - 1).build();

    assertThat(decoder.decode(content, Optional.empty(), exact, 128)).isInstanceOf(Decoded.class);
    assertThat(refused(content, Optional.empty(), less).getKind())
        .isEqualTo(RejectionKind.PICTURE_TOO_LARGE);
    assertThat(refused(content, Optional.empty(), less).getDetail())
        .contains(content.size() + " bytes", "at most " + (content.size() - 1));
  }

  @Test
  void refusesTooManyPixelsByTheHeaderAlone() {
    ByteString content = PictureFiles.pngHeaderOnly(1001, 1000);

    Rejection rejection = refused(content, Optional.empty(), NO_RULE);

    assertThat(rejection.getKind()).isEqualTo(RejectionKind.PICTURE_TOO_LARGE);
    assertThat(rejection.getDetail()).contains("1001 x 1000", "1001000", "1000000");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.1, 0.5, 0.9, 0.999})
  void refusesCutFiles(double part) {
    for (String format : new String[] {"jpeg", "png", "bmp"}) {
      ByteString whole = PictureFiles.write(PictureFiles.noise(200, 150, new Random(1)), format);
      ByteString cut = whole.substring(0, (int) (whole.size() * part));

      Rejection rejection = refused(cut, Optional.empty(), NO_RULE);

      assertThat(rejection.getKind()).isEqualTo(RejectionKind.BROKEN_PICTURE);
      assertThat(rejection.getDetail()).isNotBlank();
    }
  }

  @Test
  void answersEveryDamageWithAValue() {
    Random random = new Random(42);
    for (String format : new String[] {"jpeg", "png", "bmp"}) {
      byte[] sound = PictureFiles.write(PictureFiles.noise(64, 48, random), format).toByteArray();
      for (int round = 0; round < 300; round++) {
        byte[] damaged = sound.clone();
        for (int hit = 0; hit <= random.nextInt(8); hit++) {
          // Headers decide most, so they are hit most.
          int reach = random.nextBoolean() ? Math.min(100, damaged.length) : damaged.length;
          damaged[random.nextInt(reach)] = (byte) random.nextInt(256);
        }
        ByteString content = ByteString.copyFrom(damaged);

        assertThat(decoder.decode(content, Optional.empty(), NO_RULE, 128))
            .describedAs("%s, round %d", format, round)
            .isNotNull();
      }
    }
  }

  @Test
  void namesForeignFormats() {
    Rejection rejection =
        refused(ByteString.copyFromUtf8("\0\0\1\0......"), Optional.empty(), NO_RULE);

    assertThat(rejection.getKind()).isEqualTo(RejectionKind.UNSUPPORTED_FORMAT);
    assertThat(rejection.getDetail()).contains("an icon", "JPEG, PNG, BMP, GIF");
  }

  @Test
  void refusesScansWithoutEnd() {
    ByteString content = PictureFiles.jpegWithScans(JpegHeader.SCANS_MAX + 1);

    Rejection rejection = refused(content, Optional.empty(), NO_RULE);

    assertThat(rejection.getKind()).isEqualTo(RejectionKind.BROKEN_PICTURE);
    assertThat(rejection.getDetail()).contains("scans", "" + JpegHeader.SCANS_MAX);
  }

  @Test
  void keepsNoMorePixelsThanAreOfUse() {
    PictureDecoder large = new PictureDecoder(new DecodeLimits(60_000_000, 16 << 20));
    ByteString content =
        PictureFiles.write(new BufferedImage(4000, 3000, BufferedImage.TYPE_BYTE_GRAY), "png");

    DecodeOutcome outcome = large.decode(content, Optional.empty(), NO_RULE, 128);

    assertThat(outcome).isInstanceOf(Decoded.class);
    Decoded picture = (Decoded) outcome;
    assertThat(picture.width()).isEqualTo(4000);
    assertThat(picture.bitmap().width()).isBetween(1024, 2048);
    assertThat(picture.bitmap().height()).isBetween(1024, 2048);
  }

  @Test
  void decodesCmyk() {
    Bitmap bitmap = decoded(PictureFiles.cmykJpeg(60, 40)).bitmap();

    // Full cyan and magenta ink, no yellow: some blue.
    int rgb = bitmap.rgb()[bitmap.rgb().length / 2];
    assertThat(rgb & 0xFF).isGreaterThan((rgb >> 16 & 0xFF) + 40);
  }
}
