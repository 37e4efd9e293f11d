package io.likeness.bench.engine;

import com.sun.management.OperatingSystemMXBean;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where figures were taken. */
final class Machine {

  private static final Path CPUS = Path.of("/proc/cpuinfo");

  private Machine() {}

  static JsonObject describe() throws IOException {
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return new JsonObject()
        .put("cpu", cpu())
        .put("cores", Runtime.getRuntime().availableProcessors())
        .put("memory_mib", system.getTotalMemorySize() >> 20)
        .put("system", system.getName() + " " + system.getVersion() + " " + system.getArch())
        .put("jvm", System.getProperty("java.vm.name") + " " + Runtime.version())
        .put("load", system.getSystemLoadAverage())
        .put("commit", commit());
  }

  /** Of the sources this was built from, where they are a clone; with a mark where they differ. */
  private static String commit() throws IOException {
    Path home = Path.of(System.getProperty("likeness.home", "."));
    Process git;
    try {
      git =
          new ProcessBuilder("git", "describe", "--always", "--dirty", "--abbrev=12")
              .directory(home.toFile())
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException e) {
      // No git on this machine: figures are worth having all the same.
      return "unknown";
    }
    String said = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    return said.isEmpty() ? "unknown" : said;
  }

  private static String cpu() throws IOException {
    if (!Files.isReadable(CPUS)) {
      return "unknown";
    }
    return Files.readAllLines(CPUS).stream()
        .filter(line -> line.startsWith("model name"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse("unknown");
  }
}
