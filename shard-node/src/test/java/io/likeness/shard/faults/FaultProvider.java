package io.likeness.shard.faults;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Sends every call that changes something past the disk's book, the others straight through. */
final class FaultProvider extends FileSystemProvider {

  private final FaultDisk disk;
  private final FileSystemProvider real;

  FaultProvider(FaultDisk disk, FileSystemProvider real) {
    this.disk = disk;
    this.real = real;
  }

  private static FaultFileSystem fileSystem(Path path) {
    return (FaultFileSystem) path.getFileSystem();
  }

  // ---- Calls that change something ----

  @Override
  public FileChannel newFileChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Path target = FaultPath.real(path);
    boolean writes = options.contains(StandardOpenOption.WRITE);
    if (!writes) {
      FileChannel channel = disk.read(target, () -> real.newFileChannel(target, options));
      // Folders are opened for reading to be synced.
      int node = Files.isDirectory(target) ? disk.folder(target) : FaultChannel.READ_ONLY;
      return new FaultChannel(disk, channel, target, node);
    }
    if (options.contains(StandardOpenOption.APPEND)
        || options.contains(StandardOpenOption.DELETE_ON_CLOSE)) {
      throw new UnsupportedOperationException(options + " for " + path);
    }
    boolean mayMake =
        options.contains(StandardOpenOption.CREATE)
            || options.contains(StandardOpenOption.CREATE_NEW);
    return disk.open(
        target,
        mayMake,
        options.contains(StandardOpenOption.TRUNCATE_EXISTING),
        node ->
            new FaultChannel(disk, real.newFileChannel(target, options, attributes), target, node));
  }

  @Override
  public SeekableByteChannel newByteChannel(
      Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
      throws IOException {
    Set<OpenOption> all = new HashSet<>(options);
    return newFileChannel(path, all, attributes);
  }

  @Override
  public void createDirectory(Path folder, FileAttribute<?>... attributes) throws IOException {
    Path target = FaultPath.real(folder);
    if (Files.exists(target)) {
      // Says so without having changed anything.
      real.createDirectory(target, attributes);
    }
    disk.makeFolder(
        target,
        () -> {
          real.createDirectory(target, attributes);
          return true;
        });
  }

  @Override
  public void delete(Path path) throws IOException {
    Path target = FaultPath.real(path);
    disk.delete(
        target,
        () -> {
          real.delete(target);
          return true;
        });
  }

  @Override
  public void move(Path from, Path to, CopyOption... options) throws IOException {
    Path source = FaultPath.real(from);
    Path target = FaultPath.real(to);
    disk.rename(
        source,
        target,
        () -> {
          real.move(source, target, options);
          return true;
        });
  }

  @Override
  public void copy(Path from, Path to, CopyOption... options) {
    throw new UnsupportedOperationException("copying " + from);
  }

  @Override
  public void setAttribute(Path path, String name, Object value, LinkOption... options) {
    throw new UnsupportedOperationException("setting " + name + " of " + path);
  }

  // ---- Calls that look ----

  @Override
  public DirectoryStream<Path> newDirectoryStream(
      Path folder, DirectoryStream.Filter<? super Path> filter) throws IOException {
    FaultFileSystem fileSystem = fileSystem(folder);
    DirectoryStream<Path> entries =
        real.newDirectoryStream(
            FaultPath.real(folder), entry -> filter.accept(fileSystem.wrap(entry)));
    return new DirectoryStream<>() {
      @Override
      public Iterator<Path> iterator() {
        Iterator<Path> each = entries.iterator();
        return new Iterator<>() {
          @Override
          public boolean hasNext() {
            return each.hasNext();
          }

          @Override
          public Path next() {
            return fileSystem.wrap(each.next());
          }
        };
      }

      @Override
      public void close() throws IOException {
        entries.close();
      }
    };
  }

  @Override
  public boolean isSameFile(Path one, Path other) throws IOException {
    return real.isSameFile(FaultPath.real(one), FaultPath.real(other));
  }

  @Override
  public boolean isHidden(Path path) throws IOException {
    return real.isHidden(FaultPath.real(path));
  }

  @Override
  public FileStore getFileStore(Path path) throws IOException {
    return new FaultStore(disk, real.getFileStore(FaultPath.real(path)));
  }

  @Override
  public void checkAccess(Path path, AccessMode... modes) throws IOException {
    real.checkAccess(FaultPath.real(path), modes);
  }

  @Override
  public <V extends FileAttributeView> @Nullable V getFileAttributeView(
      Path path, Class<V> type, LinkOption... options) {
    return real.getFileAttributeView(FaultPath.real(path), type, options);
  }

  @Override
  public <A extends BasicFileAttributes> A readAttributes(
      Path path, Class<A> type, LinkOption... options) throws IOException {
    return real.readAttributes(FaultPath.real(path), type, options);
  }

  @Override
  public Map<String, Object> readAttributes(Path path, String names, LinkOption... options)
      throws IOException {
    return real.readAttributes(FaultPath.real(path), names, options);
  }

  // ---- Not needed: paths are made by the disk, not by addresses ----

  @Override
  public String getScheme() {
    return "faults";
  }

  @Override
  public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
    throw new UnsupportedOperationException(uri.toString());
  }

  @Override
  public FileSystem getFileSystem(URI uri) {
    throw new UnsupportedOperationException(uri.toString());
  }

  @Override
  public Path getPath(URI uri) {
    throw new UnsupportedOperationException(uri.toString());
  }
}
