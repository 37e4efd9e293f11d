package io.likeness.standalone;

import java.net.URI;

/** The ports of one start. */
record SystemPorts(int http, int kafka, int controller) {

  /** Says at once which port cannot be had, before anything slow begins. */
  static SystemPorts choose(StandaloneConfig config, DataFolder folder) {
    int http = config.port() == 0 ? DataFolder.freePort() : config.port();
    if (config.port() != 0 && !DataFolder.isFree(config.host(), http)) {
      throw new CannotStart(
          "cannot listen on "
              + config.host()
              + ":"
              + http
              + ": the port is in use, or the address is not this machine's; choose another with"
              + " --port or --host");
    }
    int kafka = config.kafkaPort() == 0 ? folder.port("kafka") : config.kafkaPort();
    if (config.kafkaPort() != 0 && !DataFolder.isFree(StandaloneConfig.LOOPBACK, kafka)) {
      throw new CannotStart(
          "Kafka cannot listen on "
              + StandaloneConfig.LOOPBACK
              + ":"
              + kafka
              + ": the port is in use; choose another with --kafka-port");
    }
    return new SystemPorts(http, kafka, folder.port("controller"));
  }

  /** Where callers on this machine reach the gateway. */
  URI endpoint(String host) {
    String reachable =
        switch (host) {
          case "0.0.0.0" -> StandaloneConfig.LOOPBACK;
          case "::" -> "[::1]";
          default -> host.indexOf(':') >= 0 ? "[" + host + "]" : host;
        };
    return URI.create("http://" + reachable + ":" + http);
  }
}
