package io.likeness.standalone.cluster;

import io.likeness.node.cluster.Role;
import io.likeness.node.config.Ports;
import io.likeness.standalone.CannotStart;
import org.jspecify.annotations.Nullable;

/**
 * An address of the loopback network for each process, so that they are as far apart as machines
 * are: a name server, a proxy or a firewall can tell one from the other.
 */
final class LocalAddresses {

  private LocalAddresses() {}

  /** Of the one with this number, from 1 on, of its kind. */
  static String of(Kind kind, int number) {
    return "127.0." + (kind.ordinal() + 1) + "." + number;
  }

  /** What processes there are; the order gives the third number of their addresses. */
  enum Kind {
    KAFKA("kafka", null),
    NODE("node", Role.SHARD_NODE),
    COORDINATOR("coordinator", Role.COORDINATOR),
    GATEWAY("gateway", Role.GATEWAY),
    INGEST_WORKER("ingest-worker", Role.INGEST_WORKER);

    private final String word;
    private final @Nullable Role role;

    Kind(String word, @Nullable Role role) {
      this.word = word;
      this.role = role;
    }

    Role role() {
      if (role == null) {
        throw new IllegalStateException(word + " is none of our roles");
      }
      return role;
    }

    String name(int number) {
      return word + "-" + number;
    }
  }

  /** Throws where this machine has only 127.0.0.1. */
  static void check() {
    if (Ports.isFree(of(Kind.GATEWAY, 1), 0)) {
      return;
    }
    throw new CannotStart(
        "this machine has no address "
            + of(Kind.GATEWAY, 1)
            + ": a cluster on one machine needs all of 127.0.0.0/8, as Linux has it; ./likeness up"
            + " --separate needs only 127.0.0.1");
  }
}
