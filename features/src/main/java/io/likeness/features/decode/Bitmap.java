package io.likeness.features.decode;

/**
 * Decoded pixels, opaque sRGB, row by row from the top left: 0xRRGGBB. The array is seen only by
 * hot loops, which must not write to it.
 */
public final class Bitmap {

  private final int width;
  private final int height;
  private final int[] rgb;

  public Bitmap(int width, int height, int[] rgb) {
    if (width < 1 || height < 1 || (long) width * height != rgb.length) {
      throw new IllegalArgumentException(
          "%d pixels are no bitmap of %d x %d".formatted(rgb.length, width, height));
    }
    this.width = width;
    this.height = height;
    this.rgb = rgb;
  }

  public int width() {
    return width;
  }

  public int height() {
    return height;
  }

  public int[] rgb() {
    return rgb;
  }

  Bitmap mirrored() {
    int[] turned = new int[rgb.length];
    for (int y = 0; y < height; y++) {
      int row = y * width;
      for (int x = 0; x < width; x++) {
        turned[row + x] = rgb[row + width - 1 - x];
      }
    }
    return new Bitmap(width, height, turned);
  }

  Bitmap turnedClockwise() {
    int turnedWidth = height;
    int turnedHeight = width;
    int[] turned = new int[rgb.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        turned[x * turnedWidth + (turnedWidth - 1 - y)] = rgb[y * width + x];
      }
    }
    return new Bitmap(turnedWidth, turnedHeight, turned);
  }
}
