package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.LinkedHashMap;
import java.util.Map;

/** One picture in all the ways it may be written. */
public final class Variants {

  static final int RED = 0xC81E1E;
  static final int GREEN = 0x1EC81E;
  static final int BLUE = 0x1E1EC8;
  static final int WHITE = 0xFFFFFF;

  private Variants() {}

  /** The same picture in every format and variant there is a writer for. */
  public static Map<String, ByteString> all() {
    BufferedImage picture = quarters();
    Map<String, ByteString> files = new LinkedHashMap<>();
    files.put("JPEG", PictureFiles.write(picture, "jpeg"));
    files.put("JPEG progressive", PictureFiles.progressiveJpeg(picture));
    files.put("PNG", PictureFiles.write(picture, "png"));
    files.put("BMP", PictureFiles.write(picture, "bmp"));
    files.put("GIF", PictureFiles.write(picture, "gif"));
    files.put("WebP lossless", WebpFiles.lossless(picture));
    files.put(
        "WebP extended",
        WebpFiles.extended(0, 60, 40, WebpFiles.chunk("VP8L", WebpFiles.losslessStream(picture))));
    files.put(
        "WebP animated",
        WebpFiles.extended(
            WebpFiles.WITH_ANIMATION,
            60,
            40,
            WebpFiles.animationHead()
                .concat(WebpFiles.frame(0, 0, picture))
                .concat(WebpFiles.frame(0, 0, grey(60, 40)))));
    files.put("TIFF", PictureFiles.tiff(picture, 1));
    files.put("TIFF with a JPEG for each plane", PictureFiles.tiffPlanes(picture));
    for (String compression : new String[] {"LZW", "PackBits", "ZLib", "Deflate", "JPEG"}) {
      files.put("TIFF " + compression, PictureFiles.tiffCompressed(picture, compression));
    }
    files.put("PPM", PictureFiles.ppm(picture, true, 255));
    files.put("PPM 16 bits", PictureFiles.ppm(picture, true, 65_535));
    files.put("PPM text", PictureFiles.ppmText(picture, true));
    return files;
  }

  /** 60 x 40: red and green above, blue and white below. */
  static BufferedImage quarters() {
    BufferedImage picture = new BufferedImage(60, 40, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    int[] colours = {RED, GREEN, BLUE, WHITE};
    for (int i = 0; i < 4; i++) {
      graphics.setColor(new Color(colours[i]));
      graphics.fillRect(i % 2 * 30, i / 2 * 20, 30, 20);
    }
    graphics.dispose();
    return picture;
  }

  static BufferedImage grey(int width, int height) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setColor(new Color(0x808080));
    graphics.fillRect(0, 0, width, height);
    graphics.dispose();
    return picture;
  }
}
