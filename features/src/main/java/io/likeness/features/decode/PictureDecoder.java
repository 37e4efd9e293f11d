package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import com.twelvemonkeys.imageio.stream.ByteArrayImageInputStream;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;

/**
 * Bytes from anybody to pixels. Hostile input is the normal case here, so the order matters: first
 * the size of the file, then its first bytes, then its header by parsers of our own, then every
 * bound and the crop box, and only then a decoder, which is allowed to fail in any way it likes.
 *
 * <p>A decoder never has to make the whole of a large picture: the crop box and a sampling step are
 * handed to it, so that what it returns is at most a few times larger than what a model looks at,
 * in either direction. What it needs inside (a progressive JPEG keeps all its coefficients) is
 * bounded by letting only {@value #LARGE_AT_ONCE} large pictures in at a time.
 *
 * <p>Safe for many threads.
 */
public final class PictureDecoder {

  /** Pixels kept per pixel wanted, in each direction: enough for averaging to hide the sampling. */
  private static final int OVERSAMPLING = 4;

  private static final long LARGE_PIXELS = 16_000_000;
  private static final int LARGE_AT_ONCE = 2;

  /** Warnings of one picture that are read; a decoder may utter one for every row. */
  private static final int WARNINGS_MAX = 100;

  static {
    // The cache would be a file for each picture.
    ImageIO.setUseCache(false);
  }

  private final DecodeLimits limits;
  private final Semaphore large = new Semaphore(LARGE_AT_ONCE);

  public PictureDecoder(DecodeLimits limits) {
    this.limits = limits;
  }

  /**
   * Checks and decodes a file.
   *
   * @param crop in pixels of the picture as it is shown
   * @param sideWanted more pixels than this on a side are of no use to the caller
   */
  public DecodeOutcome decode(
      ByteString content, Optional<Box> crop, PictureRule rule, int sideWanted) {
    try {
      checkBytes(content, rule);
      PictureHeader header = PictureHeader.read(content);
      checkSize(header, rule);
      Box part = part(header, crop);
      Bitmap stored = readWithinMemory(content, header, part, sideWanted);
      return new DecodeOutcome.Decoded(
          header.orientation().show(stored), header.shownWidth(), header.shownHeight());
    } catch (RefusedPicture refused) {
      return new DecodeOutcome.Undecodable(refused.rejection());
    }
  }

  /**
   * Checks what can be checked without decoding; the answer for a vector that is known already.
   *
   * @param width of the whole picture as it is shown
   */
  public static Optional<Rejection> ruleFault(long bytes, int width, int height, PictureRule rule) {
    try {
      checkRuleBytes(bytes, rule);
      checkRuleSides(width, height, rule);
      return Optional.empty();
    } catch (RefusedPicture refused) {
      return Optional.of(refused.rejection());
    }
  }

  private void checkBytes(ByteString content, PictureRule rule) throws RefusedPicture {
    if (content.size() > limits.bytesMax()) {
      throw new RefusedPicture(
          RejectionKind.PICTURE_TOO_LARGE,
          "the file is %d bytes, at most %d".formatted(content.size(), limits.bytesMax()));
    }
    checkRuleBytes(content.size(), rule);
  }

  private static void checkRuleBytes(long bytes, PictureRule rule) throws RefusedPicture {
    if (rule.getBytesMax() > 0 && bytes > rule.getBytesMax()) {
      throw new RefusedPicture(
          RejectionKind.PICTURE_TOO_LARGE,
          "the file is %d bytes, at most %d".formatted(bytes, rule.getBytesMax()));
    }
  }

  private void checkSize(PictureHeader header, PictureRule rule) throws RefusedPicture {
    if (header.pixels() > limits.pixelsMax()) {
      throw new RefusedPicture(
          RejectionKind.PICTURE_TOO_LARGE,
          "the picture is %d x %d = %d pixels, at most %d"
              .formatted(header.width(), header.height(), header.pixels(), limits.pixelsMax()));
    }
    checkRuleSides(header.width(), header.height(), rule);
  }

  private static void checkRuleSides(int width, int height, PictureRule rule)
      throws RefusedPicture {
    int shortSide = Math.min(width, height);
    int longSide = Math.max(width, height);
    if (shortSide < rule.getShortSideMin()) {
      throw new RefusedPicture(
          RejectionKind.PICTURE_TOO_SMALL,
          "the short side is %d pixels, at least %d".formatted(shortSide, rule.getShortSideMin()));
    }
    if (rule.getLongSideMax() > 0 && longSide > rule.getLongSideMax()) {
      throw new RefusedPicture(
          RejectionKind.PICTURE_TOO_LARGE,
          "the long side is %d pixels, at most %d".formatted(longSide, rule.getLongSideMax()));
    }
  }

  /** The crop box in stored pixels; the whole picture where there is none. */
  private static Box part(PictureHeader header, Optional<Box> crop) throws RefusedPicture {
    if (crop.isEmpty()) {
      return Box.newBuilder().setWidth(header.width()).setHeight(header.height()).build();
    }
    Box box = crop.get();
    boolean inside =
        box.getX() >= 0
            && box.getY() >= 0
            && box.getWidth() >= 1
            && box.getHeight() >= 1
            && (long) box.getX() + box.getWidth() <= header.shownWidth()
            && (long) box.getY() + box.getHeight() <= header.shownHeight();
    if (!inside) {
      throw new RefusedPicture(
          RejectionKind.BAD_CROP,
          "the crop box x=%d y=%d width=%d height=%d does not lie within the picture of %d x %d"
              .formatted(
                  box.getX(),
                  box.getY(),
                  box.getWidth(),
                  box.getHeight(),
                  header.shownWidth(),
                  header.shownHeight()));
    }
    return header.orientation().toStored(box, header.width(), header.height());
  }

  private Bitmap readWithinMemory(
      ByteString content, PictureHeader header, Box part, int sideWanted) throws RefusedPicture {
    if (header.pixels() <= LARGE_PIXELS) {
      return read(content, header, part, sideWanted);
    }
    large.acquireUninterruptibly();
    try {
      return read(content, header, part, sideWanted);
    } finally {
      large.release();
    }
  }

  private static Bitmap read(ByteString content, PictureHeader header, Box part, int sideWanted)
      throws RefusedPicture {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(header.format().name());
    if (!readers.hasNext()) {
      throw new IllegalStateException("no reader of " + header.format() + " is installed");
    }
    ImageReader reader = readers.next();
    try (ImageInputStream input = new ByteArrayImageInputStream(content.toByteArray())) {
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener(
          (source, warning) -> {
            if (warnings.size() < WARNINGS_MAX) {
              warnings.add(warning);
            }
          });
      // Metadata is not wanted: text and profiles in it may inflate to any size.
      reader.setInput(input, true, true);
      int width = reader.getWidth(0);
      int height = reader.getHeight(0);
      if (width != header.width() || height != header.height()) {
        throw RefusedPicture.broken(
            "the %s says it is %d x %d and also %d x %d pixels"
                .formatted(header.format(), header.width(), header.height(), width, height));
      }
      BufferedImage image = reader.read(0, wanted(reader, part, sideWanted));
      Optional<String> cutOff = warnings.stream().filter(PictureDecoder::tellsOfCut).findFirst();
      if (cutOff.isPresent()) {
        throw RefusedPicture.broken(
            "the %s is cut off: %s".formatted(header.format(), cutOff.get()));
      }
      return Pixels.opaque(image);
    } catch (IOException | RuntimeException undecodable) {
      // Decoders throw whatever their last unchecked assumption was; all of it means the same.
      throw RefusedPicture.broken(
          "the %s cannot be decoded: %s".formatted(header.format(), reason(undecodable)));
    } finally {
      reader.dispose();
    }
  }

  private static ImageReadParam wanted(ImageReader reader, Box part, int sideWanted)
      throws IOException {
    ImageReadParam param = reader.getDefaultReadParam();
    param.setSourceRegion(
        new Rectangle(part.getX(), part.getY(), part.getWidth(), part.getHeight()));
    int stepX = Math.max(1, part.getWidth() / (OVERSAMPLING * sideWanted));
    int stepY = Math.max(1, part.getHeight() / (OVERSAMPLING * sideWanted));
    param.setSourceSubsampling(stepX, stepY, stepX / 2, stepY / 2);
    // Where the reader can make plain sRGB itself (from CMYK, from a profile), let it.
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    while (types.hasNext()) {
      ImageTypeSpecifier type = types.next();
      if (type.getBufferedImageType() == BufferedImage.TYPE_3BYTE_BGR) {
        param.setDestinationType(type);
        break;
      }
    }
    return param;
  }

  private static boolean tellsOfCut(String warning) {
    String text = warning.toLowerCase(Locale.ROOT);
    return text.contains("premature end of jpeg") || text.contains("missing eoi");
  }

  private static String reason(Exception failure) {
    String message = failure.getMessage();
    if (message == null || message.isBlank()) {
      return failure.getClass().getSimpleName();
    }
    String line = message.lines().findFirst().orElse("").strip();
    return line.length() <= 120 ? line : line.substring(0, 120) + "...";
  }
}
