package io.likeness.node.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.config.Config;
import com.hazelcast.config.DiscoveryStrategyConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.likeness.node.config.HostPort;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Membership by Hazelcast: each process says in its member attributes who it is and where its gRPC
 * server listens.
 */
public final class HazelcastMembership implements Membership {

  private static final String NAME = "likeness.name";
  private static final String ROLES = "likeness.roles";
  private static final String GRPC = "likeness.grpc";
  private static final String ZONE = "likeness.zone";

  /** How long a process waits for its seeds' names to be known before it founds a cluster alone. */
  private static final String NAMES_WAIT_SECONDS = "3";

  private final HazelcastInstance hazelcast;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private HazelcastMembership(HazelcastInstance hazelcast) {
    this.hazelcast = hazelcast;
    hazelcast
        .getCluster()
        .addMembershipListener(
            new MembershipListener() {
              @Override
              public void memberAdded(MembershipEvent event) {
                listeners.forEach(Runnable::run);
              }

              @Override
              public void memberRemoved(MembershipEvent event) {
                listeners.forEach(Runnable::run);
              }
            });
  }

  /** Joins the cluster of this name through any of the seeds, or founds it where none answers. */
  public static HazelcastMembership join(
      NodeInfo self, String clusterName, HostPort address, List<HostPort> seeds) {
    Config config = new Config().setClusterName(clusterName);
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.setProperty("hazelcast.merge.first.run.delay.seconds", "10");
    config.setProperty("hazelcast.merge.next.run.delay.seconds", "10");
    config.setProperty("hazelcast.heartbeat.interval.seconds", "1");
    config.setProperty("hazelcast.max.no.heartbeat.seconds", "5");
    config.setProperty("hazelcast.partition.count", "71");
    config.setProperty("hazelcast.shutdownhook.enabled", "false");
    config.setProperty("hazelcast.socket.bind.any", "false");
    config.getJetConfig().setEnabled(false);
    config.getMetricsConfig().setEnabled(false);
    config
        .getNetworkConfig()
        .setPort(address.port() == 0 ? 5701 : address.port())
        .setPortAutoIncrement(address.port() == 0)
        .setPublicAddress(address.port() == 0 ? address.host() : address.toString());
    if (isOtherLoopback(address.host())) {
      // Hazelcast looks for the address among the interfaces', and the system lists only the first
      // of the loopback network; told so, it takes it unseen.
      config.setProperty("hazelcast.local.localAddress", address.host());
    } else {
      config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface(address.host());
    }
    JoinConfig join = config.getNetworkConfig().getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    if (SeedNames.anyIn(seeds)) {
      config.setProperty("hazelcast.discovery.enabled", "true");
      config.setProperty("hazelcast.max.wait.seconds.before.join", NAMES_WAIT_SECONDS);
      join.getDiscoveryConfig()
          .addDiscoveryStrategyConfig(new DiscoveryStrategyConfig(new SeedNames(seeds), Map.of()));
    } else {
      join.getTcpIpConfig().setEnabled(!seeds.isEmpty());
      seeds.forEach(seed -> join.getTcpIpConfig().addMember(seed.toString()));
    }
    config
        .getMemberAttributeConfig()
        .setAttribute(NAME, self.name())
        .setAttribute(ROLES, String.join(",", self.roles().stream().map(Role::text).toList()))
        .setAttribute(GRPC, self.grpc().toString())
        .setAttribute(ZONE, self.zone());
    return new HazelcastMembership(Hazelcast.newHazelcastInstance(config));
  }

  private static boolean isOtherLoopback(String host) {
    return host.matches("127(\\.\\d{1,3}){3}") && !host.equals("127.0.0.1");
  }

  @Override
  public NodeInfo self() {
    return info(hazelcast.getCluster().getLocalMember());
  }

  @Override
  public List<NodeInfo> members() {
    return hazelcast.getCluster().getMembers().stream()
        .filter(member -> member.getAttribute(NAME) != null)
        .map(HazelcastMembership::info)
        .sorted(Comparator.comparing(NodeInfo::name))
        .toList();
  }

  private static NodeInfo info(Member member) {
    Set<Role> roles = EnumSet.noneOf(Role.class);
    Arrays.stream(member.getAttribute(ROLES).split(",", -1)).map(Role::parse).forEach(roles::add);
    return new NodeInfo(
        member.getAttribute(NAME),
        roles,
        HostPort.parse(member.getAttribute(GRPC)),
        member.getAttribute(ZONE));
  }

  @Override
  public AutoCloseable onChange(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public HazelcastInstance hazelcast() {
    return hazelcast;
  }

  @Override
  public void close() {
    hazelcast.shutdown();
  }
}
