package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import java.awt.Point;
import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Picture files made in memory, sound and otherwise. */
final class PictureFiles {

  private PictureFiles() {}

  static ByteString write(BufferedImage picture, String format) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(picture, format, bytes)) {
        throw new IllegalArgumentException("no writer of " + format + " takes this picture");
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }

  static BufferedImage noise(int width, int height, Random random) {
    BufferedImage picture = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        picture.setRGB(x, y, random.nextInt(1 << 24));
      }
    }
    return picture;
  }

  /** 16 bits a sample, all of it orange. */
  static ByteString deepPng(int width, int height) {
    ColorSpace space = ColorSpace.getInstance(ColorSpace.CS_sRGB);
    ComponentColorModel model =
        new ComponentColorModel(space, false, false, Transparency.OPAQUE, DataBuffer.TYPE_USHORT);
    WritableRaster raster = model.createCompatibleWritableRaster(width, height);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        raster.setPixel(x, y, new int[] {0xFFFF, 0x8000, 0});
      }
    }
    return write(new BufferedImage(model, raster, false, null), "png");
  }

  /** The picture as a camera held that way would have stored it. */
  static BufferedImage stored(BufferedImage upright, int orientation) {
    boolean swapped = orientation >= 5;
    int width = swapped ? upright.getHeight() : upright.getWidth();
    int height = swapped ? upright.getWidth() : upright.getHeight();
    BufferedImage stored = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int right = width - 1 - x;
        int below = height - 1 - y;
        // Where EXIF says the stored pixel belongs, written out for each case.
        int[] shown =
            switch (orientation) {
              case 2 -> new int[] {right, y};
              case 3 -> new int[] {right, below};
              case 4 -> new int[] {x, below};
              case 5 -> new int[] {y, x};
              case 6 -> new int[] {below, x};
              case 7 -> new int[] {below, right};
              case 8 -> new int[] {y, right};
              default -> new int[] {x, y};
            };
        stored.setRGB(x, y, upright.getRGB(shown[0], shown[1]));
      }
    }
    return stored;
  }

  /** A JPEG with an EXIF block that holds the orientation and nothing else. */
  static ByteString withOrientation(BufferedImage stored, int orientation) {
    ByteString jpeg = write(stored, "jpeg");
    byte[] exif = {
      (byte) 0xFF,
      (byte) 0xE1,
      0,
      34,
      'E',
      'x',
      'i',
      'f',
      0,
      0, //
      'M',
      'M',
      0,
      42,
      0,
      0,
      0,
      8, // TIFF head, directory at 8
      0,
      1,
      0x01,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      (byte) orientation,
      0,
      0, // one entry
      0,
      0,
      0,
      0
    };
    return jpeg.substring(0, 2).concat(ByteString.copyFrom(exif)).concat(jpeg.substring(2));
  }

  /** A PNG that claims a size and has one byte of picture. */
  static ByteString pngHeaderOnly(int width, int height) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream output = new DataOutputStream(bytes)) {
      output.writeLong(0x89504E470D0A1A0AL);
      ByteArrayOutputStream header = new ByteArrayOutputStream();
      try (DataOutputStream fields = new DataOutputStream(header)) {
        fields.writeInt(width);
        fields.writeInt(height);
        fields.write(new byte[] {8, 2, 0, 0, 0});
      }
      chunk(output, "IHDR", header.toByteArray());
      chunk(output, "IDAT", new byte[] {0});
      chunk(output, "IEND", new byte[0]);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }

  private static void chunk(DataOutputStream output, String name, byte[] data) throws IOException {
    byte[] named = ByteString.copyFromUtf8(name).concat(ByteString.copyFrom(data)).toByteArray();
    CRC32 sum = new CRC32();
    sum.update(named);
    output.writeInt(data.length);
    output.write(named);
    output.writeInt((int) sum.getValue());
  }

  /** A JPEG whose only scan is repeated. */
  static ByteString jpegWithScans(int scans) {
    ByteString jpeg = write(new BufferedImage(16, 16, BufferedImage.TYPE_INT_RGB), "jpeg");
    int scan = 0;
    while (jpeg.byteAt(scan) != (byte) 0xFF || jpeg.byteAt(scan + 1) != (byte) 0xDA) {
      scan++;
    }
    int end = jpeg.size() - 2;
    ByteString repeated = jpeg.substring(0, scan);
    for (int i = 0; i < scans; i++) {
      repeated = repeated.concat(jpeg.substring(scan, end));
    }
    return repeated.concat(jpeg.substring(end));
  }

  /** Four channels of ink, cyan and magenta full, inverted as Adobe's programs write them. */
  static ByteString cmykJpeg(int width, int height) {
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 4, new Point());
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        raster.setPixel(x, y, new int[] {0, 0, 255, 255});
      }
    }
    ImageWriter writer = null;
    var writers = ImageIO.getImageWritersByFormatName("jpeg");
    while (writers.hasNext()) {
      ImageWriter next = writers.next();
      // The JDK's own writes rasters of four bands as they are.
      if (next.getClass().getName().startsWith("com.sun")) {
        writer = next;
      }
    }
    if (writer == null) {
      throw new IllegalStateException("the JDK has no JPEG writer");
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(output);
      writer.write(null, new IIOImage(raster, null, null), null);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } finally {
      writer.dispose();
    }
    ByteString jpeg = ByteString.copyFrom(bytes.toByteArray());
    byte[] adobe = {
      (byte) 0xFF, (byte) 0xEE, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0
    };
    return jpeg.substring(0, 2).concat(ByteString.copyFrom(adobe)).concat(jpeg.substring(2));
  }
}
