package io.likeness.bench.training;

import com.google.protobuf.ByteString;
import io.likeness.features.decode.Bitmap;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.PictureDecoder;
import io.likeness.wire.PictureRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The photos of a set: the files of a folder, in the order of their names. */
final class Photos {

  private static final int SIDE_WANTED = 512;

  private Photos() {}

  static List<Bitmap> read(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> found = Files.list(folder)) {
      files = found.filter(Files::isRegularFile).sorted().toList();
    }
    PictureDecoder decoder = new PictureDecoder(new DecodeLimits(60_000_000, 16 << 20));
    List<Bitmap> photos = new ArrayList<>();
    for (Path file : files) {
      DecodeOutcome outcome =
          decoder.decode(
              ByteString.copyFrom(Files.readAllBytes(file)),
              Optional.empty(),
              PictureRule.getDefaultInstance(),
              SIDE_WANTED);
      switch (outcome) {
        case DecodeOutcome.Decoded good -> photos.add(good.bitmap());
        case DecodeOutcome.Undecodable bad ->
            throw new IOException(file + " cannot be learnt from: " + bad.rejection().getDetail());
      }
    }
    if (photos.isEmpty()) {
      throw new IOException("no photos in " + folder);
    }
    return photos;
  }
}
