package io.likeness.features.decode;

import com.google.protobuf.ByteString;
import io.likeness.wire.RejectionKind;
import java.util.List;
import java.util.Optional;

/**
 * What a file says of itself before a pixel is decoded. Read by parsers of our own that only walk
 * the file's segments: no decoder is started for a file that will be refused, and nothing is ever
 * inflated here.
 *
 * @param width pixels as stored, of the canvas where the file has one
 * @param frames pictures in the file; only the first is used
 * @param orientation how the stored picture is shown
 * @param first where the first frame lies on the canvas
 */
record PictureHeader(
    PictureFormat format, int width, int height, int frames, Orientation orientation, Place first) {

  /** The frame is the whole picture. */
  PictureHeader(PictureFormat format, int width, int height, int frames, Orientation orientation) {
    this(format, width, height, frames, orientation, new Place(0, 0, width, height));
  }

  long pixels() {
    return (long) width * height;
  }

  int shownWidth() {
    return orientation.swapsSides() ? height : width;
  }

  int shownHeight() {
    return orientation.swapsSides() ? width : height;
  }

  PictureFacts facts() {
    return new PictureFacts(
        format, shownWidth(), shownHeight(), !orientation.equals(Orientation.UPRIGHT));
  }

  static PictureHeader read(ByteString content) throws RefusedPicture {
    Optional<PictureFormat> format = PictureFormat.sniff(content);
    if (format.isEmpty()) {
      throw new RefusedPicture(
          RejectionKind.UNSUPPORTED_FORMAT,
          "the content is no %s: %s"
              .formatted(
                  PictureFormat.list(List.of(PictureFormat.values())),
                  PictureFormat.describe(content)));
    }
    try {
      PictureHeader header =
          switch (format.get()) {
            case JPEG -> JpegHeader.read(content);
            case PNG -> PngHeader.read(content);
            case BMP -> BmpHeader.read(content);
            case GIF -> GifHeader.read(content);
            case WEBP -> WebpHeader.read(content);
            case TIFF -> TiffHeader.read(content);
            case PPM -> PpmPicture.header(content);
          };
      if (header.width < 1 || header.height < 1) {
        throw RefusedPicture.broken(
            "the %s says it is %d x %d pixels"
                .formatted(header.format, header.width, header.height));
      }
      return header;
    } catch (IndexOutOfBoundsException cutOff) {
      throw RefusedPicture.broken(
          "the %s ends within its header, after %d bytes".formatted(format.get(), content.size()));
    }
  }
}
