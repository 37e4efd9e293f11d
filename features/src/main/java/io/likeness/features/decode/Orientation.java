package io.likeness.features.decode;

import com.drew.imaging.jpeg.JpegSegmentType;
import com.drew.lang.ByteArrayReader;
import com.drew.metadata.Metadata;
import com.drew.metadata.exif.ExifIFD0Directory;
import com.drew.metadata.exif.ExifReader;
import com.google.protobuf.ByteString;
import io.likeness.wire.Box;
import java.util.List;

/**
 * How a stored picture is turned to be shown, in the eight ways of EXIF.
 *
 * @param mirrored left and right are exchanged, before turning
 * @param quarterTurns clockwise
 */
record Orientation(boolean mirrored, int quarterTurns) {

  static final Orientation UPRIGHT = new Orientation(false, 0);

  /** EXIF data beyond this is not looked at: what cameras write is a tenth of it. */
  private static final int EXIF_BYTES_MAX = 1 << 20;

  static Orientation ofExifValue(int value) {
    return switch (value) {
      case 2 -> new Orientation(true, 0);
      case 3 -> new Orientation(false, 2);
      case 4 -> new Orientation(true, 2);
      case 5 -> new Orientation(true, 3);
      case 6 -> new Orientation(false, 1);
      case 7 -> new Orientation(true, 1);
      case 8 -> new Orientation(false, 3);
      default -> UPRIGHT;
    };
  }

  /** Reads an APP1 segment's payload; upright where it says nothing one can use. */
  static Orientation ofJpegSegment(ByteString payload) {
    if (payload.size() > EXIF_BYTES_MAX) {
      return UPRIGHT;
    }
    Metadata metadata = new Metadata();
    try {
      new ExifReader()
          .readJpegSegments(List.of(payload.toByteArray()), metadata, JpegSegmentType.APP1);
    } catch (RuntimeException unreadable) {
      // Odd EXIF data does not make a picture unusable; viewers ignore it as well.
      return UPRIGHT;
    }
    return of(metadata);
  }

  /** Reads a PNG's eXIf chunk: a TIFF header without the JPEG preamble. */
  static Orientation ofTiff(ByteString payload) {
    if (payload.size() > EXIF_BYTES_MAX) {
      return UPRIGHT;
    }
    Metadata metadata = new Metadata();
    try {
      new ExifReader().extract(new ByteArrayReader(payload.toByteArray()), metadata);
    } catch (RuntimeException unreadable) {
      return UPRIGHT;
    }
    return of(metadata);
  }

  private static Orientation of(Metadata metadata) {
    ExifIFD0Directory directory = metadata.getFirstDirectoryOfType(ExifIFD0Directory.class);
    if (directory == null) {
      return UPRIGHT;
    }
    Integer value = directory.getInteger(ExifIFD0Directory.TAG_ORIENTATION);
    return value == null ? UPRIGHT : ofExifValue(value);
  }

  boolean swapsSides() {
    return quarterTurns % 2 == 1;
  }

  /** Where a box of the shown picture lies in the stored one of the given size. */
  Box toStored(Box shown, int storedWidth, int storedHeight) {
    int x = shown.getX();
    int y = shown.getY();
    int width = shown.getWidth();
    int height = shown.getHeight();
    // Undo the clockwise turns one by one, each in the size the picture has at that stage.
    int stageWidth = swapsSides() ? storedHeight : storedWidth;
    int stageHeight = swapsSides() ? storedWidth : storedHeight;
    for (int turn = 0; turn < quarterTurns; turn++) {
      int turnedX = y;
      int turnedY = stageWidth - x - width;
      int swap = width;
      width = height;
      height = swap;
      swap = stageWidth;
      stageWidth = stageHeight;
      stageHeight = swap;
      x = turnedX;
      y = turnedY;
    }
    if (mirrored) {
      x = stageWidth - x - width;
    }
    return Box.newBuilder().setX(x).setY(y).setWidth(width).setHeight(height).build();
  }

  /** The picture as it is shown. */
  Bitmap show(Bitmap stored) {
    Bitmap shown = mirrored ? stored.mirrored() : stored;
    for (int turn = 0; turn < quarterTurns; turn++) {
      shown = shown.turnedClockwise();
    }
    return shown;
  }
}
