package io.likeness.standalone;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a standalone system is told.
 *
 * @param data the folder everything is kept below
 * @param host where the gateway listens
 * @param port the gateway's port; 0 takes any free one
 * @param kafkaPort the broker's port; 0 takes the one chosen at the first start
 * @param settings keys of the roles' own configurations that differ from their defaults
 */
public record StandaloneConfig(
    Path data, String host, int port, int kafkaPort, Map<String, String> settings) {

  public static final String LOOPBACK = "127.0.0.1";
  private static final int PORT_MAX = 65535;

  public StandaloneConfig {
    data = data.toAbsolutePath().normalize();
    check("port", port);
    check("kafka port", kafkaPort);
    settings = Map.copyOf(settings);
  }

  /** On any free port of the loopback interface. */
  public static StandaloneConfig in(Path data) {
    return new StandaloneConfig(data, LOOPBACK, 0, 0, Map.of());
  }

  public StandaloneConfig with(String key, String value) {
    Map<String, String> more = new TreeMap<>(settings);
    more.put(key, value);
    return new StandaloneConfig(data, host, port, kafkaPort, more);
  }

  /** As {@link #with}, where the key is not set. */
  public StandaloneConfig withDefault(String key, String value) {
    return settings.containsKey(key) ? this : with(key, value);
  }

  public StandaloneConfig onPort(int other) {
    return new StandaloneConfig(data, host, other, kafkaPort, settings);
  }

  private static void check(String what, int port) {
    if (port < 0 || port > PORT_MAX) {
      throw new IllegalArgumentException(what + " " + port + " is not 0 to " + PORT_MAX);
    }
  }
}
