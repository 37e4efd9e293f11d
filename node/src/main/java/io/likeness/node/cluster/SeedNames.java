package io.likeness.node.cluster;

import com.hazelcast.cluster.Address;
import com.hazelcast.config.properties.PropertyDefinition;
import com.hazelcast.logging.ILogger;
import com.hazelcast.spi.discovery.AbstractDiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryNode;
import com.hazelcast.spi.discovery.DiscoveryStrategy;
import com.hazelcast.spi.discovery.DiscoveryStrategyFactory;
import com.hazelcast.spi.discovery.SimpleDiscoveryNode;
import io.likeness.node.config.HostPort;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * Seeds that are names, each standing for as many processes as it has addresses: the headless
 * Service of Kubernetes. They are asked anew each time somebody is looked for, also by a process
 * that found nobody at first and by the two halves of a cluster that was cut. Hazelcast's own list
 * of members tries only one address of a name.
 */
final class SeedNames implements DiscoveryStrategyFactory {

  private final List<HostPort> seeds;

  SeedNames(List<HostPort> seeds) {
    this.seeds = List.copyOf(seeds);
  }

  /** Whether any of these is a name, not an address. */
  static boolean anyIn(List<HostPort> seeds) {
    return seeds.stream()
        .anyMatch(seed -> !seed.host().matches("[0-9.]+") && seed.host().indexOf(':') < 0);
  }

  @Override
  public Class<? extends DiscoveryStrategy> getDiscoveryStrategyType() {
    return Lookup.class;
  }

  @Override
  @SuppressWarnings("rawtypes") // as the interface has it
  public DiscoveryStrategy newDiscoveryStrategy(
      DiscoveryNode self, ILogger logger, Map<String, Comparable> properties) {
    return new Lookup(logger, seeds);
  }

  @Override
  public Collection<PropertyDefinition> getConfigurationProperties() {
    return List.of();
  }

  private static final class Lookup extends AbstractDiscoveryStrategy {

    private final List<HostPort> seeds;

    private Lookup(ILogger logger, List<HostPort> seeds) {
      super(logger, Map.of());
      this.seeds = seeds;
    }

    @Override
    public Iterable<DiscoveryNode> discoverNodes() {
      List<DiscoveryNode> found = new ArrayList<>();
      for (HostPort seed : seeds) {
        try {
          for (InetAddress address : InetAddress.getAllByName(seed.host())) {
            found.add(new SimpleDiscoveryNode(new Address(address.getHostAddress(), seed.port())));
          }
        } catch (UnknownHostException e) {
          getLogger().info("nobody is known by the name " + seed.host() + " yet");
        }
      }
      return found;
    }
  }
}
