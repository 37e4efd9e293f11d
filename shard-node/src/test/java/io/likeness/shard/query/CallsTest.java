package io.likeness.shard.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.Descriptors.ServiceDescriptor;
import io.likeness.node.config.HostPort;
import io.likeness.node.process.GrpcChannels;
import io.likeness.node.process.GrpcEndpoint;
import io.likeness.shard.index.Deadline;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardHits;
import io.likeness.wire.ShardNodeGrpcClient;
import io.likeness.wire.ShardNodeGrpcService;
import io.likeness.wire.ShardQuery;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.common.GrpcReadStream;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.Service;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over a real connection. */
class CallsTest {

  private record Taken(Deadline deadline, Promise<ShardAnswer> answer) {}

  private final BlockingQueue<Taken> taken = new LinkedBlockingQueue<>();
  private Vertx vertx;
  private GrpcEndpoint server;
  private GrpcClient client;

  @BeforeEach
  void listen() {
    vertx = Vertx.vertx();
    server = GrpcEndpoint.listen(vertx, new HostPort("127.0.0.1", 0));
    server.add(
        new Service() {
          @Override
          public ServiceName name() {
            return ShardNodeGrpcService.SERVICE_NAME;
          }

          @Override
          public ServiceDescriptor descriptor() {
            return ShardNodeGrpcService.SERVICE_DESCRIPTOR;
          }

          @Override
          public void bind(GrpcServer services) {
            Calls.bind(
                services,
                ShardNodeGrpcService.QueryShard,
                ShardQuery::getDeadlineMillis,
                (query, deadline) -> {
                  Promise<ShardAnswer> answer = Promise.promise();
                  taken.add(new Taken(deadline, answer));
                  return answer.future();
                });
          }
        });
    client = GrpcChannels.client(vertx);
  }

  @AfterEach
  void close() throws Exception {
    get(client.close());
    server.close();
    get(vertx.close());
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private GrpcClientRequest<ShardQuery, ShardAnswer> ask(ShardQuery query) throws Exception {
    GrpcClientRequest<ShardQuery, ShardAnswer> request =
        get(client.request(GrpcChannels.address(server.address()), ShardNodeGrpcClient.QueryShard));
    get(request.end(query));
    return request;
  }

  private Taken next() throws Exception {
    Taken next = taken.poll(30, TimeUnit.SECONDS);
    assertThat(next).isNotNull();
    return next;
  }

  @Test
  void endsTheDeadlineOfAQuestionThatIsCancelled() throws Exception {
    GrpcClientRequest<ShardQuery, ShardAnswer> request =
        ask(ShardQuery.newBuilder().setDeadlineMillis(60_000).build());
    Taken first = next();
    assertThat(first.deadline().hasPassed()).isFalse();

    request.cancel();
    await().atMost(Duration.ofSeconds(30)).until(first.deadline()::hasPassed);
    assertThat(first.deadline().remaining()).isZero();
    first.answer().complete(ShardAnswer.getDefaultInstance());
    assertThatThrownBy(() -> get(request.response())).isNotNull();
  }

  @Test
  void answersWhoeverStillWaits() throws Exception {
    GrpcClientRequest<ShardQuery, ShardAnswer> request =
        ask(ShardQuery.newBuilder().setDeadlineMillis(60_000).build());
    Taken first = next();
    ShardAnswer answer =
        ShardAnswer.newBuilder().setHits(ShardHits.newBuilder().setTotal(7)).build();
    first.answer().complete(answer);

    Future<ShardAnswer> answered = request.response().compose(GrpcReadStream::last);
    assertThat(get(answered)).isEqualTo(answer);
    assertThat(first.deadline().isAbandoned()).isFalse();
  }
}
