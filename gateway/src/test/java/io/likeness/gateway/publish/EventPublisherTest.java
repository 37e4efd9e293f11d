package io.likeness.gateway.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.likeness.wire.AddImage;
import io.likeness.wire.ImageEvent;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.RoundRobinPartitioner;
import org.apache.kafka.common.Cluster;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the publisher makes of a log that is slow, full or refuses; Kafka's own mock plays it. */
class EventPublisherTest {

  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  private final MockProducer<byte[], byte[]> log =
      new MockProducer<>(
          cluster(),
          false,
          new RoundRobinPartitioner(),
          new ByteArraySerializer(),
          new ByteArraySerializer());
  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final EventPublisher publisher =
      new EventPublisher(log, () -> 7, Duration.ofSeconds(20), metrics);

  private static Cluster cluster() {
    Node node = new Node(0, "h", 1);
    Node[] nodes = {node};
    return new Cluster(
        "c",
        List.of(node),
        List.of(new PartitionInfo("ops", 0, node, nodes, nodes)),
        java.util.Set.of(),
        java.util.Set.of());
  }

  @AfterEach
  void close() {
    log.close();
  }

  private static ImageEvent event(int bytes) {
    return ImageEvent.newBuilder()
        .setInstance("p/shop")
        .setImageId("a")
        .setAdd(AddImage.newBuilder().setContent(ByteString.copyFrom(new byte[bytes])))
        .build();
  }

  private CompletableFuture<PublishOutcome> publish(int bytes) {
    return CompletableFuture.supplyAsync(
        () -> publisher.publish(event(bytes), TRACE), task -> Thread.ofVirtual().start(task));
  }

  private double inFlight() {
    return metrics.get("likeness.gateway.publish.inflight.bytes").gauge().value();
  }

  @Test
  void givesTheRecordsPlaceAsVersion() throws Exception {
    CompletableFuture<PublishOutcome> published = publish(10);
    await().until(() -> !log.history().isEmpty());
    log.completeNext();

    PublishOutcome.Published done = (PublishOutcome.Published) published.get(20, TimeUnit.SECONDS);
    assertThat(done.version().toString()).isEqualTo("7.0.0");
    assertThat(inFlight()).isZero();
  }

  @Test
  void refusesWhatFitsNoRecord() throws Exception {
    PublishOutcome outcome = publish(16 << 20).get(20, TimeUnit.SECONDS);

    assertThat(outcome).isInstanceOf(PublishOutcome.TooLarge.class);
    assertThat(log.history()).isEmpty();
    assertThat(inFlight()).isZero();
  }

  @Test
  void letsEventsWaitForRoomAndThenRefusesThem() throws Exception {
    List<CompletableFuture<PublishOutcome>> full = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      full.add(publish(15 << 20));
    }
    await().until(() -> log.history().size() == 3);
    assertThat(publish(15 << 20).get(20, TimeUnit.SECONDS))
        .isInstanceOf(PublishOutcome.NotTaken.class);

    CompletableFuture<PublishOutcome> waiting = publish(15 << 20);
    log.completeNext();
    await().until(() -> log.history().size() == 4);
    while (log.completeNext()) {
      // until the log has taken all of them
    }
    assertThat(waiting.get(20, TimeUnit.SECONDS)).isInstanceOf(PublishOutcome.Published.class);
    for (CompletableFuture<PublishOutcome> each : full) {
      assertThat(each.get(20, TimeUnit.SECONDS)).isInstanceOf(PublishOutcome.Published.class);
    }
    assertThat(inFlight()).isZero();
  }

  @Test
  void saysWhyTheLogDidNotTakeIt() throws Exception {
    CompletableFuture<PublishOutcome> published = publish(10);
    await().until(() -> !log.history().isEmpty());
    log.errorNext(new NotEnoughReplicasException("one of two"));

    PublishOutcome.NotTaken no = (PublishOutcome.NotTaken) published.get(20, TimeUnit.SECONDS);
    assertThat(no.why()).contains("one of two");
    assertThat(inFlight()).isZero();
  }
}
