package io.likeness.bench.quality;

import com.google.protobuf.ByteString;
import java.awt.AlphaComposite;
import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.RescaleOp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** What people do to a picture before somebody looks for its original. */
public enum Edit {
  JPEG_30,
  HALF_SIZE,
  CROP_80,
  CROP_60,
  TURN_10,
  BRIGHTER_30,
  DARKER_30,
  MIRROR,
  TEXT,
  BORDER,
  GREY;

  private static final float USUAL_QUALITY = 0.85f;

  /** The picture so changed; {@code random} chooses where an edit has a choice. */
  public BufferedImage apply(BufferedImage picture, SplittableRandom random) {
    return switch (this) {
      case JPEG_30 -> picture;
      case HALF_SIZE -> scaled(picture, 0.5);
      case CROP_80 -> cropped(picture, 0.8);
      case CROP_60 -> cropped(picture, 0.6);
      case TURN_10 -> turned(picture, 10);
      case BRIGHTER_30 -> new RescaleOp(1.3f, 0, null).filter(picture, null);
      case DARKER_30 -> new RescaleOp(0.7f, 0, null).filter(picture, null);
      case MIRROR -> mirrored(picture);
      case TEXT -> written(picture, random);
      case BORDER -> bordered(picture, random);
      case GREY -> grey(picture);
    };
  }

  /** The file somebody would save after this one edit. */
  public ByteString copy(BufferedImage picture, SplittableRandom random) {
    return jpeg(apply(picture, random), this == JPEG_30 ? 0.3f : USUAL_QUALITY);
  }

  /** The file after some different edits, one upon the other. */
  public static ByteString several(BufferedImage picture, int count, SplittableRandom random) {
    List<Edit> left = new ArrayList<>(List.of(values()));
    BufferedImage edited = picture;
    float quality = USUAL_QUALITY;
    for (int i = 0; i < count; i++) {
      Edit edit = left.remove(random.nextInt(left.size()));
      edited = edit.apply(edited, random);
      if (edit == JPEG_30) {
        quality = 0.3f;
      }
    }
    return jpeg(edited, quality);
  }

  /** As tables name it. */
  public String shown() {
    return switch (this) {
      case JPEG_30 -> "JPEG 30";
      case CROP_80 -> "crop 80 %";
      case CROP_60 -> "crop 60 %";
      case TURN_10 -> "turn 10°";
      case BRIGHTER_30 -> "30 % brighter";
      case DARKER_30 -> "30 % darker";
      case HALF_SIZE, MIRROR, TEXT, BORDER, GREY ->
          name().toLowerCase(Locale.ROOT).replace('_', ' ');
    };
  }

  /** A picture of a kind that every edit can work on. */
  public static BufferedImage plain(BufferedImage picture) {
    return scaled(picture, 1);
  }

  private static BufferedImage scaled(BufferedImage picture, double factor) {
    int width = Math.max(1, (int) Math.round(picture.getWidth() * factor));
    int height = Math.max(1, (int) Math.round(picture.getHeight() * factor));
    BufferedImage result = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = smooth(result);
    graphics.drawImage(picture, 0, 0, width, height, null);
    graphics.dispose();
    return result;
  }

  /** Keeps the middle, this part of the sides. */
  private static BufferedImage cropped(BufferedImage picture, double part) {
    int width = Math.max(1, (int) (picture.getWidth() * part));
    int height = Math.max(1, (int) (picture.getHeight() * part));
    BufferedImage result = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = smooth(result);
    graphics.drawImage(
        picture, -(picture.getWidth() - width) / 2, -(picture.getHeight() - height) / 2, null);
    graphics.dispose();
    return result;
  }

  /** Around the middle; the corners that come in are black. */
  private static BufferedImage turned(BufferedImage picture, double degrees) {
    BufferedImage result =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = smooth(result);
    graphics.setTransform(
        AffineTransform.getRotateInstance(
            Math.toRadians(degrees), picture.getWidth() / 2.0, picture.getHeight() / 2.0));
    graphics.drawImage(picture, 0, 0, null);
    graphics.dispose();
    return result;
  }

  private static BufferedImage mirrored(BufferedImage picture) {
    BufferedImage result =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = result.createGraphics();
    graphics.drawImage(
        picture, picture.getWidth(), 0, -picture.getWidth(), picture.getHeight(), null);
    graphics.dispose();
    return result;
  }

  /**
   * Two lines of large writing over the picture, half transparent, the second on a bar. Strokes and
   * not a font: every machine must draw the same.
   */
  private static BufferedImage written(BufferedImage picture, SplittableRandom random) {
    BufferedImage result = scaled(picture, 1);
    Graphics2D graphics = smooth(result);
    int width = picture.getWidth();
    int height = picture.getHeight();
    int letter = Math.max(4, height / 10);
    graphics.setComposite(AlphaComposite.getInstance(AlphaComposite.SRC_OVER, 0.6f));
    graphics.setColor(random.nextBoolean() ? Color.WHITE : Color.BLACK);
    line(graphics, width, height / 3, letter, random);
    graphics.setComposite(AlphaComposite.SrcOver);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, height - height / 8, width, height / 8);
    graphics.setColor(Color.BLACK);
    line(graphics, width, height - height / 10, Math.max(3, height / 14), random);
    graphics.dispose();
    return result;
  }

  private static void line(
      Graphics2D graphics, int width, int top, int letter, SplittableRandom random) {
    graphics.setStroke(new BasicStroke(Math.max(1f, letter / 6f)));
    for (int x = letter; x < width - letter; x += letter) {
      int right = x + letter * 2 / 3;
      int bottom = top + letter;
      switch (random.nextInt(4)) {
        case 0 -> graphics.drawOval(x, top, letter * 2 / 3, letter);
        case 1 -> {
          graphics.drawLine(x, top, x, bottom);
          graphics.drawLine(x, top, right, bottom);
          graphics.drawLine(right, top, right, bottom);
        }
        case 2 -> {
          graphics.drawLine(x, top, right, top);
          graphics.drawLine((x + right) / 2, top, (x + right) / 2, bottom);
        }
        default -> {
          graphics.drawLine(x, bottom, (x + right) / 2, top);
          graphics.drawLine((x + right) / 2, top, right, bottom);
        }
      }
    }
  }

  /** A frame around the picture, an eighth of its sides wide, white, black or of some colour. */
  private static BufferedImage bordered(BufferedImage picture, SplittableRandom random) {
    int across = Math.max(1, picture.getWidth() / 8);
    int down = Math.max(1, picture.getHeight() / 8);
    BufferedImage result =
        new BufferedImage(
            picture.getWidth() + 2 * across,
            picture.getHeight() + 2 * down,
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = result.createGraphics();
    graphics.setColor(
        switch (random.nextInt(3)) {
          case 0 -> Color.WHITE;
          case 1 -> Color.BLACK;
          default -> new Color(random.nextInt(1 << 24));
        });
    graphics.fillRect(0, 0, result.getWidth(), result.getHeight());
    graphics.drawImage(picture, across, down, null);
    graphics.dispose();
    return result;
  }

  private static BufferedImage grey(BufferedImage picture) {
    BufferedImage result = scaled(picture, 1);
    for (int y = 0; y < result.getHeight(); y++) {
      for (int x = 0; x < result.getWidth(); x++) {
        int rgb = result.getRGB(x, y);
        int grey =
            (299 * (rgb >> 16 & 255) + 587 * (rgb >> 8 & 255) + 114 * (rgb & 255) + 500) / 1000;
        result.setRGB(x, y, grey << 16 | grey << 8 | grey);
      }
    }
    return result;
  }

  private static Graphics2D smooth(BufferedImage picture) {
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    return graphics;
  }

  private static ByteString jpeg(BufferedImage picture, float quality) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(quality);
      writer.setOutput(output);
      writer.write(null, new IIOImage(picture, null, null), param);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } finally {
      writer.dispose();
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }
}
