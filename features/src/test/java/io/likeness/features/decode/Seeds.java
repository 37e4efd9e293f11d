package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Files that a search for harmful ones begins with: every way of the decoders that a writer or a
 * few lines here can reach, so that chance has to find only what lies beyond. All are small.
 */
public final class Seeds {

  private static final int SEED = 1;

  private Seeds() {}

  public static List<ByteString> all() {
    List<ByteString> files = new ArrayList<>(Variants.all().values());
    BufferedImage picture = Variants.quarters();
    addJpegs(files, picture);
    addPngs(files, picture);
    addBmpsAndGifs(files, picture);
    addTiffs(files, picture);
    addWebps(files, picture);
    files.add(PictureFiles.ppm(picture, false, 255));
    files.add(PictureFiles.ppmText(picture, false));
    return files;
  }

  private static ByteString profile() {
    return ByteString.copyFrom(ICC_Profile.getInstance(ColorSpace.CS_GRAY).getData());
  }

  private static BufferedImage as(BufferedImage picture, int type) {
    BufferedImage other = new BufferedImage(picture.getWidth(), picture.getHeight(), type);
    for (int y = 0; y < picture.getHeight(); y++) {
      for (int x = 0; x < picture.getWidth(); x++) {
        int alpha = x < 10 ? 0x40000000 : 0xFF000000;
        other.setRGB(x, y, picture.getRGB(x, y) & 0xFFFFFF | alpha);
      }
    }
    return other;
  }

  private static void addJpegs(List<ByteString> files, BufferedImage picture) {
    BufferedImage grey = as(picture, BufferedImage.TYPE_BYTE_GRAY);
    ByteString jpeg = PictureFiles.write(picture, "jpeg");
    files.add(PictureFiles.write(grey, "jpeg"));
    files.add(PictureFiles.progressiveJpeg(grey));
    files.add(PictureFiles.jpegWithScans(3));
    files.add(PictureFiles.cmykJpeg(20, 20));
    files.add(PictureFiles.fourChannelJpeg(20, 20, new int[] {50, 100, 150, 200}, 2));
    files.add(PictureFiles.withOrientation(picture, 6));
    files.add(
        PictureFiles.withJpegSegment(
            jpeg,
            0xE2,
            ByteString.copyFromUtf8("ICC_PROFILE\0")
                .concat(ByteString.copyFrom(new byte[] {1, 1}))
                .concat(profile())));
  }

  private static void addPngs(List<ByteString> files, BufferedImage picture) {
    for (int type :
        new int[] {
          BufferedImage.TYPE_BYTE_GRAY,
          BufferedImage.TYPE_BYTE_BINARY,
          BufferedImage.TYPE_BYTE_INDEXED,
          BufferedImage.TYPE_INT_ARGB,
          BufferedImage.TYPE_USHORT_GRAY
        }) {
      BufferedImage other = as(picture, type);
      files.add(PictureFiles.write(other, "png"));
      files.add(PictureFiles.progressive(other, "png"));
    }
    files.add(PictureFiles.deepPng(20, 10));
    ByteString png = PictureFiles.write(picture, "png");
    byte[] profile = PictureFiles.pngProfile(profile().toByteArray());
    files.add(PictureFiles.withPngChunk(png, "iCCP", profile));
    files.add(PictureFiles.withPngChunk(png, "eXIf", PictureFiles.exif(6).toByteArray()));
    files.add(PictureFiles.withPngChunk(png, "gAMA", new byte[] {0, 0, 0x50, 0}));
    files.add(PictureFiles.withPngChunk(png, "tRNS", new byte[] {0, 0, 0, 0, 0, 0}));
  }

  private static void addBmpsAndGifs(List<ByteString> files, BufferedImage picture) {
    BufferedImage palette = as(picture, BufferedImage.TYPE_BYTE_INDEXED);
    BufferedImage bits = as(picture, BufferedImage.TYPE_BYTE_BINARY);
    files.add(PictureFiles.write(palette, "bmp"));
    files.add(PictureFiles.write(bits, "bmp"));
    files.add(PictureFiles.compressed(palette, "bmp", "BI_RLE8"));
    files.add(
        PictureFiles.compressed(
            as(picture, BufferedImage.TYPE_USHORT_565_RGB), "bmp", "BI_BITFIELDS"));
    files.add(PictureFiles.write(bits, "gif"));
    files.add(PictureFiles.progressive(palette, "gif"));
    files.add(PictureFiles.gif(60, 40, new Place(5, 5, 20, 20)));
  }

  private static void addTiffs(List<ByteString> files, BufferedImage picture) {
    BufferedImage bits = as(picture, BufferedImage.TYPE_BYTE_BINARY);
    for (String fax : new String[] {"CCITT RLE", "CCITT T.4", "CCITT T.6"}) {
      files.add(PictureFiles.tiffCompressed(bits, fax));
    }
    for (int type :
        new int[] {
          BufferedImage.TYPE_BYTE_INDEXED,
          BufferedImage.TYPE_USHORT_GRAY,
          BufferedImage.TYPE_INT_ARGB,
          BufferedImage.TYPE_BYTE_GRAY
        }) {
      files.add(PictureFiles.tiffCompressed(as(picture, type), "LZW"));
    }
    files.add(PictureFiles.tiffTiled(picture));
    files.add(PictureFiles.tiff(picture, 6));
  }

  private static void addWebps(List<ByteString> files, BufferedImage picture) {
    files.add(WebpFiles.lossless(as(picture, BufferedImage.TYPE_INT_ARGB)));
    files.add(WebpFiles.lossy(48, 32));
    byte[] noise = WebpFiles.lossyStream(48, 32).toByteArray();
    // Whatever the bits are, they say something of each block.
    Random random = new Random(SEED);
    for (int i = 10; i < noise.length; i++) {
      noise[i] = (byte) random.nextInt();
    }
    files.add(WebpFiles.riff(WebpFiles.chunk("VP8 ", ByteString.copyFrom(noise))));
    ByteString alpha = WebpFiles.chunk("ALPH", ByteString.copyFrom(new byte[1 + 48 * 32]));
    ByteString lossy = WebpFiles.chunk("VP8 ", WebpFiles.lossyStream(48, 32));
    files.add(WebpFiles.extended(WebpFiles.WITH_ALPHA, 48, 32, alpha.concat(lossy)));
    files.add(
        WebpFiles.extended(
            WebpFiles.WITH_PROFILE, 48, 32, WebpFiles.chunk("ICCP", profile()).concat(lossy)));
    files.add(
        WebpFiles.extended(
            WebpFiles.WITH_EXIF,
            48,
            32,
            lossy.concat(WebpFiles.chunk("EXIF", PictureFiles.exif(6)))));
  }
}
