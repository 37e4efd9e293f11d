import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.image.BufferedImage;
import java.io.File;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;

/**
 * Draws the pictures of this folder, the same ones at every run: {@code java docs/examples/Draw.java
 * docs/examples}. Two lighthouses, two mugs and two boats, so that a search has something to find.
 */
final class Draw {

  private static final int WIDTH = 320;
  private static final int HEIGHT = 240;

  private final BufferedImage image = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
  private final Graphics2D g = image.createGraphics();
  private final Random random;

  private Draw(long seed) {
    random = new Random(seed);
    g.setRenderingHint(RenderingHints.KEY_ANTIALIASING, RenderingHints.VALUE_ANTIALIAS_ON);
  }

  public static void main(String[] args) throws IOException {
    File folder = new File(args[0]);
    new Draw(1).lighthouse(new Color(92, 160, 214), new Color(214, 236, 246)).write(folder, "lighthouse.jpg");
    new Draw(2).lighthouse(new Color(60, 44, 92), new Color(244, 150, 92)).write(folder, "lighthouse-evening.jpg");
    new Draw(3).mug(new Color(196, 48, 44), new Color(232, 222, 204)).write(folder, "mug-red.jpg");
    new Draw(4).mug(new Color(38, 92, 160), new Color(224, 226, 214)).write(folder, "mug-blue.jpg");
    new Draw(5).boats(1, new Color(120, 190, 226)).write(folder, "boat.jpg");
    new Draw(6).boats(3, new Color(150, 178, 196)).write(folder, "boats.png");
    new Draw(7).forest().write(folder, "forest.jpg");
    new Draw(8).balloon().write(folder, "balloon.png");
  }

  private void write(File folder, String name) throws IOException {
    ImageIO.write(image, name.substring(name.lastIndexOf('.') + 1), new File(folder, name));
  }

  private void sky(Color top, Color bottom, int horizon) {
    g.setPaint(new GradientPaint(0, 0, top, 0, horizon, bottom));
    g.fillRect(0, 0, WIDTH, horizon);
  }

  private void clouds(int count, int below) {
    for (int i = 0; i < count; i++) {
      int x = random.nextInt(WIDTH);
      int y = random.nextInt(below);
      g.setColor(new Color(255, 255, 255, 110));
      for (int puff = 0; puff < 5; puff++) {
        g.fill(new Ellipse2D.Double(x + puff * 14, y + random.nextInt(9), 30, 18));
      }
    }
  }

  private void sea(Color colour, int horizon) {
    g.setPaint(new GradientPaint(0, horizon, colour, 0, HEIGHT, colour.darker().darker()));
    g.fillRect(0, horizon, WIDTH, HEIGHT - horizon);
    g.setColor(new Color(255, 255, 255, 60));
    for (int i = 0; i < 60; i++) {
      int y = horizon + 4 + random.nextInt(HEIGHT - horizon);
      g.drawLine(random.nextInt(WIDTH), y, random.nextInt(WIDTH) / 8 + random.nextInt(WIDTH), y);
    }
  }

  private Draw lighthouse(Color top, Color bottom) {
    sky(top, bottom, 170);
    clouds(4, 80);
    sea(new Color(46, 104, 140), 165);
    g.setColor(new Color(84, 72, 60));
    polygon(120, 240, 160, 180, 240, 172, 320, 196, 320, 240);
    for (int stripe = 0; stripe < 6; stripe++) {
      g.setColor(stripe % 2 == 0 ? new Color(208, 44, 40) : Color.WHITE);
      int y = 70 + stripe * 18;
      double narrow = 14 + stripe * 1.6;
      double wide = 14 + (stripe + 1) * 1.6;
      polygon(220 - narrow, y, 220 + narrow, y, 220 + wide, y + 18, 220 - wide, y + 18);
    }
    g.setColor(new Color(40, 40, 48));
    g.fillRect(202, 64, 36, 6);
    g.setColor(new Color(255, 226, 120));
    g.fillRect(210, 46, 20, 18);
    g.setColor(new Color(160, 32, 32));
    polygon(204, 46, 220, 28, 236, 46);
    g.setColor(new Color(255, 240, 170, 90));
    polygon(210, 55, 0, 20, 0, 70);
    return this;
  }

  private Draw mug(Color colour, Color wall) {
    g.setPaint(new GradientPaint(0, 0, wall, WIDTH, 0, wall.darker()));
    g.fillRect(0, 0, WIDTH, HEIGHT);
    g.setColor(new Color(140, 98, 62));
    g.fillRect(0, 170, WIDTH, 70);
    g.setColor(new Color(112, 76, 48));
    for (int y = 178; y < HEIGHT; y += 14) {
      g.drawLine(0, y, WIDTH, y + random.nextInt(7) - 3);
    }
    g.setColor(new Color(0, 0, 0, 60));
    g.fill(new Ellipse2D.Double(90, 182, 150, 26));
    g.setStroke(new BasicStroke(12));
    g.setColor(colour.darker());
    g.draw(new Ellipse2D.Double(184, 104, 52, 60));
    g.setPaint(new GradientPaint(100, 0, colour.brighter(), 210, 0, colour.darker()));
    g.fillRect(100, 90, 110, 90);
    g.fill(new Ellipse2D.Double(100, 168, 110, 28));
    g.setColor(colour.brighter());
    g.fill(new Ellipse2D.Double(100, 76, 110, 28));
    g.setColor(new Color(64, 38, 22));
    g.fill(new Ellipse2D.Double(108, 80, 94, 20));
    g.setStroke(new BasicStroke(3));
    g.setColor(new Color(255, 255, 255, 120));
    for (int i = 0; i < 3; i++) {
      Path2D steam = new Path2D.Double();
      steam.moveTo(130 + i * 24, 72);
      steam.curveTo(116 + i * 24, 52, 146 + i * 24, 44, 130 + i * 24, 20);
      g.draw(steam);
    }
    return this;
  }

  private Draw boats(int count, Color sky) {
    sky(sky, new Color(240, 244, 238), 120);
    clouds(5, 70);
    sea(new Color(30, 112, 150), 120);
    for (int i = 0; i < count; i++) {
      double size = count == 1 ? 1.5 : 0.6 + 0.3 * i;
      AffineTransform before = g.getTransform();
      g.translate(count == 1 ? 150 : 60 + i * 95, 140 + i * 24);
      g.scale(size, size);
      g.setColor(new Color(120, 60, 34));
      polygon(-36, 0, 40, 0, 28, 16, -26, 16);
      g.fillRect(-1, -70, 3, 70);
      g.setColor(Color.WHITE);
      polygon(4, -68, 4, -6, 38, -6);
      g.setColor(new Color(226, 92, 50));
      polygon(-4, -60, -4, -6, -30, -6);
      g.setTransform(before);
    }
    return this;
  }

  private Draw forest() {
    sky(new Color(188, 216, 220), new Color(232, 238, 220), 150);
    g.setColor(new Color(126, 148, 150));
    polygon(0, 130, 70, 60, 130, 120, 210, 46, 320, 130, 320, 160, 0, 160);
    g.setColor(new Color(66, 92, 48));
    g.fillRect(0, 150, WIDTH, 90);
    for (int i = 0; i < 46; i++) {
      int x = random.nextInt(WIDTH);
      int y = 150 + i * 2;
      int tall = 34 + i;
      int green = 60 + random.nextInt(50);
      g.setColor(new Color(70, 48, 30));
      g.fillRect(x - 2, y, 5, 10);
      g.setColor(new Color(22, green, 38));
      for (int layer = 0; layer < 3; layer++) {
        int lift = layer * tall / 4;
        int half = tall / 3 - layer * 4;
        polygon(x - half, y - lift, x + half, y - lift, x, y - lift - tall / 2.0);
      }
    }
    return this;
  }

  private Draw balloon() {
    sky(new Color(70, 140, 210), new Color(206, 230, 244), 240);
    clouds(8, 200);
    g.setColor(new Color(94, 140, 72));
    polygon(0, 214, 90, 196, 200, 212, 320, 192, 320, 240, 0, 240);
    Color[] colours = {
      new Color(220, 52, 60), new Color(246, 190, 50), new Color(60, 130, 200), Color.WHITE
    };
    for (int band = 0; band < 8; band++) {
      double half = 62 * Math.cos(band * Math.PI / 16);
      g.setColor(colours[band % colours.length]);
      g.fill(new Ellipse2D.Double(160 - half, 24, half * 2, 124));
    }
    g.setColor(new Color(60, 44, 30));
    g.setStroke(new BasicStroke(1.5f));
    g.drawLine(132, 138, 148, 178);
    g.drawLine(188, 138, 172, 178);
    g.setColor(new Color(140, 92, 48));
    g.fillRect(146, 178, 28, 18);
    return this;
  }

  private void polygon(double... points) {
    Path2D path = new Path2D.Double();
    path.moveTo(points[0], points[1]);
    for (int i = 2; i < points.length; i += 2) {
      path.lineTo(points[i], points[i + 1]);
    }
    path.closePath();
    g.fill(path);
  }
}
