package io.likeness.node.testing;

import com.hazelcast.core.HazelcastInstance;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Membership that a test sets by hand. */
public final class InMemoryMembership implements Membership {

  private final NodeInfo self;
  private final List<NodeInfo> others = new CopyOnWriteArrayList<>();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  public InMemoryMembership(NodeInfo self) {
    this.self = self;
  }

  public void join(NodeInfo member) {
    others.add(member);
    listeners.forEach(Runnable::run);
  }

  public void leave(String name) {
    others.removeIf(member -> member.name().equals(name));
    listeners.forEach(Runnable::run);
  }

  @Override
  public NodeInfo self() {
    return self;
  }

  @Override
  public List<NodeInfo> members() {
    List<NodeInfo> all = new ArrayList<>(others);
    all.add(self);
    all.sort(java.util.Comparator.comparing(NodeInfo::name));
    return List.copyOf(all);
  }

  @Override
  public AutoCloseable onChange(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public HazelcastInstance hazelcast() {
    throw new UnsupportedOperationException("this membership has no Hazelcast");
  }

  @Override
  public void close() {}
}
