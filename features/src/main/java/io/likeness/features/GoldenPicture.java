package io.likeness.features;

import io.likeness.features.decode.Bitmap;

/**
 * A picture made by arithmetic alone, the same on every machine and in every release: discs,
 * stripes, a slope of colours and grain. What a model answers to it is written into its manifest,
 * so that a model that computes something else, on another machine or after somebody's conversion,
 * is found before its vectors are kept.
 *
 * <p>Never change it: every manifest in the world holds values of it.
 */
final class GoldenPicture {

  private static final int WIDTH = 320;
  private static final int HEIGHT = 240;

  private GoldenPicture() {}

  static Bitmap make() {
    int[] rgb = new int[WIDTH * HEIGHT];
    for (int y = 0; y < HEIGHT; y++) {
      for (int x = 0; x < WIDTH; x++) {
        rgb[y * WIDTH + x] = colour(x, y);
      }
    }
    return new Bitmap(WIDTH, HEIGHT, rgb);
  }

  private static int colour(int x, int y) {
    int red = 60 + x * 120 / WIDTH;
    int green = 200 - y * 140 / HEIGHT;
    int blue = 90 + (x + y) * 80 / (WIDTH + HEIGHT);
    if (within(x, y, 110, 100, 62)) {
      red = 210;
      green = 70;
      blue = 40;
      if (within(x, y, 128, 84, 20)) {
        red = 250;
        green = 225;
        blue = 120;
      }
    } else if (x >= 190 && x < 290 && y >= 60 && y < 190) {
      boolean stripe = (x - y + 1_000) / 12 % 2 == 0;
      red = stripe ? 30 : 235;
      green = stripe ? 60 : 235;
      blue = stripe ? 130 : 225;
    } else if (y > 205) {
      boolean check = (x / 16 + y / 16) % 2 == 0;
      red = green = blue = check ? 40 : 170;
    }
    int grain = grain(x, y);
    return clamp(red + grain) << 16 | clamp(green + grain) << 8 | clamp(blue + grain);
  }

  private static boolean within(int x, int y, int centreX, int centreY, int radius) {
    int dx = x - centreX;
    int dy = y - centreY;
    return dx * dx + dy * dy <= radius * radius;
  }

  /** -8 to 7, by the place alone. */
  private static int grain(int x, int y) {
    int mixed = x * 0x9E3779B1 ^ y * 0x85EBCA6B;
    mixed ^= mixed >>> 15;
    mixed *= 0x2C1B3C6D;
    mixed ^= mixed >>> 13;
    return (mixed & 15) - 8;
  }

  private static int clamp(int value) {
    return Math.clamp(value, 0, 255);
  }
}
