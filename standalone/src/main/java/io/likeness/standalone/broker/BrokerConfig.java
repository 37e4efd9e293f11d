package io.likeness.standalone.broker;

import io.likeness.node.config.ConfigReader;
import io.likeness.node.config.HostPort;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.standalone.StandaloneConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * What one broker is told.
 *
 * @param folder what it keeps
 * @param clusterId a file with the cluster's id, the same of all its brokers; made where absent
 * @param id from 1 on
 * @param controllers of the broker 1, 2, and so on: those that decide who leads what; a broker
 *     whose number is greater than theirs only keeps records
 * @param brokers how many there are
 */
public record BrokerConfig(
    Path folder,
    Path clusterId,
    int id,
    HostPort address,
    List<HostPort> controllers,
    int brokers) {

  private static final int BROKERS_MAX = 9;
  private static final int COPIES_MAX = 3;

  public BrokerConfig {
    controllers = List.copyOf(controllers);
    if (id < 1 || id > brokers || brokers > BROKERS_MAX) {
      throw new IllegalArgumentException(
          "broker " + id + " of " + brokers + " is not from 1 to at most " + BROKERS_MAX);
    }
    if (controllers.size() != controllersOf(brokers)) {
      throw new IllegalArgumentException(
          controllers.size() + " controllers for " + brokers + " brokers");
    }
  }

  /** One broker, its own controller, on the loopback interface. */
  public static BrokerConfig single(Path folder, int port, int controllerPort) {
    return new BrokerConfig(
        folder,
        folder.resolve("cluster.id"),
        1,
        new HostPort(StandaloneConfig.LOOPBACK, port),
        List.of(new HostPort(StandaloneConfig.LOOPBACK, controllerPort)),
        1);
  }

  /** An odd number: a fourth voter would only be one more that must not die. */
  public static int controllersOf(int brokers) {
    return brokers % 2 == 1 ? brokers : brokers - 1;
  }

  /** How many brokers keep each record. */
  public static int copiesOf(int brokers) {
    return Math.min(COPIES_MAX, brokers);
  }

  /** How many of them must have a record before it is acknowledged. */
  int inSyncMin() {
    return new KafkaSettings(address.toString(), (short) copiesOf(brokers)).inSyncMin();
  }

  boolean isController() {
    return id <= controllers.size();
  }

  static BrokerConfig read(ConfigReader config) {
    int brokers = config.number("broker.count", 1, 1, BROKERS_MAX);
    return new BrokerConfig(
        config.path("broker.folder", Path.of("data", "kafka")),
        config.path("broker.cluster-id", Path.of("data", "kafka", "cluster.id")),
        config.number("broker.id", 1, 1, brokers),
        config.address("broker.address", new HostPort(StandaloneConfig.LOOPBACK, 9092)),
        config.addresses("broker.controllers"),
        brokers);
  }

  /** As {@link KafkaMain} reads it. */
  public Properties properties() {
    Properties properties = new Properties();
    properties.put("broker.folder", folder.toString());
    properties.put("broker.cluster-id", clusterId.toString());
    properties.put("broker.id", Integer.toString(id));
    properties.put("broker.address", address.toString());
    properties.put(
        "broker.controllers",
        String.join(",", controllers.stream().map(HostPort::toString).toList()));
    properties.put("broker.count", Integer.toString(brokers));
    return properties;
  }
}
