package io.likeness.standalone.processes;

import io.likeness.node.config.HostPort;
import java.util.List;

/**
 * A process to keep running.
 *
 * @param name also of its files: {@code run/NAME.pid}, {@code logs/NAME.log}
 * @param flags of its JVM beyond those every process has
 * @param layer those of a higher one are stopped before those of a lower one
 */
public record ChildSpec(
    String name,
    String mainClass,
    List<String> flags,
    List<String> arguments,
    Probe probe,
    HostPort probed,
    int layer) {

  /** When it is ready. */
  public enum Probe {
    /** Once {@code /health/ready} is answered well. */
    HEALTH,
    /** Once connections are taken. */
    OPEN
  }

  public ChildSpec {
    flags = List.copyOf(flags);
    arguments = List.copyOf(arguments);
  }
}
