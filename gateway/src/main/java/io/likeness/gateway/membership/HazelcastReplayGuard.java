package io.likeness.gateway.membership;

import com.hazelcast.config.EvictionConfig;
import com.hazelcast.config.EvictionPolicy;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MaxSizePolicy;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.map.IMap;
import io.likeness.gateway.auth.ReplayGuard;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The guard all gateways share. Hazelcast may lose entries when members die, and is not the truth
 * of anything: then a replay of the last minutes could pass, once, at another gateway. While it
 * cannot be asked at all, each gateway guards by itself.
 */
public final class HazelcastReplayGuard implements ReplayGuard {

  private static final Logger log = LoggerFactory.getLogger(HazelcastReplayGuard.class);
  private static final String MAP = "gateway.signatures";

  /** Some 200 bytes each. */
  private static final int ENTRIES_PER_NODE_MAX = 1_000_000;

  private final IMap<String, String> seen;
  private final ReplayGuard alone;

  /** {@code alone} guards while the cluster cannot be asked. */
  public HazelcastReplayGuard(HazelcastInstance hazelcast, ReplayGuard alone) {
    hazelcast.getConfig().addMapConfig(bounded(MAP, ENTRIES_PER_NODE_MAX));
    this.seen = hazelcast.getMap(MAP);
    this.alone = alone;
  }

  static MapConfig bounded(String name, int entriesPerNodeMax) {
    return new MapConfig(name)
        .setBackupCount(1)
        .setEvictionConfig(
            new EvictionConfig()
                .setEvictionPolicy(EvictionPolicy.LRU)
                .setMaxSizePolicy(MaxSizePolicy.PER_NODE)
                .setSize(entriesPerNodeMax));
  }

  @Override
  public Optional<String> firstSeenOn(String signature, String connection, Duration keep) {
    // Asked always, so that it knows what came just before the cluster went away.
    Optional<String> here = alone.firstSeenOn(signature, connection, keep);
    if (here.isPresent()) {
      return here;
    }
    try {
      return Optional.ofNullable(
          seen.putIfAbsent(signature, connection, Math.max(1, keep.toSeconds()), TimeUnit.SECONDS));
    } catch (HazelcastException | HazelcastInstanceNotActiveException e) {
      log.warn("signatures are remembered by this gateway alone: {}", e.toString());
      return Optional.empty();
    }
  }
}
