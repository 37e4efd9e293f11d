package io.likeness.shard.index;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** Calls of Linux that Java has no name for. */
final class Linux {

  static final boolean IS_HERE = System.getProperty("os.name", "").startsWith("Linux");

  private static final Linker LINKER = Linker.nativeLinker();

  private Linux() {}

  /** Only where {@link #IS_HERE}. */
  static MethodHandle call(String name, MemoryLayout result, MemoryLayout... arguments) {
    MemorySegment function = LINKER.defaultLookup().find(name).orElseThrow();
    return LINKER.downcallHandle(function, FunctionDescriptor.of(result, arguments));
  }
}
