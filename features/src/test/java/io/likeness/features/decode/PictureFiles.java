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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
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
    return withJpegSegment(
        jpeg, 0xE1, ByteString.copyFromUtf8("Exif\0\0").concat(exif(orientation)));
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
    return fourChannelJpeg(width, height, new int[] {0, 0, 255, 255}, 0);
  }

  /** Four channels of these samples; {@code transform} is what Adobe's marker says of them. */
  static ByteString fourChannelJpeg(int width, int height, int[] samples, int transform) {
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, width, height, 4, new Point());
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        raster.setPixel(x, y, samples);
      }
    }
    ImageWriter writer = jdkWriter("jpeg");
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
    byte[] adobe = {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform};
    return withJpegSegment(jpeg, 0xEE, ByteString.copyFrom(adobe));
  }

  /** As bytes: P6, or P5 of the red samples. */
  static ByteString ppm(BufferedImage picture, boolean colour, int most) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(
        "P%d # made here\n%d %d\n%d\n"
            .formatted(colour ? 6 : 5, picture.getWidth(), picture.getHeight(), most)
            .getBytes(StandardCharsets.US_ASCII));
    forEachSample(
        picture,
        colour,
        sample -> {
          int value = sample * most / 255;
          if (most > 255) {
            bytes.write(value >> 8);
          }
          bytes.write(value);
        });
    return ByteString.copyFrom(bytes.toByteArray());
  }

  /** As text: P3, or P2 of the red samples. */
  static ByteString ppmText(BufferedImage picture, boolean colour) {
    StringBuilder text = new StringBuilder();
    text.append(
        "P%d\n%d\t%d # made here\n255\n"
            .formatted(colour ? 3 : 2, picture.getWidth(), picture.getHeight()));
    forEachSample(picture, colour, sample -> text.append(sample).append('\n'));
    return ByteString.copyFromUtf8(text.toString());
  }

  private static void forEachSample(BufferedImage picture, boolean colour, IntConsumer taker) {
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int rgb = picture.getRGB(x, y);
        taker.accept(rgb >> 16 & 0xFF);
        if (colour) {
          taker.accept(rgb >> 8 & 0xFF);
          taker.accept(rgb & 0xFF);
        }
      }
    }
  }

  /** Two frames: the first red and somewhere on the canvas, the second all over it. */
  static ByteString gif(int width, int height, Place first) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes("GIF89a".getBytes(StandardCharsets.US_ASCII));
    little16(bytes, width);
    little16(bytes, height);
    // Two colours: green and red.
    bytes.writeBytes(new byte[] {(byte) 0x80, 0, 0});
    bytes.writeBytes(new byte[] {0x1E, (byte) 0xC8, 0x1E, (byte) 0xC8, 0x1E, 0x1E});
    gifFrame(bytes, first, 1);
    gifFrame(bytes, new Place(0, 0, width, height), 0);
    bytes.write(0x3B);
    return ByteString.copyFrom(bytes.toByteArray());
  }

  private static void gifFrame(ByteArrayOutputStream bytes, Place place, int colour) {
    bytes.write(0x2C);
    little16(bytes, place.x());
    little16(bytes, place.y());
    little16(bytes, place.width());
    little16(bytes, place.height());
    bytes.write(0);
    // Codes of eight bits, the table cleared before it could grow beyond them.
    bytes.write(7);
    int pixels = place.width() * place.height();
    while (pixels > 0) {
      int part = Math.min(pixels, 120);
      bytes.write(1 + part);
      bytes.write(0x80);
      for (int i = 0; i < part; i++) {
        bytes.write(colour);
      }
      pixels -= part;
    }
    bytes.writeBytes(new byte[] {1, (byte) 0x81, 0});
  }

  /** Uncompressed, one strip, most significant byte first. */
  static ByteString tiff(BufferedImage picture, int orientation) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      int data = 8 + 2 + 10 * 12 + 4 + 6;
      out.writeInt(0x4D4D002A);
      out.writeInt(8);
      out.writeShort(10);
      tiffEntry(out, 256, 4, 1, picture.getWidth());
      tiffEntry(out, 257, 4, 1, picture.getHeight());
      tiffEntry(out, 258, 3, 3, data - 6);
      tiffEntry(out, 259, 3, 1, 1 << 16);
      tiffEntry(out, 262, 3, 1, 2 << 16);
      tiffEntry(out, 273, 4, 1, data);
      tiffEntry(out, 274, 3, 1, orientation << 16);
      tiffEntry(out, 277, 3, 1, 3 << 16);
      tiffEntry(out, 278, 4, 1, picture.getHeight());
      tiffEntry(out, 279, 4, 1, 3 * picture.getWidth() * picture.getHeight());
      out.writeInt(0);
      for (int i = 0; i < 3; i++) {
        out.writeShort(8);
      }
      ByteArrayOutputStream samples = new ByteArrayOutputStream();
      forEachSample(picture, true, samples::write);
      out.write(samples.toByteArray());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }

  /** Planes of red, green, blue and an alpha that covers all, each a JPEG of its own. */
  static ByteString tiffPlanes(BufferedImage picture) {
    int width = picture.getWidth();
    int height = picture.getHeight();
    List<ByteString> planes = new ArrayList<>();
    for (int shift = 16; shift >= -8; shift -= 8) {
      BufferedImage plane = new BufferedImage(width, height, BufferedImage.TYPE_BYTE_GRAY);
      for (int i = 0; i < width * height; i++) {
        int sample = shift < 0 ? 255 : picture.getRGB(i % width, i / width) >> shift & 0xFF;
        plane.getRaster().setSample(i % width, i / width, 0, sample);
      }
      planes.add(write(plane, "jpeg"));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      int lists = 8 + 2 + 11 * 12 + 4;
      out.writeInt(0x4D4D002A);
      out.writeInt(8);
      out.writeShort(11);
      tiffEntry(out, 256, 4, 1, width);
      tiffEntry(out, 257, 4, 1, height);
      tiffEntry(out, 258, 3, 4, lists);
      tiffEntry(out, 259, 3, 1, 7 << 16);
      tiffEntry(out, 262, 3, 1, 2 << 16);
      tiffEntry(out, 273, 4, 4, lists + 8);
      tiffEntry(out, 277, 3, 1, 4 << 16);
      tiffEntry(out, 278, 4, 1, height);
      tiffEntry(out, 279, 4, 4, lists + 8 + 16);
      tiffEntry(out, 284, 3, 1, 2 << 16);
      tiffEntry(out, 338, 3, 1, 2 << 16);
      out.writeInt(0);
      for (int i = 0; i < 4; i++) {
        out.writeShort(8);
      }
      int at = lists + 8 + 16 + 16;
      for (ByteString plane : planes) {
        out.writeInt(at);
        at += plane.size();
      }
      for (ByteString plane : planes) {
        out.writeInt(plane.size());
      }
      for (ByteString plane : planes) {
        plane.writeTo(out);
      }
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }

  private static void tiffEntry(DataOutputStream out, int tag, int type, int count, int value)
      throws IOException {
    out.writeShort(tag);
    out.writeShort(type);
    out.writeInt(count);
    out.writeInt(value);
  }

  /** By the JDK's writer, with one of its compressions. */
  static ByteString tiffCompressed(BufferedImage picture, String compression) {
    return compressed(picture, "tiff", compression);
  }

  static ByteString compressed(BufferedImage picture, String format, String compression) {
    return written(
        picture,
        format,
        param -> {
          param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
          param.setCompressionType(compression);
        });
  }

  static ByteString progressiveJpeg(BufferedImage picture) {
    return progressive(picture, "jpeg");
  }

  /** In several passes, each finer than the one before. */
  static ByteString progressive(BufferedImage picture, String format) {
    return written(
        picture, format, param -> param.setProgressiveMode(ImageWriteParam.MODE_DEFAULT));
  }

  static ByteString tiffTiled(BufferedImage picture) {
    return written(
        picture,
        "tiff",
        param -> {
          param.setTilingMode(ImageWriteParam.MODE_EXPLICIT);
          param.setTiling(16, 16, 0, 0);
        });
  }

  private static ByteString written(
      BufferedImage picture, String format, Consumer<ImageWriteParam> how) {
    ImageWriter writer = jdkWriter(format);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream output = new MemoryCacheImageOutputStream(bytes)) {
      writer.setOutput(output);
      ImageWriteParam param = writer.getDefaultWriteParam();
      how.accept(param);
      writer.write(null, new IIOImage(picture, null, null), param);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    } finally {
      writer.dispose();
    }
    return ByteString.copyFrom(bytes.toByteArray());
  }

  /** The JDK's own: it writes rasters of four bands as they are. */
  private static ImageWriter jdkWriter(String format) {
    var writers = ImageIO.getImageWritersByFormatName(format);
    while (writers.hasNext()) {
      ImageWriter next = writers.next();
      if (next.getClass().getName().startsWith("com.sun")) {
        return next;
      }
    }
    throw new IllegalStateException("the JDK has no writer of " + format);
  }

  /** A PNG's, right after its header; the profile deflated or whatever one likes. */
  static ByteString withPngChunk(ByteString png, String name, byte[] data) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      chunk(out, name, data);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    int afterHeader = 8 + 12 + 13;
    return png.substring(0, afterHeader)
        .concat(ByteString.copyFrom(bytes.toByteArray()))
        .concat(png.substring(afterHeader));
  }

  /** The payload of a PNG's iCCP chunk. */
  static byte[] pngProfile(byte[] profile) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(new byte[] {'p', 0, 0});
    try (DeflaterOutputStream deflating = new DeflaterOutputStream(bytes)) {
      deflating.write(profile);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return bytes.toByteArray();
  }

  static ByteString withJpegSegment(ByteString jpeg, int marker, ByteString payload) {
    int length = 2 + payload.size();
    byte[] head = {(byte) 0xFF, (byte) marker, (byte) (length >> 8), (byte) length};
    return jpeg.substring(0, 2)
        .concat(ByteString.copyFrom(head))
        .concat(payload)
        .concat(jpeg.substring(2));
  }

  /** What EXIF says of the orientation and nothing else: a TIFF without a picture. */
  static ByteString exif(int orientation) {
    return ByteString.copyFrom(
        new byte[] {
          'M',
          'M',
          0,
          42,
          0,
          0,
          0,
          8,
          0,
          1, //
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
          0, //
          0,
          0,
          0,
          0
        });
  }

  private static void little16(ByteArrayOutputStream bytes, int value) {
    bytes.write(value);
    bytes.write(value >> 8);
  }
}
