package io.likeness.bench.decode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** The most memory any of this process's children has used, where the system tells it (Linux). */
final class Peak {

  private final Map<Long, Long> kibibytes = new HashMap<>();

  /** To be asked while the children live. */
  void look() {
    ProcessHandle.current().descendants().forEach(child -> look(child.pid()));
  }

  private void look(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmHWM:")) {
          kibibytes.merge(pid, Long.parseLong(line.replaceAll("[^0-9]", "")), Math::max);
        }
      }
    } catch (IOException gone) {
      // It has ended, or the system is another.
    }
  }

  long mebibytes() {
    return kibibytes.values().stream().mapToLong(Long::longValue).max().orElse(0) >> 10;
  }
}
