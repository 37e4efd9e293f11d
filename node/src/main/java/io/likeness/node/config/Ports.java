package io.likeness.node.config;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Free ports of this machine's loopback interface, for servers whose port must be known before they
 * listen. They are taken from below the range that systems use for outgoing connections: a port of
 * that range that was free a moment ago may be some client's by the time the server, or its
 * successor after a restart, wants it.
 */
public final class Ports {

  private static final int FIRST = 15_000;
  private static final int END = 32_000;
  private static final int ATTEMPTS_MAX = 1_000;

  private Ports() {}

  /** A port nobody listens on now. */
  public static int free() {
    for (int attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(FIRST, END);
      if (isFree("127.0.0.1", port)) {
        return port;
      }
    }
    throw new IllegalStateException("found no free port from " + FIRST + " to " + (END - 1));
  }

  public static boolean isFree(String host, int port) {
    try (ServerSocket socket = new ServerSocket()) {
      // As servers do: a port whose last connections still linger is free.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(host, port), 1);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
