package io.likeness.bench.quality;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A photo, and what counts as the same thing.
 *
 * @param product photos of one product answer each other
 * @param colour with the product names the exact article; may be empty
 */
public record Photo(String file, String set, String product, String colour, ByteString content) {

  private static final List<String> COLUMNS = List.of("file", "set", "product", "colour");

  /**
   * The photos that {@code photos.csv} in a folder names: a header with at least the columns file,
   * set, product and colour, no commas within fields, files relative to the folder.
   */
  public static List<Photo> read(Path folder) throws IOException {
    Path table = folder.resolve("photos.csv");
    if (!Files.isRegularFile(table)) {
      throw new IOException(
          "%s is missing: a table of photos with the columns %s".formatted(table, COLUMNS));
    }
    List<String> lines = Files.readAllLines(table);
    List<String> header = Arrays.asList(lines.getFirst().split(",", -1));
    if (!header.containsAll(COLUMNS)) {
      throw new IOException(
          "%s has the columns %s, at least %s are needed".formatted(table, header, COLUMNS));
    }
    List<Photo> photos = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] fields = lines.get(i).split(",", -1);
      if (fields.length != header.size()) {
        throw new IOException(
            "line %d of %s has %d fields, its header %d"
                .formatted(i + 1, table, fields.length, header.size()));
      }
      String file = fields[header.indexOf("file")];
      photos.add(
          new Photo(
              file,
              fields[header.indexOf("set")],
              fields[header.indexOf("product")],
              fields[header.indexOf("colour")],
              ByteString.copyFrom(Files.readAllBytes(folder.resolve(file)))));
    }
    return photos;
  }

  boolean shows(Photo other, boolean sameColour) {
    return set.equals(other.set)
        && product.equals(other.product)
        && (!sameColour || colour.equals(other.colour));
  }
}
