package io.likeness.node.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.node.config.HostPort;
import io.likeness.proto.wire.Formats;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.grpc.common.GrpcStatus;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a call says of its form decides whether it is looked at. */
class GrpcFormatsTest {

  private static MultiMap answer(String form) {
    Vertx vertx = Vertx.vertx();
    try (GrpcEndpoint endpoint = GrpcEndpoint.listen(vertx, new HostPort("127.0.0.1", 0))) {
      HttpClient client =
          vertx.createHttpClient(
              new HttpClientOptions()
                  .setProtocolVersion(HttpVersion.HTTP_2)
                  .setHttp2ClearTextUpgrade(false));
      HostPort at = endpoint.address();
      return client
          .request(HttpMethod.POST, at.port(), at.host(), "/likeness.v1.ShardNode/QueryShard")
          .compose(
              request -> {
                request.putHeader("content-type", "application/grpc");
                if (!form.isEmpty()) {
                  request.putHeader(Formats.CALL_HEADER, form);
                }
                return request.send().compose(HttpClientResponse::end).map(end -> request);
              })
          .compose(request -> request.response())
          .map(
              response ->
                  MultiMap.caseInsensitiveMultiMap()
                      .addAll(response.headers())
                      .addAll(response.trailers()))
          .toCompletionStage()
          .toCompletableFuture()
          .join();
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().join();
    }
  }

  @Test
  void refusesACallOfANewerReleaseBeforeItIsRead() {
    MultiMap answer = answer(Integer.toString(Formats.CALL + 1));
    assertThat(answer.get("grpc-status"))
        .isEqualTo(Integer.toString(GrpcStatus.FAILED_PRECONDITION.code));
    assertThat(answer.get("grpc-message"))
        .isEqualTo(
            "the call /likeness.v1.ShardNode/QueryShard has format 2, and this release understands"
                + " up to 1");
  }

  /** Nobody serves it here; but it is looked at. */
  @ParameterizedTest
  @ValueSource(strings = {"", "1"})
  void looksAtEveryOther(String form) {
    assertThat(answer(form).get("grpc-status"))
        .isEqualTo(Integer.toString(GrpcStatus.UNIMPLEMENTED.code));
  }
}
