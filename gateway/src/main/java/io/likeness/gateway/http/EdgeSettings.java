package io.likeness.gateway.http;

import io.likeness.node.config.HostPort;
import io.vertx.core.http.HttpServerOptions;
import java.util.concurrent.TimeUnit;

/** Where the server listens and what it lets in. Port 0: a free one. */
public record EdgeSettings(HostPort address, int verticles, HttpLimits limits) {

  /** Answers shorter than this are not worth compressing. */
  private static final int COMPRESS_BYTES_MIN = 1024;

  public EdgeSettings {
    if (verticles < 1) {
      throw new IllegalArgumentException("a server needs a verticle, not " + verticles);
    }
  }

  HttpServerOptions serverOptions(int port) {
    return new HttpServerOptions()
        .setHost(address.host())
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
