package io.likeness.standalone.processes;

import java.util.List;

/**
 * A process to keep running.
 *
 * @param name also of its files: {@code run/NAME.pid}, {@code logs/NAME.log}
 * @param flags of its JVM beyond those every process has
 * @param readyPort that answers {@code /health/ready}; 0 for a process ready once {@code openPort}
 *     takes connections
 */
record ChildSpec(
    String name,
    String mainClass,
    List<String> flags,
    List<String> arguments,
    int readyPort,
    int openPort) {

  ChildSpec {
    flags = List.copyOf(flags);
    arguments = List.copyOf(arguments);
  }
}
