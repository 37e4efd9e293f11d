package io.likeness.features;

import com.google.protobuf.ByteString;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.awt.image.RescaleOp;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** What people do to pictures before they look for them. */
final class Edits {

  private Edits() {}

  static Map<String, UnaryOperator<BufferedImage>> all() {
    Map<String, UnaryOperator<BufferedImage>> edits = new LinkedHashMap<>();
    edits.put("JPEG 30", picture -> picture);
    edits.put("half size", picture -> scaled(picture, 0.5));
    edits.put("crop 80 %", picture -> cropped(picture, 0.8));
    edits.put("turn 10 degrees", picture -> turned(picture, 10));
    edits.put("30 % brighter", picture -> brighter(picture, 1.3f));
    edits.put("30 % darker", picture -> brighter(picture, 0.7f));
    edits.put("mirror", Edits::mirrored);
    edits.put("text bar", Edits::barred);
    return edits;
  }

  /** The quality an edit is saved with. */
  static float quality(String edit) {
    return edit.equals("JPEG 30") ? 0.3f : 0.85f;
  }

  static BufferedImage scaled(BufferedImage picture, double factor) {
    int width = Math.max(1, (int) Math.round(picture.getWidth() * factor));
    int height = Math.max(1, (int) Math.round(picture.getHeight() * factor));
    BufferedImage result = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = smooth(result);
    graphics.drawImage(picture, 0, 0, width, height, null);
    graphics.dispose();
    return result;
  }

  /** Keeps the middle: this part of the area's sides. */
  static BufferedImage cropped(BufferedImage picture, double part) {
    int width = (int) (picture.getWidth() * part);
    int height = (int) (picture.getHeight() * part);
    BufferedImage result = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = smooth(result);
    graphics.drawImage(
        picture, -(picture.getWidth() - width) / 2, -(picture.getHeight() - height) / 2, null);
    graphics.dispose();
    return result;
  }

  static BufferedImage turned(BufferedImage picture, double degrees) {
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

  static BufferedImage brighter(BufferedImage picture, float factor) {
    return new RescaleOp(factor, 0, null).filter(picture, null);
  }

  static BufferedImage mirrored(BufferedImage picture) {
    BufferedImage result =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = result.createGraphics();
    graphics.drawImage(
        picture, picture.getWidth(), 0, -picture.getWidth(), picture.getHeight(), null);
    graphics.dispose();
    return result;
  }

  private static BufferedImage barred(BufferedImage picture) {
    BufferedImage result = scaled(picture, 1);
    Graphics2D graphics = smooth(result);
    int bar = picture.getHeight() / 8;
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, picture.getHeight() - bar, picture.getWidth(), bar);
    graphics.setColor(Color.BLACK);
    for (int x = bar; x < picture.getWidth() - bar; x += bar) {
      graphics.fillRect(x, picture.getHeight() - bar * 3 / 4, bar / 2, bar / 2);
    }
    graphics.dispose();
    return result;
  }

  private static Graphics2D smooth(BufferedImage picture) {
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    return graphics;
  }

  static ByteString jpeg(BufferedImage picture, float quality) {
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
