package io.likeness.shard.faults;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A disk under a folder: a {@link java.nio.file.FileSystem} in front of the real one that counts
 * and remembers every call that changes something, and fails where it is told to. Code under test
 * gets {@link #root} and knows nothing. Memory is mapped from the real files, so reading through a
 * mapping is neither counted nor failed.
 *
 * <p>One call at a time goes through, so that the order remembered is the order that happened.
 */
public final class FaultDisk {

  /** What a call does. */
  public enum Call {
    MAKE,
    WRITE,
    TRUNCATE,
    SYNC,
    RENAME,
    DELETE,
    /** Opening for reading, and mapping. */
    READ;

    boolean takesSpace() {
      return this == MAKE || this == WRITE;
    }
  }

  /** Decides whether a call fails, by throwing what the caller shall see. */
  @FunctionalInterface
  public interface Fault {
    /** {@code number}: how many calls came before this one. */
    void before(int number, Call call, Path path) throws IOException;
  }

  private static final class Entry {
    final int node;
    final @Nullable Map<String, Entry> children;
    long size;

    Entry(int node, boolean folder) {
      this.node = node;
      this.children = folder ? new TreeMap<>() : null;
    }
  }

  private final Path real;
  private final FaultProvider provider;
  private final FaultFileSystem fileSystem;
  private final List<Step> steps = new ArrayList<>();
  private final Entry tree = new Entry(PowerCut.ROOT, true);
  private final Map<Integer, Entry> files = new HashMap<>();
  private int nodes = 1;
  private int calls;
  private long used;
  private long capacity = Long.MAX_VALUE;
  private Fault fault = (number, call, path) -> {};

  /** What lies below the folder already counts as written and durable. */
  public FaultDisk(Path folder) throws IOException {
    this.real = folder.toRealPath();
    this.provider = new FaultProvider(this, real.getFileSystem().provider());
    this.fileSystem = new FaultFileSystem(provider, real.getFileSystem());
    adopt(real, tree);
  }

  private void adopt(Path folder, Entry entry) throws IOException {
    List<Path> children;
    try (var listed = Files.list(folder)) {
      children = listed.sorted().toList();
    }
    for (Path child : children) {
      String name = child.getFileName().toString();
      boolean isFolder = Files.isDirectory(child);
      Entry made = enter(entry, name, isFolder);
      if (isFolder) {
        adopt(child, made);
      } else {
        byte[] bytes = Files.readAllBytes(child);
        steps.add(new Step.Write(made.node, 0, bytes));
        grow(made, bytes.length);
        steps.add(new Step.Sync(made.node));
      }
    }
    steps.add(new Step.Sync(entry.node));
  }

  /** The folder, as code under test shall see it. */
  public Path root() {
    return fileSystem.wrap(real);
  }

  // ---- What a test asks and sets ----

  public synchronized int calls() {
    return calls;
  }

  /** Steps taken, what was adopted included. */
  public synchronized int steps() {
    return steps.size();
  }

  /** What a power cut may leave at each moment until now; moment 0 is after so many steps. */
  public synchronized Remains remains(int first) {
    return new Remains(List.copyOf(steps), first);
  }

  /** Bytes in files that have a name. */
  public synchronized long used() {
    return used;
  }

  public synchronized void setFault(Fault fault) {
    this.fault = fault;
  }

  /** No more than this many bytes fit. */
  public synchronized void setCapacity(long bytes) {
    capacity = bytes;
  }

  synchronized long free(long really) {
    return capacity == Long.MAX_VALUE ? really : Math.max(0, capacity - used);
  }

  /** As a disk says it. */
  public static IOException inputOutputError(Path path) {
    return new FileSystemException(path.toString(), null, "Input/output error");
  }

  public static IOException noSpace(Path path) {
    return new FileSystemException(path.toString(), null, "No space left on device");
  }

  // ---- What the file system tells ----

  @FunctionalInterface
  interface Work<T> {
    T run() throws IOException;
  }

  private void call(Call call, Path path) throws IOException {
    int number = calls++;
    fault.before(number, call, path);
    if (call.takesSpace() && used >= capacity) {
      throw noSpace(path);
    }
  }

  synchronized <T> T read(Path path, Work<T> work) throws IOException {
    call(Call.READ, path);
    return work.run();
  }

  /** Opens a file for writing; returns its node, which outlives its name. */
  synchronized <T> T open(Path path, boolean mayMake, boolean truncates, NodeWork<T> work)
      throws IOException {
    Entry known = find(path);
    if (known == null && mayMake) {
      call(Call.MAKE, path);
      T result = work.run(nodes);
      enter(parent(path), name(path), false);
      return result;
    }
    if (known == null) {
      // Fails as the real one says.
      return work.run(-1);
    }
    if (truncates && known.size > 0) {
      call(Call.TRUNCATE, path);
      steps.add(new Step.Truncate(known.node, 0));
      grow(known, -known.size);
    }
    return work.run(known.node);
  }

  @FunctionalInterface
  interface NodeWork<T> {
    T run(int node) throws IOException;
  }

  @FunctionalInterface
  interface Put {
    int put(byte[] bytes) throws IOException;
  }

  /** Writes as much as fits, as disks do; what does not fit fails the next time. */
  synchronized int write(int node, Path path, long position, byte[] bytes, Put put)
      throws IOException {
    call(Call.WRITE, path);
    Entry file = files.get(node);
    byte[] fitting = bytes;
    if (file != null) {
      long growth = Math.max(0, position + bytes.length - file.size);
      long over = growth - Math.max(0, capacity - used);
      if (over > 0) {
        fitting = Arrays.copyOf(bytes, (int) (bytes.length - over));
      }
    }
    int count = put.put(fitting);
    byte[] done = count == fitting.length ? fitting : Arrays.copyOf(fitting, count);
    steps.add(new Step.Write(node, position, done));
    if (file != null) {
      grow(file, Math.max(0, position + count - file.size));
    }
    return count;
  }

  synchronized void truncate(int node, Path path, long size, Work<?> work) throws IOException {
    call(Call.TRUNCATE, path);
    work.run();
    steps.add(new Step.Truncate(node, size));
    Entry file = files.get(node);
    if (file != null && size < file.size) {
      grow(file, size - file.size);
    }
  }

  synchronized void sync(int node, Path path, Work<?> work) throws IOException {
    if (node == FaultChannel.READ_ONLY) {
      throw new UnsupportedOperationException("syncing " + path + ", opened for reading");
    }
    call(Call.SYNC, path);
    work.run();
    steps.add(new Step.Sync(node));
  }

  synchronized int folder(Path path) throws IOException {
    Entry entry = find(path);
    if (entry == null) {
      throw new NoSuchFileException(path.toString());
    }
    return entry.node;
  }

  synchronized void makeFolder(Path path, Work<?> work) throws IOException {
    call(Call.MAKE, path);
    work.run();
    enter(parent(path), name(path), true);
  }

  synchronized void rename(Path from, Path to, Work<?> work) throws IOException {
    call(Call.RENAME, from);
    Entry folder = parent(from);
    if (folder != parent(to)) {
      throw new UnsupportedOperationException("moving " + from + " into another folder: " + to);
    }
    work.run();
    Map<String, Entry> children = children(folder);
    Entry replaced = children.get(name(to));
    if (replaced != null) {
      forget(replaced);
    }
    children.put(name(to), Objects.requireNonNull(children.remove(name(from))));
    steps.add(new Step.Rename(folder.node, name(from), name(to)));
  }

  synchronized void delete(Path path, Work<?> work) throws IOException {
    call(Call.DELETE, path);
    work.run();
    Entry folder = parent(path);
    Entry gone = children(folder).remove(name(path));
    if (gone != null) {
      forget(gone);
      steps.add(new Step.Delete(folder.node, name(path)));
    }
  }

  // ---- The tree ----

  private Entry enter(Entry folder, String name, boolean isFolder) {
    Entry made = new Entry(nodes++, isFolder);
    children(folder).put(name, made);
    if (isFolder) {
      steps.add(new Step.MakeFolder(folder.node, name, made.node));
    } else {
      steps.add(new Step.MakeFile(folder.node, name, made.node));
      files.put(made.node, made);
    }
    return made;
  }

  private void grow(Entry file, long bytes) {
    file.size += bytes;
    used += bytes;
  }

  private void forget(Entry gone) {
    if (gone.children == null) {
      grow(gone, -gone.size);
      files.remove(gone.node);
    } else {
      Collection<Entry> children = gone.children.values();
      children.forEach(this::forget);
    }
  }

  private Entry parent(Path path) {
    Entry folder = find(Objects.requireNonNull(path.getParent()));
    if (folder == null) {
      throw new IllegalStateException(path + " lies in no known folder");
    }
    return folder;
  }

  private static String name(Path path) {
    return path.getFileName().toString();
  }

  private static Map<String, Entry> children(Entry folder) {
    return Objects.requireNonNull(folder.children);
  }

  /** {@code path}: of the real file system. */
  private @Nullable Entry find(Path path) {
    Path inside = real.relativize(path.toAbsolutePath().normalize());
    Entry entry = tree;
    for (Path name : inside) {
      if (name.toString().isEmpty()) {
        continue;
      }
      Entry next = entry.children == null ? null : entry.children.get(name.toString());
      if (next == null) {
        return null;
      }
      entry = next;
    }
    return entry;
  }
}
