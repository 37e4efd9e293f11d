package io.likeness.gateway.http;

import io.vertx.core.http.HttpConnection;

/**
 * One TCP connection and what is being waited for on it.
 *
 * <pre>
 * FIRST_REQUEST ─▶ BODY ─▶ ANSWER ─▶ TAKING ─▶ NEXT_REQUEST ─▶ BODY ─▶ …
 *                    └────────▶ LINGER: refused while the client still sends
 * </pre>
 *
 * Each phase but ANSWER, which is ours, has a deadline; a client that misses it loses the
 * connection. Only the event loop of the connection touches it.
 */
final class Connection {

  enum Phase {
    FIRST_REQUEST,
    BODY,
    ANSWER,
    TAKING,
    NEXT_REQUEST,
    LINGER
  }

  final HttpConnection socket;
  final String id;
  private Phase phase = Phase.FIRST_REQUEST;
  private long sinceNanos = System.nanoTime();

  Connection(HttpConnection socket, String id) {
    this.socket = socket;
    this.id = id;
  }

  void enter(Phase next) {
    phase = next;
    sinceNanos = System.nanoTime();
  }

  Phase phase() {
    return phase;
  }

  boolean longerThan(java.time.Duration bound) {
    return System.nanoTime() - sinceNanos > bound.toNanos();
  }
}
