package io.likeness.bench.engine.child;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private Gauges() {}

  static long threadCpuNanos() {
    return THREADS.getCurrentThreadCpuTime();
  }

  static long processCpuNanos() {
    return SYSTEM.getProcessCpuTime();
  }

  /** Live objects, and memory outside the heap where the JVM runs with NativeMemoryTracking. */
  static long heldBytes() {
    for (int i = 0; i < 2; i++) {
      System.gc();
    }
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return heap + outsideBytes();
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
    Path maps = SELF.resolve("smaps");
    if (!Files.isReadable(maps)) {
      return 0;
    }
    String name = folder.toAbsolutePath().toString();
    long sum = 0;
    boolean counts = false;
    for (String line : Files.readAllLines(maps)) {
      if (line.startsWith("Rss:")) {
        sum += counts ? Long.parseLong(line.replaceAll("\\D", "")) << 10 : 0;
      } else if (line.indexOf('/') > 0) {
        String file = line.substring(line.indexOf('/'));
        counts = file.startsWith(name);
      } else if (line.matches("^[0-9a-f]+-[0-9a-f]+ .*")) {
        counts = false;
      }
    }
    return sum;
  }
}
