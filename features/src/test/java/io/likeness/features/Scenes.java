package io.likeness.features;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.Random;

/** Drawn pictures that differ as photos do: a ground, a subject of several shapes, some texture. */
final class Scenes {

  private Scenes() {}

  static BufferedImage scene(long seed) {
    return scene(seed, 320, 240);
  }

  static BufferedImage scene(long seed, int width, int height) {
    Random random = new Random(seed);
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
    graphics.setPaint(new GradientPaint(0, 0, colour(random), width, height, colour(random)));
    graphics.fillRect(0, 0, width, height);
    int shapes = 4 + random.nextInt(5);
    for (int i = 0; i < shapes; i++) {
      graphics.setColor(colour(random));
      graphics.setStroke(new BasicStroke(1 + random.nextInt(12)));
      int x = random.nextInt(width);
      int y = random.nextInt(height);
      int w = width / 8 + random.nextInt(width / 2);
      int h = height / 8 + random.nextInt(height / 2);
      switch (random.nextInt(4)) {
        case 0 -> graphics.fillOval(x - w / 2, y - h / 2, w, h);
        case 1 -> graphics.fillRect(x - w / 2, y - h / 2, w, h);
        case 2 -> graphics.drawLine(x, y, random.nextInt(width), random.nextInt(height));
        default -> graphics.drawOval(x - w / 2, y - h / 2, w, h);
      }
    }
    graphics.dispose();
    return picture;
  }

  private static Color colour(Random random) {
    return Color.getHSBColor(
        random.nextFloat(), random.nextFloat(), 0.2f + 0.7f * random.nextFloat());
  }
}
