package io.likeness.standalone.processes;

import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Map;

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

  /** Those the user asks for, for this process and every child alike. */
  static List<String> wished(Map<String, String> environment) {
    String flags = environment.getOrDefault("LIKENESS_JAVA_OPTS", "").strip();
    return flags.isEmpty() ? List.of() : List.of(flags.split("\\s+"));
  }
}
