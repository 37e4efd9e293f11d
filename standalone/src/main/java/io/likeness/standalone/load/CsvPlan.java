package io.likeness.standalone.load;

import io.likeness.proto.image.ImageIds;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Reads a table: a header with {@code file}, perhaps {@code id}, and any other column is a tag of
 * that name. A file is relative to the table's folder, or an address the service fetches (http,
 * https, s3, obs).
 */
public final class CsvPlan {

  private CsvPlan() {}

  public static ImportPlan read(Path table) throws IOException {
    Path parent = table.toAbsolutePath().getParent();
    Path folder = parent == null ? table.toAbsolutePath() : parent;
    try (Reader reader = Files.newBufferedReader(table)) {
      Csv csv = new Csv(reader);
      List<String> header = csv.next().stream().map(String::strip).toList();
      check(table, header);
      List<ImportItem> items = new ArrayList<>();
      List<ImportFailure> unusable = new ArrayList<>();
      Set<String> ids = new HashSet<>();
      while (true) {
        int line = csv.line();
        List<String> row = csv.next();
        if (row.isEmpty()) {
          return new ImportPlan(items, unusable, 0);
        }
        String where = table + " line " + line;
        if (row.size() != header.size()) {
          unusable.add(
              new ImportFailure(
                  where, where, "has " + row.size() + " fields, the header has " + header.size()));
          continue;
        }
        Optional<ImportFailure> failure = add(folder, header, row, where, ids, items);
        failure.ifPresent(unusable::add);
      }
    }
  }

  private static void check(Path table, List<String> header) throws IOException {
    if (!header.contains("file")) {
      throw new IOException(
          table + " has no column \"file\" in its first line; it has " + String.join(", ", header));
    }
    if (new HashSet<>(header).size() != header.size()) {
      throw new IOException(table + " names a column twice: " + String.join(", ", header));
    }
  }

  private static Optional<ImportFailure> add(
      Path folder,
      List<String> header,
      List<String> row,
      String where,
      Set<String> ids,
      List<ImportItem> items) {
    String location = row.get(header.indexOf("file")).strip();
    int idColumn = header.indexOf("id");
    String id = idColumn < 0 || row.get(idColumn).isBlank() ? location : row.get(idColumn);
    Map<String, String> tags = new TreeMap<>();
    for (int i = 0; i < header.size(); i++) {
      boolean isTag = i != idColumn && !header.get(i).equals("file");
      if (isTag && !row.get(i).isBlank()) {
        tags.put(header.get(i), row.get(i));
      }
    }
    Optional<String> fault = ImageIds.fault(id);
    if (fault.isEmpty() && !ids.add(id)) {
      fault = Optional.of("id \"" + id + "\" stands in an earlier line too");
    }
    if (fault.isPresent()) {
      return Optional.of(new ImportFailure(id.isEmpty() ? where : id, where, fault.get()));
    }
    if (isAddress(location)) {
      items.add(new ImportItem(id, location, true, location, tags));
      return Optional.empty();
    }
    try {
      Path file = folder.resolve(location).normalize();
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        return Optional.of(new ImportFailure(id, where, file + " is no file"));
      }
      items.add(new ImportItem(id, file.toString(), false, FolderPlan.stamp(attributes), tags));
      return Optional.empty();
    } catch (IOException | InvalidPathException e) {
      return Optional.of(new ImportFailure(id, where, "there is no file " + location));
    }
  }

  /** Whether the service fetches what is named so, rather than we read it from a file. */
  public static boolean isAddress(String location) {
    return Stream.of("http://", "https://", "s3://", "obs://").anyMatch(location::startsWith);
  }
}
