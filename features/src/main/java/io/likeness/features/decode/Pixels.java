package io.likeness.features.decode;

import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * Whatever a reader made, as opaque sRGB; what shines through is white.
 *
 * <p>Grey is taken as it stands. Java's own conversion holds grey to be linear light and brightens
 * it, so a grey copy of a picture would look paler than the picture.
 */
final class Pixels {

  private static final int WHITE = 255;

  private Pixels() {}

  static Bitmap opaque(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    int[] rgb = new int[Math.multiplyExact(width, height)];
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel palette) {
      fromPalette(image.getRaster(), palette, rgb);
    } else if (isPlain(model, image.getRaster())) {
      fromSamples(image.getRaster(), model, rgb);
    } else {
      plain(image).getRGB(0, 0, width, height, rgb, 0, width);
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] = overWhite(rgb[i]);
      }
    }
    return new Bitmap(width, height, rgb);
  }

  /** The picture itself, or a copy of it in sRGB where its colours are meant by a profile. */
  private static BufferedImage plain(BufferedImage image) {
    ColorModel model = image.getColorModel();
    if (model.getColorSpace().isCS_sRGB()
        || model.getColorSpace().getType() == ColorSpace.TYPE_GRAY) {
      return image;
    }
    try {
      return ColourProfile.convert(image);
    } catch (CMMException | IllegalArgumentException damagedProfile) {
      return asItStands(image);
    }
  }

  /** Samples of red, green and blue taken for sRGB, whatever the profile wanted to say. */
  private static BufferedImage asItStands(BufferedImage image) {
    ColorModel model = image.getColorModel();
    if (!(model instanceof ComponentColorModel) || model.getNumColorComponents() != 3) {
      return image;
    }
    ColorModel plain =
        new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB),
            model.hasAlpha(),
            model.isAlphaPremultiplied(),
            model.getTransparency(),
            model.getTransferType());
    return new BufferedImage(plain, image.getRaster(), plain.isAlphaPremultiplied(), null);
  }

  /** Grey or sRGB in whole samples of 8 or 16 bits, with or without alpha. */
  private static boolean isPlain(ColorModel model, Raster raster) {
    if (!(model instanceof ComponentColorModel) || model.isAlphaPremultiplied()) {
      return false;
    }
    int type = raster.getTransferType();
    boolean whole = type == DataBuffer.TYPE_BYTE || type == DataBuffer.TYPE_USHORT;
    boolean grey = model.getColorSpace().getType() == ColorSpace.TYPE_GRAY;
    return whole && (grey || model.getColorSpace().isCS_sRGB());
  }

  private static void fromPalette(Raster raster, IndexColorModel palette, int[] rgb) {
    int size = palette.getMapSize();
    int[] colours = new int[size];
    palette.getRGBs(colours);
    for (int i = 0; i < size; i++) {
      colours[i] = overWhite(colours[i]);
    }
    int width = raster.getWidth();
    int[] row = new int[width];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, 0, row);
      for (int x = 0; x < width; x++) {
        // Files may name entries that their palette has not; black, as most viewers show them.
        rgb[y * width + x] = row[x] < size ? colours[row[x]] : 0;
      }
    }
  }

  private static void fromSamples(Raster raster, ColorModel model, int[] rgb) {
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    int shift = raster.getTransferType() == DataBuffer.TYPE_USHORT ? 8 : 0;
    boolean alpha = model.hasAlpha();
    boolean grey = bands - (alpha ? 1 : 0) == 1;
    int[] row = new int[width * bands];
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int at = x * bands;
        int red = row[at] >> shift;
        int green = grey ? red : row[at + 1] >> shift;
        int blue = grey ? red : row[at + 2] >> shift;
        int opacity = alpha ? row[at + bands - 1] >> shift : WHITE;
        rgb[y * width + x] = overWhite(opacity << 24 | red << 16 | green << 8 | blue);
      }
    }
  }

  private static int overWhite(int argb) {
    int alpha = argb >>> 24;
    if (alpha == 255) {
      return argb & 0xFFFFFF;
    }
    int red = blend(argb >> 16 & 0xFF, alpha);
    int green = blend(argb >> 8 & 0xFF, alpha);
    int blue = blend(argb & 0xFF, alpha);
    return red << 16 | green << 8 | blue;
  }

  private static int blend(int value, int alpha) {
    return (value * alpha + WHITE * (255 - alpha) + 127) / 255;
  }
}
