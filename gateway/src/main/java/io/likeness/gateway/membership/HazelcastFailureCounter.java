package io.likeness.gateway.membership;

import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.map.IMap;
import io.likeness.gateway.auth.FailureCounter;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The counter all gateways share; each counts by itself while the cluster cannot be asked.
 *
 * <p>Counting is read-then-write under the key's lock: an entry processor would need this class on
 * members that are no gateways.
 */
public final class HazelcastFailureCounter implements FailureCounter {

  private static final Logger log = LoggerFactory.getLogger(HazelcastFailureCounter.class);
  private static final String MAP = "gateway.failures";
  private static final int ENTRIES_PER_NODE_MAX = 100_000;
  private static final int LOCK_SECONDS_MAX = 2;

  private final IMap<String, Integer> counts;
  private final FailureCounter alone;

  public HazelcastFailureCounter(HazelcastInstance hazelcast, FailureCounter alone) {
    hazelcast.getConfig().addMapConfig(HazelcastReplayGuard.bounded(MAP, ENTRIES_PER_NODE_MAX));
    this.counts = hazelcast.getMap(MAP);
    this.alone = alone;
  }

  @Override
  public int count(String name) {
    try {
      Integer count = counts.get(name);
      return count == null ? 0 : count;
    } catch (HazelcastException | HazelcastInstanceNotActiveException e) {
      log.warn("failures are counted by this gateway alone: {}", e.toString());
      return alone.count(name);
    }
  }

  @Override
  public void raise(String name) {
    alone.raise(name);
    try {
      if (!counts.tryLock(
          name, LOCK_SECONDS_MAX, TimeUnit.SECONDS, LOCK_SECONDS_MAX, TimeUnit.SECONDS)) {
        return; // others are counting this name right now
      }
      try {
        Integer before = counts.get(name);
        counts.set(name, (before == null ? 0 : before) + 1, MEMORY.toSeconds(), TimeUnit.SECONDS);
      } finally {
        counts.unlock(name);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (HazelcastException | HazelcastInstanceNotActiveException e) {
      log.warn("failures are counted by this gateway alone: {}", e.toString());
    }
  }

  @Override
  public void clear(String name) {
    alone.clear(name);
    try {
      counts.delete(name);
    } catch (HazelcastException | HazelcastInstanceNotActiveException e) {
      log.warn("failures are counted by this gateway alone: {}", e.toString());
    }
  }
}
