package io.likeness.bench.engine.child;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Drops files from the system's memory, so that the next read comes from the disk. The system keeps
 * pages that some process has mapped and touched; this process lets go of its own first. Linux
 * only.
 */
public final class PageCache {

  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final int DROP = 4; // MADV_DONTNEED and POSIX_FADV_DONTNEED alike
  private static final int READ_ONLY = 0;
  private static final long PAGE_BYTES = 4096;

  private final MethodHandle open;
  private final MethodHandle close;
  private final MethodHandle adviseFile;
  private final MethodHandle adviseMemory;
  private final MethodHandle inCore;

  private PageCache() {
    Linker linker = Linker.nativeLinker();
    SymbolLookup symbols = linker.defaultLookup();
    open =
        linker.downcallHandle(
            symbols.findOrThrow("open"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
            Linker.Option.firstVariadicArg(2));
    close =
        linker.downcallHandle(
            symbols.findOrThrow("close"),
            FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
    adviseFile =
        linker.downcallHandle(
            symbols.findOrThrow("posix_fadvise"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));
    adviseMemory =
        linker.downcallHandle(
            symbols.findOrThrow("madvise"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_LONG,
                ValueLayout.JAVA_INT));
    inCore =
        linker.downcallHandle(
            symbols.findOrThrow("mincore"),
            FunctionDescriptor.of(
                ValueLayout.JAVA_INT,
                ValueLayout.ADDRESS,
                ValueLayout.JAVA_LONG,
                ValueLayout.ADDRESS));
  }

  /** Empty where this system offers no way. */
  public static Optional<PageCache> ofThisSystem() {
    boolean linux = System.getProperty("os.name", "").equals("Linux") && Files.isReadable(MAPS);
    return linux ? Optional.of(new PageCache()) : Optional.empty();
  }

  /** All files below the folder. */
  public void drop(Path folder) throws IOException {
    unmapPages(folder.toAbsolutePath().toString());
    for (Path file : files(folder)) {
      drop(file.toString());
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  /**
   * Pages come back by themselves when they are touched: only read-only maps of files are let go.
   */
  private void unmapPages(String prefix) throws IOException {
    for (String line : Files.readAllLines(MAPS)) {
      int at = line.indexOf('/');
      if (at < 0 || !line.startsWith(prefix, at)) {
        continue;
      }
      String[] fields = line.split(" ", 3);
      if (!fields[1].startsWith("r-")) {
        continue;
      }
      String[] ends = fields[0].split("-", 2);
      long begin = Long.parseUnsignedLong(ends[0], 16);
      long end = Long.parseUnsignedLong(ends[1], 16);
      int failed = call(() -> (int) adviseMemory.invokeExact(begin, end - begin, DROP));
      if (failed != 0) {
        throw new IOException("madvise refuses to let go of " + line);
      }
    }
  }

  private void drop(String file) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(file);
      int descriptor = call(() -> (int) open.invokeExact(name, READ_ONLY));
      if (descriptor < 0) {
        throw new IOException("cannot open " + file);
      }
      try {
        int failed = call(() -> (int) adviseFile.invokeExact(descriptor, 0L, 0L, DROP));
        if (failed != 0) {
          throw new IOException("posix_fadvise refuses to drop " + file);
        }
      } finally {
        call(() -> (int) close.invokeExact(descriptor));
      }
    }
  }

  /** Share of the pages of all files below the folder that are in memory. */
  public double cachedShare(Path folder) throws IOException {
    long pages = 0;
    long cached = 0;
    for (Path file : files(folder)) {
      try (FileChannel channel = FileChannel.open(file);
          Arena arena = Arena.ofConfined()) {
        long size = channel.size();
        if (size == 0) {
          continue;
        }
        MemorySegment map = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
        long count = (size + PAGE_BYTES - 1) / PAGE_BYTES;
        MemorySegment flags = arena.allocate(count);
        int failed = call(() -> (int) inCore.invokeExact(map, size, flags));
        if (failed != 0) {
          throw new IOException("mincore tells nothing of " + file);
        }
        pages += count;
        for (long i = 0; i < count; i++) {
          cached += flags.get(ValueLayout.JAVA_BYTE, i) & 1;
        }
      }
    }
    return pages == 0 ? 0 : cached / (double) pages;
  }

  /** Writes everything dirty: dirty pages are not dropped. */
  public static void sync(Path folder) throws IOException {
    for (Path file : files(folder)) {
      try (FileChannel channel = FileChannel.open(file)) {
        channel.force(true);
      }
    }
  }

  private interface Call {
    int run() throws Throwable;
  }

  private static int call(Call call) {
    try {
      return call.run();
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
