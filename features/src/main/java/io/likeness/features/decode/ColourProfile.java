package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import java.awt.color.CMMException;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.ColorConvertOp;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferInt;
import java.awt.image.DirectColorModel;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * The colour profile inside a PNG, which the JDK's reader leaves alone, and the way from any
 * profile to sRGB. A profile that is damaged, too large or of another kind than its picture is as
 * good as none: viewers show such pictures, and so do we.
 */
final class ColourProfile {

  /** Monitors' and cameras' profiles are a tenth of it; printers' have no place in a PNG. */
  private static final int PROFILE_BYTES_MAX = 1 << 20;

  private static final int NAME_BYTES_MAX = 80;

  /** What a profile may change in a colour before it is worth changing the picture. */
  private static final int UNSEEN = 2;

  private ColourProfile() {}

  /** The pixels in sRGB, of a picture whose file is this PNG. */
  static Bitmap applyPng(ByteString content, Bitmap bitmap) {
    return ofPng(content).map(profile -> toSrgb(bitmap, profile)).orElse(bitmap);
  }

  private static Optional<ICC_Profile> ofPng(ByteString content) {
    long at = 8;
    while (at + 12 <= content.size()) {
      long length = Bytes.big32(content, (int) at);
      String name = Bytes.name(content, (int) at + 4);
      if (name.equals("iCCP")) {
        return profile(content.substring((int) at + 8, (int) (at + 8 + length)));
      }
      if (name.equals("IDAT")) {
        break;
      }
      at += 12 + length;
    }
    return Optional.empty();
  }

  /** A name, a zero, the method zero, and then what was deflated. */
  private static Optional<ICC_Profile> profile(ByteString chunk) {
    int end = 0;
    while (end < Math.min(chunk.size(), NAME_BYTES_MAX) && chunk.byteAt(end) != 0) {
      end++;
    }
    if (end + 2 > chunk.size()) {
      return Optional.empty();
    }
    return inflate(chunk.substring(end + 2).toByteArray()).flatMap(ColourProfile::read);
  }

  private static Optional<byte[]> inflate(byte[] deflated) {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(deflated);
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] part = new byte[8192];
      while (!inflater.finished()) {
        int count = inflater.inflate(part);
        if (count == 0 || out.size() + count > PROFILE_BYTES_MAX) {
          return Optional.empty();
        }
        out.write(part, 0, count);
      }
      return Optional.of(out.toByteArray());
    } catch (DataFormatException damaged) {
      return Optional.empty();
    } finally {
      inflater.end();
    }
  }

  private static Optional<ICC_Profile> read(byte[] bytes) {
    try {
      ICC_Profile profile = ICC_Profile.getInstance(bytes);
      return profile.getColorSpaceType() == ColorSpace.TYPE_RGB
          ? Optional.of(profile)
          : Optional.empty();
    } catch (RuntimeException damaged) {
      return Optional.empty();
    }
  }

  private static Bitmap toSrgb(Bitmap bitmap, ICC_Profile profile) {
    try {
      ICC_ColorSpace space = new ICC_ColorSpace(profile);
      if (isNearSrgb(space)) {
        return bitmap;
      }
      DirectColorModel model =
          new DirectColorModel(
              space, 24, 0xFF0000, 0x00FF00, 0x0000FF, 0, false, DataBuffer.TYPE_INT);
      int[] samples = bitmap.rgb();
      WritableRaster raster =
          Raster.createPackedRaster(
              new DataBufferInt(samples, samples.length),
              bitmap.width(),
              bitmap.height(),
              bitmap.width(),
              new int[] {0xFF0000, 0x00FF00, 0x0000FF},
              null);
      BufferedImage converted = convert(new BufferedImage(model, raster, false, null));
      int[] rgb = converted.getRGB(0, 0, bitmap.width(), bitmap.height(), null, 0, bitmap.width());
      for (int i = 0; i < rgb.length; i++) {
        rgb[i] &= 0xFFFFFF;
      }
      return new Bitmap(bitmap.width(), bitmap.height(), rgb);
    } catch (CMMException | IllegalArgumentException unusable) {
      return bitmap;
    }
  }

  /** Most profiles say sRGB in other words; a few colours tell. */
  private static boolean isNearSrgb(ICC_ColorSpace space) {
    for (int i = 0; i < 27; i++) {
      float[] colour = {i % 3 / 2f, i / 3 % 3 / 2f, i / 9 / 2f};
      float[] meant = space.toRGB(colour);
      for (int channel = 0; channel < 3; channel++) {
        if (Math.abs(meant[channel] - colour[channel]) * 255 > UNSEEN) {
          return false;
        }
      }
    }
    return true;
  }

  /** All pixels at once: one by one a profile costs a microsecond and more each. */
  static BufferedImage convert(BufferedImage image) {
    BufferedImage converted =
        new BufferedImage(
            image.getWidth(),
            image.getHeight(),
            image.getColorModel().hasAlpha()
                ? BufferedImage.TYPE_INT_ARGB
                : BufferedImage.TYPE_INT_RGB);
    return new ColorConvertOp(null).filter(image, converted);
  }
}
