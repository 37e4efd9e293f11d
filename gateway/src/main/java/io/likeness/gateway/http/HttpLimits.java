package io.likeness.gateway.http;

import java.time.Duration;

/**
 * What the server lets in, and for how long.
 *
 * @param connectionsMax open at once, of all verticles together
 * @param requestsMax being read or answered at once
 * @param bytesInFlightMax of bodies held in memory at once
 * @param lineBytesMax of the request line
 * @param headerBytesMax of one header, name and value
 * @param headersBytesMax of all headers together
 * @param headerDeadline from the opening of a connection to its first request
 * @param bodyDeadline from a request's headers to the end of its body
 * @param keepAlive from an answer to the next request
 * @param answerDeadline for a client to take an answer
 * @param drainDeadline for requests under way when the server stops
 */
public record HttpLimits(
    int connectionsMax,
    int requestsMax,
    long bytesInFlightMax,
    int lineBytesMax,
    int headerBytesMax,
    int headersBytesMax,
    Duration headerDeadline,
    Duration bodyDeadline,
    Duration keepAlive,
    Duration answerDeadline,
    Duration drainDeadline) {

  /** What the contract says of the gateway in front, and patience for slow lines. */
  public static final HttpLimits DEFAULT =
      new HttpLimits(
          4096,
          512,
          Math.max(64L << 20, Runtime.getRuntime().maxMemory() / 8),
          32 << 10,
          32 << 10,
          128 << 10,
          Duration.ofSeconds(20),
          Duration.ofSeconds(60),
          Duration.ofSeconds(75),
          Duration.ofSeconds(60),
          Duration.ofSeconds(20));

  public HttpLimits {
    if (connectionsMax < 1 || requestsMax < 1 || bytesInFlightMax < 1) {
      throw new IllegalArgumentException(
          "bounds below one: "
              + connectionsMax
              + " connections, "
              + requestsMax
              + " requests, "
              + bytesInFlightMax
              + " bytes in flight");
    }
  }
}
