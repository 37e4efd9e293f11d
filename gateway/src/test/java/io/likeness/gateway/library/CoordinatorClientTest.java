package io.likeness.gateway.library;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.HazelcastInstance;
import io.likeness.node.cluster.Membership;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.node.process.Closing;
import io.likeness.node.process.GrpcEndpoint;
import io.likeness.node.process.Trace;
import io.likeness.wire.CoordinatorGrpcClient;
import io.likeness.wire.CoordinatorGrpcService;
import io.likeness.wire.CountImagesAnswer;
import io.likeness.wire.CountImagesRequest;
import io.likeness.wire.ImageCount;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class CoordinatorClientTest {

  private static final HostPort ANY_PORT = new HostPort("127.0.0.1", 0);
  private static final Duration LONG = Duration.ofSeconds(60);

  private final Vertx vertx = Vertx.vertx();
  private final GrpcEndpoint endpoint = GrpcEndpoint.listen(vertx, ANY_PORT);
  private final Counting service = new Counting();
  private HostPort nobody = ANY_PORT;

  @BeforeEach
  void findPortOfNobody() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      nobody = new HostPort("127.0.0.1", socket.getLocalPort());
    }
  }

  @AfterEach
  void close() {
    endpoint.close();
    Closing.await(vertx.close(), "Vert.x");
  }

  @Test
  void coordinatorThatIsStillStartingIsWaitedFor() {
    CountImagesAnswer answer =
        ask(
            look -> {
              if (look == 5) {
                endpoint.add(service);
              }
              return List.of(coordinator("c1", endpoint.address()));
            },
            LONG);

    assertThat(answer.getCount().getTotal()).isEqualTo(7);
  }

  @Test
  void coordinatorThatJoinsLaterIsAsked() {
    endpoint.add(service);

    CountImagesAnswer answer =
        ask(look -> look < 5 ? List.of() : List.of(coordinator("c1", endpoint.address())), LONG);

    assertThat(answer.getCount().getTotal()).isEqualTo(7);
  }

  @Test
  void coordinatorThatHasStoppedGivesWayToItsSuccessor() {
    endpoint.add(service);

    CountImagesAnswer answer =
        ask(look -> List.of(coordinator("c1", look < 5 ? nobody : endpoint.address())), LONG);

    assertThat(answer.getCount().getTotal()).isEqualTo(7);
  }

  @Test
  void oneOfTwoIsEnough() {
    endpoint.add(service);
    List<NodeInfo> two = List.of(coordinator("c1", nobody), coordinator("c2", endpoint.address()));

    assertThat(ask(look -> two, LONG).getCount().getTotal()).isEqualTo(7);
    assertThat(service.asked.get()).isEqualTo(1);
  }

  @Test
  void silentCoordinatorCostsPartOfTheTimeAndThenIsAskedLast() {
    GrpcEndpoint frozen = GrpcEndpoint.listen(vertx, ANY_PORT);
    Counting mute = new Counting();
    mute.silent = true;
    frozen.add(mute);
    endpoint.add(service);
    List<NodeInfo> two =
        List.of(coordinator("c1", frozen.address()), coordinator("c2", endpoint.address()));

    try (CoordinatorClient client = new CoordinatorClient(vertx, new Looked(look -> two))) {
      for (int i = 0; i < 6; i++) {
        assertThat(ask(client, Duration.ofSeconds(2)).getCount().getTotal()).isEqualTo(7);
      }
    }

    assertThat(mute.asked.get()).isEqualTo(1);
    frozen.close();
  }

  @Test
  void questionThatCoordinatorsFailAtIsGivenUp() {
    endpoint.add(service);
    service.failing = true;

    assertThatThrownBy(() -> ask(look -> List.of(coordinator("c1", endpoint.address())), LONG))
        .isInstanceOf(CoordinatorAwayException.class)
        .hasMessageContaining("coordinator c1 cannot be asked");
    assertThat(service.asked.get()).isEqualTo(3);
  }

  @Test
  void deadlineEndsTheWaitAndSaysWhatWasMet() {
    assertThatThrownBy(
            () -> ask(look -> List.of(coordinator("c1", nobody)), Duration.ofMillis(200)))
        .isInstanceOf(CoordinatorAwayException.class)
        .hasMessageContaining("coordinator c1 cannot be asked");
    assertThatThrownBy(() -> ask(look -> List.of(), Duration.ofMillis(200)))
        .isInstanceOf(CoordinatorAwayException.class)
        .hasMessage("no coordinator is known to be alive");
  }

  private CountImagesAnswer ask(IntFunction<List<NodeInfo>> members, Duration within) {
    try (CoordinatorClient client = new CoordinatorClient(vertx, new Looked(members))) {
      return ask(client, within);
    }
  }

  private static CountImagesAnswer ask(CoordinatorClient client, Duration within) {
    return client.ask(
        CoordinatorGrpcClient.CountImages,
        CountImagesRequest.getDefaultInstance(),
        within,
        Trace.fresh().traceparent());
  }

  private static NodeInfo coordinator(String name, HostPort grpc) {
    return new NodeInfo(name, Set.of(Role.COORDINATOR), grpc, "");
  }

  private static final class Counting extends CoordinatorGrpcService {

    final AtomicInteger asked = new AtomicInteger();
    volatile boolean failing;
    volatile boolean silent;

    @Override
    public Future<CountImagesAnswer> countImages(CountImagesRequest request) {
      asked.incrementAndGet();
      if (silent) {
        return Promise.<CountImagesAnswer>promise().future();
      }
      return failing
          ? Future.failedFuture("as the test wants it")
          : Future.succeededFuture(
              CountImagesAnswer.newBuilder().setCount(ImageCount.newBuilder().setTotal(7)).build());
    }
  }

  /** Who is there depends on how often it was looked, the first time being 1. */
  private record Looked(IntFunction<List<NodeInfo>> atLook, AtomicInteger looks)
      implements Membership {

    Looked(IntFunction<List<NodeInfo>> atLook) {
      this(atLook, new AtomicInteger());
    }

    @Override
    public NodeInfo self() {
      return new NodeInfo("self", Set.of(Role.GATEWAY), ANY_PORT, "");
    }

    @Override
    public List<NodeInfo> members() {
      return atLook.apply(looks.incrementAndGet());
    }

    @Override
    public AutoCloseable onChange(Runnable listener) {
      return () -> {};
    }

    @Override
    public HazelcastInstance hazelcast() {
      throw new UnsupportedOperationException("this membership has no Hazelcast");
    }

    @Override
    public void close() {}
  }
}
