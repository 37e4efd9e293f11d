package io.likeness.gateway;

import io.likeness.gateway.http.EdgeSettings;
import io.likeness.gateway.http.HttpLimits;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.config.HostPort;
import io.likeness.node.kafka.KafkaClients;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a gateway is told.
 *
 * @param pictureBytesMax of one picture over the native API
 * @param ratePerSecond requests an account may send to this gateway, on average
 * @param rateBurst requests an account may send at once
 * @param publishDeadline for the log to acknowledge an event
 * @param askDeadline for a coordinator to answer, beyond what a call itself waits
 * @param visibleWait how long a write over the compatible API waits to be visible
 * @param searchDeadline for a search over the compatible API
 * @param uploadBytes of pictures put down for the call that follows, all together
 * @param model the model that serves instances of the compatible API
 * @param masterKey the file with the cluster's one secret
 * @param bootstrapCredentials of the account to make where there is none
 */
public record GatewayConfig(
    EdgeSettings http,
    long pictureBytesMax,
    int ratePerSecond,
    int rateBurst,
    Duration publishDeadline,
    Duration askDeadline,
    Duration visibleWait,
    Duration searchDeadline,
    long uploadBytes,
    String model,
    Path masterKey,
    Optional<Path> bootstrapCredentials) {

  /** Of the compatible API: the contract's bound. */
  public static final long COMPATIBLE_BODY_BYTES_MAX = 12L << 20;

  /** What stands around a picture in its record: attributes at their longest, headers, framing. */
  private static final long RECORD_MARGIN = 64 << 10;

  public static final long PICTURE_BYTES_MAX = KafkaClients.RECORD_BYTES_MAX - RECORD_MARGIN;

  public static GatewayConfig read(ConfigReader config) {
    HttpLimits standard = HttpLimits.DEFAULT;
    HttpLimits limits =
        new HttpLimits(
            config.number("gateway.http.connections", standard.connectionsMax(), 1, 1_000_000),
            config.number("gateway.http.requests", standard.requestsMax(), 1, 100_000),
            config.size(
                "gateway.http.bytes-in-flight",
                standard.bytesInFlightMax(),
                32L << 20,
                Long.MAX_VALUE / 2),
            standard.lineBytesMax(),
            standard.headerBytesMax(),
            standard.headersBytesMax(),
            config.duration("gateway.http.header-deadline", standard.headerDeadline()),
            config.duration("gateway.http.body-deadline", standard.bodyDeadline()),
            config.duration("gateway.http.keep-alive", standard.keepAlive()),
            config.duration("gateway.http.answer-deadline", standard.answerDeadline()),
            config.duration("gateway.http.drain-deadline", standard.drainDeadline()));
    HostPort address =
        new HostPort(
            config.text("gateway.http.host", "127.0.0.1"),
            config.number("gateway.http.port", 8080, 0, 65_535));
    int verticles =
        config.number(
            "gateway.http.verticles",
            Math.min(8, Runtime.getRuntime().availableProcessors()),
            1,
            64);
    String certificate = config.text("gateway.tls.certificate", "");
    String key = config.text("gateway.tls.key", "");
    int tlsPort = config.number("gateway.tls.port", 8443, 0, 65_535);
    if (certificate.isEmpty() != key.isEmpty()) {
      config.fault("gateway.tls.certificate and gateway.tls.key are given together or not at all");
    }
    Optional<EdgeSettings.Tls> tls =
        certificate.isEmpty() || key.isEmpty()
            ? Optional.empty()
            : Optional.of(
                new EdgeSettings.Tls(
                    new HostPort(address.host(), tlsPort), Path.of(certificate), Path.of(key)));
    String credentials = config.text("gateway.bootstrap-credentials", "");
    return new GatewayConfig(
        new EdgeSettings(address, verticles, limits, tls),
        config.size("gateway.picture-bytes", PICTURE_BYTES_MAX, 1024, PICTURE_BYTES_MAX),
        config.number("gateway.rate.per-second", 10_000, 1, 1_000_000),
        config.number("gateway.rate.burst", 20_000, 1, 1_000_000),
        config.duration("gateway.publish-deadline", Duration.ofSeconds(10)),
        config.duration("gateway.ask-deadline", Duration.ofSeconds(5)),
        config.duration("gateway.visible-wait", Duration.ofSeconds(2)),
        config.duration("gateway.search-deadline", Duration.ofSeconds(5)),
        config.size("gateway.upload-bytes", 64L << 20, 8L << 20, Long.MAX_VALUE / 2),
        config.text("gateway.model", "default"),
        Path.of(config.required("gateway.master-key")),
        credentials.isEmpty() ? Optional.empty() : Optional.of(Path.of(credentials)));
  }
}
