package io.likeness.standalone.cli;

import io.likeness.standalone.load.CsvPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** A picture as people name it: a file, or an address the service fetches. */
final class Pictures {

  private Pictures() {}

  static boolean isAddress(String picture) {
    return CsvPlan.isAddress(picture);
  }

  static byte[] read(String picture) {
    Path file = Path.of(picture);
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new Failure("there is no file " + picture);
    } catch (IOException e) {
      throw new Failure(
          "cannot read "
              + picture
              + ": "
              + (Files.isDirectory(file)
                  ? "it is a folder (see likeness import)"
                  : e.getMessage()));
    }
  }

  /** The last part of the path. */
  static String name(String picture) {
    String path = picture.replaceAll("[?#].*$", "").replaceAll("/+$", "");
    return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  }
}
