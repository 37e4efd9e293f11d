package io.likeness.node.process;

import io.likeness.node.config.HostPort;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientOptions;

/**
 * The gRPC client of a process: connections are pooled per address, messages may be as large as a
 * record.
 */
public final class GrpcChannels {

  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;

  private GrpcChannels() {}

  public static GrpcClient client(Vertx vertx) {
    return GrpcClient.client(
        vertx,
        new GrpcClientOptions().setMaxMessageSize(GrpcEndpoint.MESSAGE_BYTES_MAX),
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false)
            .setConnectTimeout(CONNECT_TIMEOUT_MILLIS));
  }

  public static SocketAddress address(HostPort where) {
    return SocketAddress.inetSocketAddress(where.port(), where.host());
  }
}
