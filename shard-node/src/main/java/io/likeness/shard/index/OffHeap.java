package io.likeness.shard.index;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory outside the heap that searches jump about in. Large pieces are asked for in huge pages
 * where the system has them: with small ones every jump would miss the processor's page tables,
 * too.
 */
final class OffHeap {

  private static final Logger log = LoggerFactory.getLogger(OffHeap.class);

  private static final long HUGE_PAGE = 2L << 20;
  private static final int CACHE_LINE = 64;
  private static final int READ_AND_WRITE = 3;
  private static final int PRIVATE_AND_ANONYMOUS = 0x22;
  private static final int MADV_RANDOM = 1;
  private static final int MADV_WILLNEED = 3;
  private static final int MADV_HUGEPAGE = 14;
  private static final int PAGE = 4096;

  /** The three calls of Linux; none elsewhere, where the C library's heap has to do. */
  private record Pages(MethodHandle map, MethodHandle unmap, MethodHandle advise) {

    static Optional<Pages> ofSystem() {
      if (!Linux.IS_HERE) {
        return Optional.empty();
      }
      MethodHandle map =
          Linux.call("mmap", ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG);
      MethodHandle unmap = Linux.call("munmap", JAVA_INT, ADDRESS, JAVA_LONG);
      MethodHandle advise = Linux.call("madvise", JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
      return Optional.of(new Pages(map, unmap, advise));
    }
  }

  private static final Optional<Pages> PAGES = Pages.ofSystem();

  private OffHeap() {}

  /** Zeroed; freed with the arena. */
  static MemorySegment allocate(Arena arena, long bytes) {
    if (bytes < HUGE_PAGE || PAGES.isEmpty()) {
      return arena.allocate(Math.max(1, bytes), CACHE_LINE);
    }
    // The C library's heap would be zeroed, and so spread over small pages, before the advice came.
    Pages pages = PAGES.get();
    long whole = (bytes + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
    try {
      MemorySegment base =
          (MemorySegment)
              pages.map.invokeExact(
                  MemorySegment.NULL, whole, READ_AND_WRITE, PRIVATE_AND_ANONYMOUS, -1, 0L);
      if (base.address() == -1) {
        throw new OutOfMemoryError("the system has no " + whole + " bytes for a segment");
      }
      int advised = (int) pages.advise.invokeExact(base, whole, MADV_HUGEPAGE);
      if (advised != 0) {
        log.debug("no huge pages for {} bytes", whole);
      }
      return base.reinterpret(whole, arena, memory -> unmap(pages, memory)).asSlice(0, bytes);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("mmap cannot be called", e);
    }
  }

  /** Says of a mapped file that it is read here and there: reading ahead would be for nothing. */
  static void isReadAtRandom(MemorySegment mapped) {
    advise(mapped, 0, mapped.byteSize(), MADV_RANDOM);
  }

  /** Has these bytes of a mapped file fetched from the disk, without waiting for them. */
  static void fetch(MemorySegment mapped, long offset, long bytes) {
    advise(mapped, offset, bytes, MADV_WILLNEED);
  }

  private static void advise(MemorySegment mapped, long offset, long bytes, int advice) {
    if (PAGES.isEmpty() || bytes == 0) {
      return;
    }
    long start = mapped.address() + offset;
    long page = start / PAGE * PAGE;
    MemorySegment pages = MemorySegment.ofAddress(page);
    try {
      // What the system makes of an advice changes speed, never results.
      int ignored = (int) PAGES.get().advise.invokeExact(pages, start + bytes - page, advice);
    } catch (Throwable e) {
      throw new IllegalStateException("madvise cannot be called", e);
    }
  }

  private static void unmap(Pages pages, MemorySegment memory) {
    try {
      int ended = (int) pages.unmap.invokeExact(memory, memory.byteSize());
      if (ended != 0) {
        log.error("{} bytes could not be given back to the system", memory.byteSize());
      }
    } catch (Throwable e) {
      throw new IllegalStateException("munmap cannot be called", e);
    }
  }
}
