package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
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
public final class PictureDecoder implements Decoder {

  private static final int WHITE = 0xFFFFFF;

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

  @Override
  public DecodeOutcome decode(
      ByteString content, Optional<Box> crop, PictureRule rule, int sideWanted) {
    try {
      PictureHeader header = check(content, rule);
      Place part = part(header, crop);
      Bitmap stored = readWithinMemory(content, header, part, sideWanted);
      return new DecodeOutcome.Decoded(header.orientation().show(stored), header.facts());
    } catch (RefusedPicture refused) {
      return new DecodeOutcome.Undecodable(refused.rejection());
    }
  }

  /**
   * Everything that can be found out without starting a decoder.
   *
   * @return why the file cannot be taken; empty where a decoder has to be asked
   */
  public Optional<Rejection> fault(ByteString content, Optional<Box> crop, PictureRule rule) {
    try {
      part(check(content, rule), crop);
      return Optional.empty();
    } catch (RefusedPicture refused) {
      return Optional.of(refused.rejection());
    }
  }

  private PictureHeader check(ByteString content, PictureRule rule) throws RefusedPicture {
    checkBytes(content, rule);
    PictureHeader header = PictureHeader.read(content);
    checkTaken(header.format(), limits.formats());
    if (header.pixels() > limits.pixelsMax()) {
      throw new RefusedPicture(
          RejectionKind.PICTURE_TOO_LARGE,
          "the picture is %d x %d = %d pixels, at most %d"
              .formatted(header.width(), header.height(), header.pixels(), limits.pixelsMax()));
    }
    checkRule(header.facts(), rule);
    return header;
  }

  /**
   * Checks what can be checked without the file; the answer for a vector that is known already.
   *
   * @param bytes of the file
   */
  public static Optional<Rejection> ruleFault(long bytes, PictureFacts facts, PictureRule rule) {
    try {
      checkRuleBytes(bytes, rule);
      checkRule(facts, rule);
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

  private static void checkRule(PictureFacts facts, PictureRule rule) throws RefusedPicture {
    if (rule.getFormatsCount() > 0) {
      checkTaken(facts.format(), PictureFormat.of(rule.getFormatsList()));
    }
    int shortSide = Math.min(facts.width(), facts.height());
    int longSide = Math.max(facts.width(), facts.height());
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
    if (rule.getUprightOnly() && facts.turned()) {
      throw new RefusedPicture(
          RejectionKind.TURNED_PICTURE,
          "the picture says that it has to be turned or mirrored to be shown");
    }
  }

  private static void checkTaken(PictureFormat format, Collection<PictureFormat> taken)
      throws RefusedPicture {
    if (!taken.contains(format)) {
      throw new RefusedPicture(
          RejectionKind.UNSUPPORTED_FORMAT,
          "the picture is a %s, taken are %s"
              .formatted(format, PictureFormat.list(taken.stream().sorted().toList())));
    }
  }

  /** The crop box in stored pixels; the whole picture where there is none. */
  private static Place part(PictureHeader header, Optional<Box> crop) throws RefusedPicture {
    if (crop.isEmpty()) {
      return new Place(0, 0, header.width(), header.height());
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
    Box stored = header.orientation().toStored(box, header.width(), header.height());
    return new Place(stored.getX(), stored.getY(), stored.getWidth(), stored.getHeight());
  }

  private Bitmap readWithinMemory(
      ByteString content, PictureHeader header, Place part, int sideWanted) throws RefusedPicture {
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

  private static Bitmap read(ByteString content, PictureHeader header, Place part, int sideWanted)
      throws RefusedPicture {
    Sampling sampling = Sampling.of(part.width(), part.height(), sideWanted);
    try {
      if (header.format() == PictureFormat.PPM) {
        return PpmPicture.read(content, part, sampling);
      }
      Place there = part.shared(header.first());
      if (there.equals(part)) {
        return readFrame(content, header, part, sampling);
      }
      // What of the canvas the first frame leaves free is see-through, and so white.
      int width = sampling.width(part);
      int height = sampling.height(part);
      int[] rgb = new int[width * height];
      Arrays.fill(rgb, WHITE);
      if (!there.isEmpty()) {
        Sampling within = sampling.within(there);
        Bitmap frame = readFrame(content, header, there, within);
        int left = (there.x() + within.firstX() - part.x()) / sampling.stepX();
        int top = (there.y() + within.firstY() - part.y()) / sampling.stepY();
        int columns = Math.min(frame.width(), width - left);
        for (int y = 0; y < Math.min(frame.height(), height - top); y++) {
          System.arraycopy(frame.rgb(), y * frame.width(), rgb, (top + y) * width + left, columns);
        }
      }
      return new Bitmap(width, height, rgb);
    } catch (IOException | RuntimeException undecodable) {
      // Decoders throw whatever their last unchecked assumption was; all of it means the same.
      throw RefusedPicture.broken(
          "the %s cannot be decoded: %s".formatted(header.format(), reason(undecodable)));
    }
  }

  private static Bitmap readFrame(
      ByteString content, PictureHeader header, Place part, Sampling sampling)
      throws IOException, RefusedPicture {
    Iterator<ImageReader> readers = readers(header.format()).iterator();
    while (true) {
      ImageReader reader = readers.next();
      try {
        return readFrame(reader, content, header, part, sampling);
      } catch (RuntimeException notForThisReader) {
        // TwelveMonkeys' fails at TIFFs with a JPEG for each plane, the JDK's does not.
        if (!readers.hasNext()) {
          throw notForThisReader;
        }
      } finally {
        reader.dispose();
      }
    }
  }

  private static Bitmap readFrame(
      ImageReader reader, ByteString content, PictureHeader header, Place part, Sampling sampling)
      throws IOException, RefusedPicture {
    try (ImageInputStream input = new FileInput(content.toByteArray())) {
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
      if (width != header.first().width() || height != header.first().height()) {
        throw RefusedPicture.broken(
            "the %s says it is %d x %d and also %d x %d pixels"
                .formatted(
                    header.format(),
                    header.first().width(),
                    header.first().height(),
                    width,
                    height));
      }
      BufferedImage image = reader.read(0, wanted(reader, header, part, sampling));
      Optional<String> cutOff = warnings.stream().filter(PictureDecoder::tellsOfCut).findFirst();
      if (cutOff.isPresent()) {
        throw RefusedPicture.broken(
            "the %s is cut off: %s".formatted(header.format(), cutOff.get()));
      }
      Bitmap bitmap = Pixels.opaque(image);
      return header.format() == PictureFormat.PNG
          ? ColourProfile.applyPng(content, bitmap)
          : bitmap;
    }
  }

  /** TwelveMonkeys' reader first: it knows more of each format's oddities. */
  private static List<ImageReader> readers(PictureFormat format) {
    List<ImageReader> readers = new ArrayList<>();
    for (Iterator<ImageReader> all = ImageIO.getImageReadersByFormatName(format.name());
        all.hasNext(); ) {
      ImageReader next = all.next();
      if (next.getClass().getName().startsWith("com.twelvemonkeys.")) {
        readers.addFirst(next);
      } else {
        readers.add(next);
      }
    }
    if (readers.isEmpty()) {
      throw new IllegalStateException("no reader of " + format + " is installed");
    }
    return readers;
  }

  private static ImageReadParam wanted(
      ImageReader reader, PictureHeader header, Place part, Sampling sampling) throws IOException {
    ImageReadParam param = reader.getDefaultReadParam();
    param.setSourceRegion(
        new Rectangle(
            part.x() - header.first().x(),
            part.y() - header.first().y(),
            part.width(),
            part.height()));
    param.setSourceSubsampling(
        sampling.stepX(), sampling.stepY(), sampling.firstX(), sampling.firstY());
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
