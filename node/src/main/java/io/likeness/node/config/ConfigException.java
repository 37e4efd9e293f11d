package io.likeness.node.config;

import java.util.List;

/**
 * A configuration that cannot be used: every fault at once, so that one reading is enough to mend
 * it.
 */
public final class ConfigException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public ConfigException(List<String> faults) {
    super(
        "the configuration has "
            + faults.size()
            + (faults.size() == 1 ? " fault" : " faults")
            + ":\n  "
            + String.join("\n  ", faults));
  }
}
