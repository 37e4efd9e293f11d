package io.likeness.node.cluster;

import com.hazelcast.core.HazelcastInstance;
import java.util.List;

/**
 * Who is alive now. A hint, never the truth of anything: what must be right is decided by {@link
 * Assignments}.
 */
public interface Membership extends AutoCloseable {

  NodeInfo self();

  /** Everybody alive, this process among them, in order of name. */
  List<NodeInfo> members();

  default List<NodeInfo> members(Role role) {
    return members().stream().filter(member -> member.roles().contains(role)).toList();
  }

  /** Called after somebody came or went. */
  AutoCloseable onChange(Runnable listener);

  /** For maps that may lose updates: nonces, counters, live load. */
  HazelcastInstance hazelcast();

  @Override
  void close();
}
