package io.likeness.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.ByteString;
import io.likeness.gateway.auth.Credentials;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.gateway.json.JsonBody;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.config.HostPort;
import io.likeness.node.kafka.Headers;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.Topics;
import io.likeness.node.process.Node;
import io.likeness.node.process.NodeConfig;
import io.likeness.node.process.Trace;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.EventFormat;
import io.likeness.wire.EventVersion;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.QuarantinedEvent;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole gateway: real HTTP in front, a real broker and real gRPC behind. */
@SuppressWarnings("NullAway.Init")
class GatewayRoleTest {

  private static final int OPS_PARTITIONS = 3;
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final byte[] PICTURE = "picture".getBytes(StandardCharsets.UTF_8);

  @TempDir static Path folder;
  private static EmbeddedKafka kafka;
  private static Node node;
  private static GatewayRole gateway;
  private static Credentials admin;
  private static final ScriptedCoordinator coordinator = new ScriptedCoordinator();
  private static final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start(folder.resolve("kafka"));
    HostPort anyPort = new HostPort("127.0.0.1", 0);
    node =
        Node.start(
            new NodeConfig(
                "gateway-test",
                "",
                kafka.settings(),
                "gateway-test",
                anyPort,
                List.of(),
                anyPort,
                anyPort,
                OPS_PARTITIONS,
                4,
                Optional.empty()),
            Set.of(Role.GATEWAY, Role.COORDINATOR));
    node.context().grpc().add(coordinator);
    MasterKey.create(folder.resolve("master.key"));
    admin = Credentials.fresh("acme", "admin", new SecureRandom());
    admin.write(folder.resolve("credentials.json"));
    ConfigReader config =
        ConfigReader.of(
            Map.of(
                "gateway.http.port",
                "0",
                "gateway.ask-deadline",
                "3s",
                "gateway.master-key",
                folder.resolve("master.key").toString(),
                "gateway.bootstrap-credentials",
                folder.resolve("credentials.json").toString()));
    GatewayConfig read = GatewayConfig.read(config);
    config.done();
    gateway = GatewayRole.start(read, node.context());
    HttpResponse<String> made =
        call("POST", "/api/v1/instances", "{\"name\":\"shop\",\"tags\":[\"kind\"]}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
  }

  @AfterAll
  static void stop() {
    http.close();
    gateway.close();
    node.close();
    kafka.close();
  }

  private static HttpRequest.Builder request(Credentials account, String target) {
    String pair = account.accessKey() + ":" + account.secretKey();
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + target))
        .timeout(SOON)
        .header(
            "Authorization",
            "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request) {
    try {
      return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private static HttpResponse<String> call(String method, String target, String json) {
    return send(
        request(admin, target)
            .header("Content-Type", "application/json")
            .method(method, HttpRequest.BodyPublishers.ofString(json)));
  }

  private static HttpResponse<String> add(String id, String query) {
    return send(
        request(admin, "/api/v1/instances/shop/images/" + id + query)
            .header("Content-Type", "image/png")
            .header(Trace.HEADER, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
            .PUT(HttpRequest.BodyPublishers.ofByteArray(PICTURE)));
  }

  private static JsonNode json(HttpResponse<String> response) {
    try {
      return JsonBody.MAPPER.readTree(response.body());
    } catch (IOException e) {
      throw new AssertionError(response.body(), e);
    }
  }

  /** The record of the log a token stands for. */
  private static ConsumerRecord<byte[], byte[]> record(String token) {
    Version version = Version.parse(token);
    assertThat(version.epoch()).isEqualTo(node.context().meta().epoch());
    try (Consumer<byte[], byte[]> consumer =
        KafkaClients.consumer(kafka.settings(), "test-reader", null)) {
      TopicPartition partition = new TopicPartition(Topics.OPS, version.partition());
      consumer.assign(List.of(partition));
      consumer.seek(partition, version.offset());
      return await()
          .atMost(SOON)
          .until(() -> consumer.poll(Duration.ofMillis(200)), polled -> !polled.isEmpty())
          .iterator()
          .next();
    }
  }

  @Test
  void writesEventsAsAnyProducerWould() throws Exception {
    HttpResponse<String> answer = add("a%2Fb", "?tags.kind=shoe");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(json(answer).get("status").asText()).isEqualTo("visible");
    ConsumerRecord<byte[], byte[]> record = record(json(answer).get("token").asText());
    byte[] key = (admin.projectId() + "/shop/a/b").getBytes(StandardCharsets.UTF_8);
    assertThat(record.key()).isEqualTo(key);
    assertThat(record.partition()).isEqualTo(Utils.toPositive(Utils.murmur2(key)) % OPS_PARTITIONS);
    assertThat(Headers.text(record, EventFormat.CONTENT_TYPE)).isEqualTo(EventFormat.PROTOBUF);
    assertThat(Headers.text(record, Trace.HEADER))
        .startsWith("00-0af7651916cd43dd8448eb211c80319c-");
    ImageEvent event = ImageEvent.parseFrom(record.value());
    assertThat(event.getInstance()).isEqualTo(admin.projectId() + "/shop");
    assertThat(event.getImageId()).isEqualTo("a/b");
    assertThat(event.getAdd().getContent()).isEqualTo(ByteString.copyFrom(PICTURE));
    assertThat(event.getAdd().getAttributes().getTags().getValuesMap())
        .containsEntry("kind", "shoe");
  }

  @Test
  void tellsAWriterWhatBecameOfItsPicture() {
    HttpResponse<String> rejected = add("so-" + ScriptedCoordinator.BROKEN, "");
    assertThat(rejected.statusCode()).isEqualTo(422);
    assertThat(json(rejected).get("reason").get("kind").asText()).isEqualTo("broken_picture");

    HttpResponse<String> asynchronous = add("later", "?wait=0");
    assertThat(asynchronous.statusCode()).isEqualTo(202);
    assertThat(record(json(asynchronous).get("token").asText()).value()).isNotEmpty();
  }

  @Test
  void keepsAWriteThoughNobodyCanTellWhetherItIsVisible() {
    coordinator.silent = true;
    try {
      HttpResponse<String> added = add("unseen", "?wait=100ms");
      assertThat(added.statusCode()).as(added.body()).isEqualTo(202);
      assertThat(record(json(added).get("token").asText()).value()).isNotEmpty();

      HttpResponse<String> search =
          call("POST", "/api/v1/instances/shop/search", "{\"id\":\"a\",\"deadline\":\"300ms\"}");
      assertThat(search.statusCode()).isEqualTo(503);
      assertThat(search.headers().firstValue("retry-after")).contains("1");
    } finally {
      coordinator.silent = false;
    }
    assertThat(call("POST", "/api/v1/instances/shop/search", "{\"id\":\"a\"}").body())
        .contains("\"score\":0.75");
  }

  @Test
  void drivesQuarantinedEventsAgainUnderTheirOwnVersion() throws Exception {
    ImageEvent event =
        ImageEvent.newBuilder()
            .setInstance(admin.projectId() + "/shop")
            .setImageId("poison")
            .build();
    EventVersion version =
        EventVersion.newBuilder()
            .setEpoch(node.context().meta().epoch())
            .setPartition(2)
            .setOffset(0)
            .build();
    String id = Version.of(version).toString();
    QuarantinedEvent quarantined =
        QuarantinedEvent.newBuilder()
            .setVersion(version)
            .setRejection(
                Rejection.newBuilder().setKind(RejectionKind.BAD_EVENT).setDetail("no change"))
            .setKey(ByteString.copyFromUtf8("any key"))
            .setValue(ByteString.copyFromUtf8(EventFormat.toJson(event)))
            .setContentType(EventFormat.JSON)
            .setInstance(event.getInstance())
            .setImageId("poison")
            .build();
    try (Producer<byte[], byte[]> producer =
        KafkaClients.producer(kafka.settings(), "test-writer")) {
      byte[] key = id.getBytes(StandardCharsets.UTF_8);
      producer.send(new ProducerRecord<>(Topics.QUARANTINE, key, quarantined.toByteArray())).get();
      await()
          .atMost(SOON)
          .until(() -> call("GET", "/api/v1/quarantine/" + id, "").statusCode() == 200);
      JsonNode shown = json(call("GET", "/api/v1/quarantine/" + id, ""));
      assertThat(shown.get("event").get("imageId").asText()).isEqualTo("poison");

      HttpResponse<String> redriven = call("POST", "/api/v1/quarantine/" + id + "/redrive", "");
      assertThat(redriven.statusCode()).as(redriven.body()).isEqualTo(202);
      ConsumerRecord<byte[], byte[]> record = record(json(redriven).get("token").asText());
      assertThat(record.partition()).isEqualTo(2);
      assertThat(record.key()).isEqualTo("any key".getBytes(StandardCharsets.UTF_8));
      assertThat(record.value()).isEqualTo(quarantined.getValue().toByteArray());
      assertThat(Headers.text(record, Headers.ORIGIN)).isEqualTo(id);
      assertThat(Headers.text(record, EventFormat.CONTENT_TYPE)).isEqualTo(EventFormat.JSON);

      producer.send(new ProducerRecord<>(Topics.QUARANTINE, key, null)).get();
      await()
          .atMost(SOON)
          .until(() -> call("GET", "/api/v1/quarantine/" + id, "").statusCode() == 404);
    }
  }

  @Test
  void makesAccountsThatSeeNothingOfOthers() {
    HttpResponse<String> made =
        call("POST", "/api/v1/accounts", "{\"domain\":\"other\",\"user\":\"bob\"}");
    assertThat(made.statusCode()).as(made.body()).isEqualTo(201);
    JsonNode bob = json(made);
    Credentials other =
        new Credentials(
            bob.get("project_id").asText(),
            "other",
            "bob",
            bob.get("password").asText(),
            bob.get("access_key").asText(),
            bob.get("secret_key").asText());

    assertThat(send(request(other, "/api/v1/instances").GET()).body())
        .isEqualTo("{\"instances\":[]}");
    assertThat(send(request(other, "/api/v1/instances/shop").GET()).statusCode()).isEqualTo(404);
    assertThat(send(request(other, "/api/v1/cluster").GET()).statusCode()).isEqualTo(403);
  }

  @Test
  void tellsHowTheClusterIs() {
    add("counted", "");
    JsonNode cluster = json(call("GET", "/api/v1/cluster", ""));

    assertThat(cluster.get("nodes").get(0).get("name").asText()).isEqualTo("n");
    long written = 0;
    for (JsonNode partition : cluster.get("ops")) {
      written += partition.get("end_offset").asLong();
    }
    assertThat(written).isPositive();
    assertThat(send(request(admin, "/health/ready").GET()).body())
        .contains("\"id\":\"gateway\",\"status\":\"UP\"");
    assertThat(json(call("GET", "/api/v1/instances/shop", "")).get("images").asInt()).isEqualTo(5);
    assertThat(send(request(admin, "/metrics").GET()).body())
        .contains("likeness_gateway_publish_seconds_count")
        .contains("likeness_http_inflight_requests");
  }

  @Test
  void servesTheCompatibleApiOverATokenToo() {
    HttpResponse<String> token =
        send(
            HttpRequest.newBuilder(
                    URI.create("http://127.0.0.1:" + gateway.port() + "/v3/auth/tokens"))
                .header("Content-Type", "application/json")
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{"
                            + "\"name\":\"admin\",\"password\":\""
                            + admin.password()
                            + "\",\"domain\":{\"name\":\"acme\"}}}},\"scope\":{\"project\":{\"id\":\""
                            + admin.projectId()
                            + "\"}}}}")));
    assertThat(token.statusCode()).as(token.body()).isEqualTo(201);

    HttpResponse<String> shown =
        send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:"
                            + gateway.port()
                            + "/v1/"
                            + admin.projectId()
                            + "/service/shop"))
                .header("X-Auth-Token", token.headers().firstValue("X-Subject-Token").orElseThrow())
                .GET());
    assertThat(shown.statusCode()).as(shown.body()).isEqualTo(200);
    assertThat(json(shown).get("instanceName").asText()).isEqualTo("shop");
  }
}
