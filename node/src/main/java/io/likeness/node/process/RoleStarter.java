package io.likeness.node.process;

import io.likeness.node.config.ConfigReader;

/** How a role begins: read its part of the configuration first, then start with the context. */
public interface RoleStarter {

  /** Reads the role's keys; faults go to the reader. */
  Starter read(ConfigReader config);

  /** Starts the role; closing what it returns ends it. */
  interface Starter {
    AutoCloseable start(NodeContext context) throws Exception;
  }
}
