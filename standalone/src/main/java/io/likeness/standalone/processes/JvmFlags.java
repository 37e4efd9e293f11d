package io.likeness.standalone.processes;

import java.lang.management.ManagementFactory;
import java.util.List;

/** The flags this JVM was started with that its children need too. */
final class JvmFlags {

  private JvmFlags() {}

  /** Modules, access and encodings; not the heap, which each child has its own of. */
  static List<String> inherited() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(
            flag ->
                flag.startsWith("--add-")
                    || flag.startsWith("--enable-native-access")
                    || flag.startsWith("--sun-misc-unsafe")
                    || flag.startsWith("-Djava.awt.headless")
                    || flag.startsWith("-Dfile.encoding")
                    || flag.startsWith("-Dstdout.encoding")
                    || flag.startsWith("-Dstderr.encoding"))
        .toList();
  }
}
