package io.likeness.shard.snapshot;

import io.likeness.shard.index.Disk;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;

/** A store in a folder, perhaps of a disk that several nodes mount. */
final class FolderStore implements SnapshotStore {

  private static final String UNFINISHED = ".part-";

  private final Path root;

  FolderStore(Path root) {
    this.root = root;
  }

  private Path path(String name) {
    Path path = root.resolve(name).normalize();
    if (!path.startsWith(root.normalize())) {
      throw new IllegalArgumentException("\"" + name + "\" leads out of " + root);
    }
    return path;
  }

  @Override
  public boolean has(String name) {
    return Files.isRegularFile(path(name));
  }

  @Override
  public boolean refresh(String name) throws IOException {
    try {
      Files.setLastModifiedTime(path(name), FileTime.from(Instant.now()));
      return true;
    } catch (NoSuchFileException gone) {
      return false;
    }
  }

  @Override
  public void put(String name, Content content) throws IOException {
    Path target = path(name);
    Path folder = Objects.requireNonNull(target.getParent());
    Files.createDirectories(folder);
    Path part =
        folder.resolve(
            target.getFileName()
                + UNFINISHED
                + Long.toHexString(ThreadLocalRandom.current().nextLong()));
    try {
      try (InputStream in = content.open(0);
          FileChannel channel =
              FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
          OutputStream out = Channels.newOutputStream(channel)) {
        in.transferTo(out);
        channel.force(true);
      }
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
      Disk.syncFolder(folder);
    } catch (IOException | RuntimeException e) {
      Files.deleteIfExists(part);
      throw e;
    }
  }

  @Override
  public InputStream get(String name) throws IOException {
    return Files.newInputStream(path(name));
  }

  @Override
  public List<Stored> list(String prefix) throws IOException {
    List<Stored> found = new ArrayList<>();
    walk(
        (name, file, attributes) -> {
          if (name.startsWith(prefix) && !name.contains(UNFINISHED)) {
            found.add(
                new Stored(name, attributes.size(), attributes.lastModifiedTime().toInstant()));
          }
        });
    found.sort(Comparator.comparing(Stored::name));
    return found;
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(path(name));
  }

  @Override
  public void clean(Instant before) throws IOException {
    walk(
        (name, file, attributes) -> {
          if (name.contains(UNFINISHED)
              && attributes.lastModifiedTime().toInstant().isBefore(before)) {
            Files.deleteIfExists(file);
          }
        });
  }

  @FunctionalInterface
  private interface Visit {
    void file(String name, Path file, BasicFileAttributes attributes) throws IOException;
  }

  /** Files that vanish meanwhile are none. */
  private void walk(Visit visit) throws IOException {
    if (!Files.isDirectory(root)) {
      return;
    }
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            String name = root.relativize(file).toString().replace('\\', '/');
            visit.file(name, file, attributes);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
            if (e instanceof NoSuchFileException) {
              return FileVisitResult.CONTINUE;
            }
            throw e;
          }
        });
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return root.toString();
  }
}
