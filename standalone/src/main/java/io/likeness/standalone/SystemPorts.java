package io.likeness.standalone;

import io.likeness.node.config.Ports;
import java.net.URI;

/**
 * The ports of one start.
 *
 * @param http the gateway's; 0 where it may take any
 */
public record SystemPorts(int http, int kafka, int controller) {

  /** Says at once which port cannot be had, before anything slow begins. */
  public static SystemPorts choose(StandaloneConfig config, DataFolder folder) {
    int http = checkedHttp(config);
    int kafka = config.kafkaPort() == 0 ? folder.port("kafka") : config.kafkaPort();
    if (config.kafkaPort() != 0 && !Ports.isFree(StandaloneConfig.LOOPBACK, kafka)) {
      throw new CannotStart(
          "Kafka cannot listen on "
              + StandaloneConfig.LOOPBACK
              + ":"
              + kafka
              + ": the port is in use; choose another with --kafka-port");
    }
    return new SystemPorts(http, kafka, folder.port("controller"));
  }

  /** The gateway's port, certain to be known before it listens. */
  public static int http(StandaloneConfig config) {
    int http = checkedHttp(config);
    return http == 0 ? Ports.free() : http;
  }

  private static int checkedHttp(StandaloneConfig config) {
    int http = config.port();
    if (http != 0 && !Ports.isFree(config.host(), http)) {
      throw new CannotStart(
          "cannot listen on "
              + config.host()
              + ":"
              + http
              + ": the port is in use, or the address is not this machine's; choose another with"
              + " --port or --host");
    }
    return http;
  }

  public String kafkaBootstrap() {
    return StandaloneConfig.LOOPBACK + ":" + kafka;
  }

  /** Where callers on this machine reach the gateway. */
  public static URI endpoint(String host, int port) {
    String reachable =
        switch (host) {
          case "0.0.0.0" -> StandaloneConfig.LOOPBACK;
          case "::" -> "[::1]";
          default -> host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        };
    return URI.create("http://" + reachable + ":" + port);
  }
}
