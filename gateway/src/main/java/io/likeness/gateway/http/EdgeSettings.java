package io.likeness.gateway.http;

import io.likeness.node.config.HostPort;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * Where the server listens and what it lets in. Port 0: a free one.
 *
 * @param tls where it listens for TLS beside that
 */
public record EdgeSettings(HostPort address, int verticles, HttpLimits limits, Optional<Tls> tls) {

  /** Certificate chain and private key as PEM files. */
  public record Tls(HostPort address, Path certificate, Path key) {}

  /** Answers shorter than this are not worth compressing. */
  private static final int COMPRESS_BYTES_MIN = 1024;

  public EdgeSettings {
    if (verticles < 1) {
      throw new IllegalArgumentException("a server needs a verticle, not " + verticles);
    }
  }

  HttpServerOptions plainOptions(int port) {
    return options(address.host(), port);
  }

  /** The same rules behind TLS; no HTTP/2, which has no connections for one request at a time. */
  HttpServerOptions tlsOptions(Tls tls, int port) {
    return options(tls.address().host(), port)
        .setSsl(true)
        .setUseAlpn(false)
        .setKeyCertOptions(
            new PemKeyCertOptions()
                .setCertPath(tls.certificate().toString())
                .setKeyPath(tls.key().toString()));
  }

  private HttpServerOptions options(String host, int port) {
    return new HttpServerOptions()
        .setHost(host)
        .setPort(port)
        .setTcpNoDelay(true)
        .setHttp2ClearTextEnabled(false)
        .setHandle100ContinueAutomatically(false)
        .setMaxInitialLineLength(limits.lineBytesMax() + " HTTP/1.1".length() + "OPTIONS ".length())
        .setMaxHeaderSize(limits.headersBytesMax())
        .setCompressionSupported(true)
        .setCompressionLevel(4)
        .setCompressionContentSizeThreshold(COMPRESS_BYTES_MIN)
        .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
        .setWriteIdleTimeout(0);
  }
}
