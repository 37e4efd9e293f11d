package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import io.likeness.bench.api.Answer;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.picture.Pictures;
import io.likeness.wire.AddImage;
import io.likeness.wire.Attributes;
import io.likeness.wire.DeleteImage;
import io.likeness.wire.DeleteInstance;
import io.likeness.wire.FloatVector;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.Tags;
import io.likeness.wire.UpdateImage;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A producer from outside: Kafka's own client, the topic {@code ops}, the public schema, nothing
 * else. {@code docs/events.md} promises what this test does.
 */
class KafkaProducerTest {

  /** Far above what it takes; a busy machine must not turn a promise of order into one of speed. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final TheSystem system = TheSystem.shared();
  private final ApiClient api = system.client();
  private final KafkaProducer<String, byte[]> producer =
      new KafkaProducer<>(
          Map.of(
              "bootstrap.servers",
              system.kafka(),
              "acks",
              "all",
              "max.request.size",
              Integer.toString(16 << 20)),
          new StringSerializer(),
          new ByteArraySerializer());

  @AfterEach
  void close() {
    producer.close(Duration.ofSeconds(5));
  }

  @Test
  void streamsAddsUpdatesAndDeletesAsJson() throws Exception {
    String name = system.newInstance("animal");
    String key = key(name);

    sendJson(key, "a", add(Pictures.jpeg(201), Map.of("animal", "cat")));
    sendJson(key, "b/with slash", add(Pictures.png(202), Map.of()));
    awaitStatus(name, "a", "visible");
    awaitStatus(name, "b/with slash", "visible");
    Answer found = api.searchByPicture(name, Pictures.jpeg(201), 5).expect(200);
    sendJson(key, "a", "\"update\":{\"attributes\":{\"tags\":{\"values\":{\"animal\":\"dog\"}}}}");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(api.image(name, "a").json().getJsonObject("tags").getString("animal"))
                    .isEqualTo("dog"));
    sendJson(key, "a", "\"delete\":{}");
    awaitStatus(name, "a", "unknown");

    JsonObject best = found.json().getJsonArray("hits").getJsonObject(0);
    assertThat(best.getString("id")).isEqualTo("a");
    assertThat(best.getDouble("score")).isGreaterThanOrEqualTo(0.99);
    assertThat(best.getJsonObject("tags").getString("animal")).isEqualTo("cat");
    assertThat(ids(name)).containsExactly("b/with slash");
  }

  @Test
  void streamsAddsUpdatesAndDeletesAsProtobuf() throws Exception {
    String name = system.newInstance("animal");
    String key = key(name);

    send(
        event(key, "a")
            .setAdd(
                AddImage.newBuilder()
                    .setContent(ByteString.copyFrom(Pictures.jpeg(211)))
                    .setAttributes(tags(Map.of("animal", "cat"))))
            .build());
    send(
        event(key, "a")
            .setUpdate(UpdateImage.newBuilder().setAttributes(tags(Map.of("animal", "dog"))))
            .build());
    send(
        event(key, "b")
            .setAdd(AddImage.newBuilder().setContent(ByteString.copyFrom(Pictures.jpeg(212))))
            .build());
    awaitStatus(name, "b", "visible");
    awaitStatus(name, "a", "visible");
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(api.image(name, "a").json().getJsonObject("tags").getString("animal"))
                    .isEqualTo("dog"));
    send(event(key, "b").setDelete(DeleteImage.getDefaultInstance()).build());
    awaitStatus(name, "b", "unknown");

    assertThat(ids(name)).containsExactly("a");
  }

  @Test
  void takesAVectorSomebodyElseComputed() throws Exception {
    String name = system.newInstance();
    int dimensions =
        api.get("/api/v1/instances/" + name).expect(200).json().getInteger("dimensions");
    FloatVector.Builder vector = FloatVector.newBuilder();
    JsonArray asJson = new JsonArray();
    for (int i = 0; i < dimensions; i++) {
      float value = i % 7 == 3 ? 1f : -0.25f;
      vector.addValues(value);
      asJson.add(value);
    }

    send(event(key(name), "v").setAdd(AddImage.newBuilder().setVector(vector)).build());
    awaitStatus(name, "v", "visible");
    JsonObject found = api.search(name, new JsonObject().put("vector", asJson)).expect(200).json();

    assertThat(found.getJsonArray("hits").getJsonObject(0).getString("id")).isEqualTo("v");
    assertThat(found.getJsonArray("hits").getJsonObject(0).getDouble("score"))
        .isGreaterThanOrEqualTo(0.99);
  }

  @Test
  void theSameEventTenTimesIsOneImage() throws Exception {
    String name = system.newInstance("animal");
    String key = key(name);
    for (int i = 0; i < 9; i++) {
      sendJson(key, "a", add(Pictures.jpeg(221), Map.of("animal", "cat")));
    }
    RecordMetadata last = sendJson(key, "a", add(Pictures.jpeg(221), Map.of("animal", "cat")));

    String place = "." + last.partition() + "." + last.offset();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(listedToken(name, "a")).endsWith(place));

    assertThat(ids(name)).containsExactly("a");
    assertThat(api.searchByPicture(name, Pictures.jpeg(221), 10).json().getInteger("total"))
        .isEqualTo(1);
  }

  @Test
  void whatCannotSucceedWaitsInQuarantineWithItsReason() throws Exception {
    String name = system.newInstance("animal");
    String key = key(name);
    String missing = api.account().projectId() + "/" + system.instanceName();

    Map<String, RecordMetadata> poison =
        Map.of(
            "unknown_instance", sendJson(missing, "a", add(Pictures.jpeg(231), Map.of())),
            "unsupported_format", sendJson(key, "text", add("no picture".getBytes(), Map.of())),
            "bad_attributes",
                sendJson(key, "tag", add(Pictures.jpeg(232), Map.of("undeclared", "x"))),
            "bad_event",
                sendRaw(key + "/x", "{\"instance\": oh dear".getBytes(), "application/json"));
    RecordMetadata otherKey = sendRaw(key + "/one", json(key, "two", "\"delete\":{}"), "");
    sendJson(key, "good", add(Pictures.jpeg(233), Map.of()));

    awaitStatus(name, "good", "visible");
    poison.forEach((kind, at) -> assertThat(awaitQuarantined(at)).isEqualTo(kind));
    assertThat(awaitQuarantined(otherKey)).isEqualTo("bad_event");
    assertThat(api.image(name, "text").json().getString("status")).isEqualTo("rejected");
    assertThat(ids(name)).containsExactly("good");
  }

  @Test
  void whatFailedForWantOfItsInstanceSucceedsWhenDrivenAgain() throws Exception {
    String later = system.instanceName();
    RecordMetadata at =
        sendJson(api.account().projectId() + "/" + later, "a", add(Pictures.jpeg(241), Map.of()));
    assertThat(awaitQuarantined(at)).isEqualTo("unknown_instance");
    String id = quarantineId(at);
    api.createInstance(later, List.of(), List.of()).expect(201);

    api.post("/api/v1/quarantine/" + ApiClient.encode(id) + "/redrive", new JsonObject())
        .expect(200, 202);

    awaitStatus(later, "a", "visible");
    awaitResolved(id);
  }

  @Test
  void endsAnInstance() throws Exception {
    String name = system.newInstance();
    send(
        event(key(name), "a")
            .setAdd(AddImage.newBuilder().setContent(ByteString.copyFrom(Pictures.jpeg(251))))
            .build());
    awaitStatus(name, "a", "visible");

    sendRaw(
        key(name) + "/",
        ImageEvent.newBuilder()
            .setInstance(key(name))
            .setDeleteInstance(DeleteInstance.getDefaultInstance())
            .build()
            .toByteArray(),
        "application/x-protobuf");

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(api.get("/api/v1/instances/" + name).status()).isEqualTo(404));
  }

  // ---- What is sent ----

  private String key(String instance) {
    return api.account().projectId() + "/" + instance;
  }

  private static ImageEvent.Builder event(String instance, String id) {
    return ImageEvent.newBuilder().setInstance(instance).setImageId(id);
  }

  private static Attributes tags(Map<String, String> tags) {
    return Attributes.newBuilder().setTags(Tags.newBuilder().putAllValues(tags)).build();
  }

  private static String add(byte[] content, Map<String, String> tags) {
    String attributes =
        tags.isEmpty()
            ? ""
            : ",\"attributes\":{\"tags\":{\"values\":"
                + new JsonObject(Map.copyOf(tags)).encode()
                + "}}";
    return "\"add\":{\"content\":\""
        + Base64.getEncoder().encodeToString(content)
        + "\""
        + attributes
        + "}";
  }

  private static byte[] json(String instance, String id, String change) {
    return ("{\"instance\":\"" + instance + "\",\"image_id\":\"" + id + "\"," + change + "}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private RecordMetadata sendJson(String instance, String id, String change) throws Exception {
    return sendRaw(instance + "/" + id, json(instance, id, change), "application/json");
  }

  private RecordMetadata send(ImageEvent event) throws Exception {
    return sendRaw(
        event.getInstance() + "/" + event.getImageId(),
        event.toByteArray(),
        "application/x-protobuf");
  }

  private RecordMetadata sendRaw(String key, byte[] value, String contentType) throws Exception {
    ProducerRecord<String, byte[]> record = new ProducerRecord<>("ops", key, value);
    if (!contentType.isEmpty()) {
      record.headers().add("content-type", contentType.getBytes(StandardCharsets.UTF_8));
    }
    return producer.send(record).get(30, TimeUnit.SECONDS);
  }

  // ---- What came of it ----

  private void awaitStatus(String instance, String id, String status) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(api.image(instance, id).json().getString("status")).isEqualTo(status));
  }

  private List<String> ids(String instance) throws IOException {
    return api.images(instance).stream().map(image -> image.getString("id")).toList();
  }

  private String listedToken(String instance, String id) throws IOException {
    return api.images(instance).stream()
        .filter(image -> image.getString("id").equals(id))
        .map(image -> image.getString("token"))
        .findFirst()
        .orElse("");
  }

  private String quarantineId(RecordMetadata at) throws IOException {
    return quarantined(at).getString("id");
  }

  private JsonObject quarantined(RecordMetadata at) throws IOException {
    String place = "." + at.partition() + "." + at.offset();
    String after = "";
    while (true) {
      JsonObject page =
          api.get("/api/v1/quarantine?limit=100" + (after.isEmpty() ? "" : "&after=" + after))
              .expect(200)
              .json();
      for (Object event : page.getJsonArray("events")) {
        if (((JsonObject) event).getString("id").endsWith(place)) {
          return (JsonObject) event;
        }
      }
      String next = page.getString("next");
      if (next == null) {
        return new JsonObject();
      }
      after = next;
    }
  }

  private String awaitQuarantined(RecordMetadata at) {
    return await()
        .atMost(PATIENCE)
        .until(() -> quarantined(at), event -> !event.isEmpty())
        .getJsonObject("reason")
        .getString("kind");
  }

  private void awaitResolved(String id) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(api.get("/api/v1/quarantine/" + ApiClient.encode(id)).status())
                    .isEqualTo(404));
  }
}
