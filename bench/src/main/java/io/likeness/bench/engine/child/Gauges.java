package io.likeness.bench.engine.child;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.InstanceNotFoundException;
import javax.management.JMException;
import javax.management.ObjectName;

/** What this process uses. What the system does not tell is 0. */
final class Gauges {

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final OperatingSystemMXBean SYSTEM =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
  private static final Path SELF = Path.of("/proc/self");
  private static final int MAJOR_FAULTS_FIELD = 9;

  /** The part of the JVM's own account that holds memory taken by libraries through the JDK. */
  private static final Pattern OTHER =
      Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB\\)");

  private static final Pattern MAPPING = Pattern.compile("^[0-9a-f]+-[0-9a-f]+ ");

  private Gauges() {}

  static long threadCpuNanos() {
    return THREADS.getCurrentThreadCpuTime();
  }

  static long processCpuNanos() {
    return SYSTEM.getProcessCpuTime();
  }

  /** Live objects, and memory outside the heap where the JVM runs with NativeMemoryTracking. */
  static long heldBytes() throws IOException {
    for (int i = 0; i < 2; i++) {
      System.gc();
    }
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return heap + outsideBytes() + ownMappingsBytes();
  }

  private static long outsideBytes() {
    try {
      String account =
          (String)
              ManagementFactory.getPlatformMBeanServer()
                  .invoke(
                      new ObjectName("com.sun.management:type=DiagnosticCommand"),
                      "vmNativeMemory",
                      new Object[] {new String[] {"summary"}},
                      new String[] {String[].class.getName()});
      Matcher other = OTHER.matcher(account);
      if (other.find()) {
        return Long.parseLong(other.group(1)) << 10;
      }
    } catch (InstanceNotFoundException e) {
      // A JVM without this command: direct buffers are all that can be seen.
    } catch (JMException e) {
      throw new IllegalStateException("the JVM does not tell its native memory", e);
    }
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  static long majorFaults() throws IOException {
    Path stat = SELF.resolve("stat");
    if (!Files.isReadable(stat)) {
      return 0;
    }
    String line = Files.readString(stat);
    // The name in parentheses may hold anything.
    String[] fields = line.substring(line.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[MAJOR_FAULTS_FIELD]);
  }

  /** Pages of files below this folder that are mapped and have been touched. */
  static long mappedResidentBytes(Path folder) throws IOException {
    String name = folder.toAbsolutePath().toString();
    return mappings().stream()
        .filter(mapping -> mapping.file().startsWith(name))
        .mapToLong(Mapping::residentBytes)
        .sum();
  }

  /**
   * Memory that a library took from the system itself, which the JVM does not know of. It can be
   * told from the JVM's own by the huge pages asked for it.
   */
  private static long ownMappingsBytes() throws IOException {
    return mappings().stream()
        .filter(mapping -> mapping.file().isEmpty() && mapping.isAdvisedHuge())
        .mapToLong(Mapping::residentBytes)
        .sum();
  }

  private record Mapping(String file, long residentBytes, boolean isAdvisedHuge) {}

  private static List<Mapping> mappings() throws IOException {
    Path maps = SELF.resolve("smaps");
    List<Mapping> mappings = new ArrayList<>();
    if (!Files.isReadable(maps)) {
      return mappings;
    }
    String file = "";
    long resident = 0;
    for (String line : Files.readAllLines(maps)) {
      if (MAPPING.matcher(line).find()) {
        file = line.indexOf('/') > 0 ? line.substring(line.indexOf('/')) : "";
      } else if (line.startsWith("Rss:")) {
        resident = Long.parseLong(line.replaceAll("\\D", "")) << 10;
      } else if (line.startsWith("VmFlags:")) {
        // The last line of each.
        mappings.add(new Mapping(file, resident, (line + " ").contains(" hg ")));
      }
    }
    return mappings;
  }
}
