package io.likeness.bench.picture;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.Polygon;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;

/**
 * Pictures made from a seed: the same seed gives the same pixels, two seeds give pictures nobody
 * confuses. A gradient, shapes in loud colours over it, and a little noise, so that every kind of
 * feature (colour, edges, texture, layout) has something to hold on to.
 */
public final class Pictures {

  /** Sides of a picture where the caller names none: small enough to make thousands. */
  public static final int SIDE = 160;

  private static final int SHAPES_MIN = 6;
  private static final int SHAPES_SPAN = 8;
  private static final int NOISE = 12;

  private Pictures() {}

  public static byte[] jpeg(long seed) {
    return encode(draw(seed, SIDE, SIDE), "jpg");
  }

  public static byte[] png(long seed) {
    return encode(draw(seed, SIDE, SIDE), "png");
  }

  public static byte[] bmp(long seed) {
    return encode(draw(seed, SIDE, SIDE), "bmp");
  }

  public static BufferedImage draw(long seed, int width, int height) {
    SplittableRandom random = new SplittableRandom(seed * 0x9e3779b97f4a7c15L + 1);
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = picture.createGraphics();
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    g.setPaint(
        new GradientPaint(
            random.nextInt(width),
            0,
            colour(random),
            random.nextInt(width),
            height,
            colour(random)));
    g.fillRect(0, 0, width, height);
    int shapes = SHAPES_MIN + random.nextInt(SHAPES_SPAN);
    for (int i = 0; i < shapes; i++) {
      g.setColor(colour(random));
      int x = random.nextInt(width);
      int y = random.nextInt(height);
      int w = width / 10 + random.nextInt(Math.max(1, width / 2));
      int h = height / 10 + random.nextInt(Math.max(1, height / 2));
      switch (random.nextInt(3)) {
        case 0 -> g.fillRect(x - w / 2, y - h / 2, w, h);
        case 1 -> g.fillOval(x - w / 2, y - h / 2, w, h);
        default ->
            g.fillPolygon(
                new Polygon(
                    new int[] {x, x + w / 2, x - w / 2},
                    new int[] {y - h / 2, y + h / 2, y + h / 3},
                    3));
      }
    }
    g.dispose();
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int rgb = picture.getRGB(x, y);
        int shift = random.nextInt(2 * NOISE + 1) - NOISE;
        picture.setRGB(
            x,
            y,
            clamp((rgb >> 16 & 255) + shift) << 16
                | clamp((rgb >> 8 & 255) + shift) << 8
                | clamp((rgb & 255) + shift));
      }
    }
    return picture;
  }

  /** The file; {@code format} as ImageIO names it: jpg, png, bmp, gif. */
  public static byte[] encode(BufferedImage picture, String format) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(picture, format, out)) {
        throw new IllegalArgumentException("no writer for pictures as " + format);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** Two pictures of the same size side by side. */
  public static BufferedImage beside(BufferedImage left, BufferedImage right) {
    BufferedImage both =
        new BufferedImage(
            left.getWidth() + right.getWidth(), left.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D g = both.createGraphics();
    g.drawImage(left, 0, 0, null);
    g.drawImage(right, left.getWidth(), 0, null);
    g.dispose();
    return both;
  }

  private static Color colour(SplittableRandom random) {
    return Color.getHSBColor(
        random.nextInt(360) / 360f,
        0.3f + 0.7f * random.nextInt(100) / 100,
        0.2f + 0.8f * random.nextInt(100) / 100);
  }

  private static int clamp(int value) {
    return Math.clamp(value, 0, 255);
  }
}
