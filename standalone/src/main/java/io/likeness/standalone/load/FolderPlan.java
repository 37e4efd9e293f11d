package io.likeness.standalone.load;

import io.likeness.proto.image.ImageIds;
import java.io.File;
import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads a folder and all below it: a picture's id is its path from the folder, with slashes. */
public final class FolderPlan {

  private static final int DEPTH_MAX = 64;
  private static final Set<String> PICTURES =
      Set.of(
          "jpg", "jpeg", "jpe", "jfif", "png", "bmp", "gif", "webp", "tif", "tiff", "ppm", "pgm");

  private FolderPlan() {}

  /** With a tag key, each picture is tagged with the name of the folder it lies in. */
  public static ImportPlan read(Path folder, Optional<String> tagFromFolder) throws IOException {
    List<ImportItem> items = new ArrayList<>();
    List<ImportFailure> unusable = new ArrayList<>();
    int[] skipped = {0};
    Files.walkFileTree(
        folder,
        EnumSet.of(FileVisitOption.FOLLOW_LINKS),
        DEPTH_MAX,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
            return !visited.equals(folder) && isHidden(visited)
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (!isHidden(file) && attributes.isRegularFile()) {
              if (isPicture(file)) {
                String id = folder.relativize(file).toString().replace(File.separatorChar, '/');
                Optional<String> fault = ImageIds.fault(id);
                if (fault.isPresent()) {
                  unusable.add(new ImportFailure(id, file.toString(), fault.get()));
                } else {
                  items.add(item(folder, file, id, attributes, tagFromFolder));
                }
              } else {
                skipped[0]++;
              }
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException cause) {
            unusable.add(new ImportFailure(file.toString(), file.toString(), cause.toString()));
            return FileVisitResult.CONTINUE;
          }
        });
    items.sort(Comparator.comparing(ImportItem::id, ImageIds.ORDER));
    return new ImportPlan(items, unusable, skipped[0]);
  }

  private static ImportItem item(
      Path folder,
      Path file,
      String id,
      BasicFileAttributes attributes,
      Optional<String> tagFromFolder) {
    Path parent = file.getParent();
    Path name =
        parent == null || parent.equals(folder) ? folder.getFileName() : parent.getFileName();
    Map<String, String> tags =
        tagFromFolder.isPresent() && name != null
            ? Map.of(tagFromFolder.get(), name.toString())
            : Map.of();
    return new ImportItem(id, file.toString(), false, stamp(attributes), tags);
  }

  static String stamp(BasicFileAttributes attributes) {
    return attributes.size() + ":" + attributes.lastModifiedTime().toMillis();
  }

  private static boolean isHidden(Path file) {
    Path name = file.getFileName();
    return name != null && name.toString().startsWith(".");
  }

  private static boolean isPicture(Path file) {
    String name = file.toString();
    int dot = name.lastIndexOf('.');
    return dot >= 0 && PICTURES.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }
}
