package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.likeness.bench.api.Account;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.kill.LogTruth;
import io.likeness.bench.picture.Pictures;
import io.likeness.gateway.auth.Credentials;
import io.likeness.standalone.Standalone;
import io.likeness.standalone.StandaloneConfig;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;

/**
 * Invariant: <em>order does not matter</em>. Everything one system was told is told to a second,
 * empty one, twice and in a random order, even among the events of one image. Both must end with
 * the same set of (id, version, vector hash): the same list of write tokens, the same checksum of
 * the shards.
 *
 * <p>The version of an event is its place in {@code ops}, and a second log gives other places. So
 * each event is written with the header {@code likeness-origin}, which re-driven events carry: the
 * worker takes the original's version. As an origin must be an earlier place of the same partition,
 * the second log is first filled up to where the first one ended, with deletions of nothing.
 */
class ReplayTest {

  private static final String NAME = "replayed";
  private static final int IDS = 40;
  private static final int CHANGES = 200;
  private static final long SEED = 20_261_121;
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  /** What a system holds of the instance. */
  private record Holding(Map<String, String> tokens, String checksum, Map<String, String> tags) {}

  @Test
  void theWholeLogShuffledAndDoubledGivesTheSameImages() throws Exception {
    Path first = Files.createTempDirectory("likeness-replay-a-");
    Path second = Files.createTempDirectory("likeness-replay-b-");
    Random random = new Random(SEED);
    List<ConsumerRecord<byte[], byte[]>> log;
    Map<Integer, Long> ends = new TreeMap<>();
    Holding original;
    int epoch;
    try (Standalone system = Standalone.start(StandaloneConfig.in(first));
        ApiClient api = client(system)) {
      api.createInstance(NAME, List.of("shelf"), List.of()).expect(201);
      live(api, random);
      Map<String, String> truth = LogTruth.of(system.kafkaBootstrap(), key(api));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(places(holding(api))).isEqualTo(truth));
      drive(system, api, "done");
      original = holding(api);
      log = read(system.kafkaBootstrap(), ends);
      epoch = api.get("/api/v1/cluster").expect(200).json().getInteger("epoch");
    }
    assertThat(original.tokens()).as("a life with images left").isNotEmpty();

    // The same account, for the project id is part of every key.
    Files.copy(first.resolve("credentials.json"), second.resolve("credentials.json"));
    Holding replayed;
    try (Standalone system = Standalone.start(StandaloneConfig.in(second));
        ApiClient api = client(system)) {
      api.createInstance(NAME, List.of("shelf"), List.of()).expect(201);
      fill(system.kafkaBootstrap(), key(api), ends);
      List<ConsumerRecord<byte[], byte[]>> twice = new ArrayList<>(log);
      twice.addAll(log);
      Collections.shuffle(twice, random);
      rewrite(system.kafkaBootstrap(), twice, epoch);
      drive(system, api, "end");
      replayed = holding(api);
      assertThat(api.get("/api/v1/quarantine").expect(200).json().getJsonArray("events")).isEmpty();
    }

    assertThat(replayed.tokens()).as("seed %s", SEED).isEqualTo(original.tokens());
    assertThat(replayed.tags()).as("seed %s", SEED).isEqualTo(original.tags());
    assertThat(replayed.checksum()).as("seed %s", SEED).isEqualTo(original.checksum());
    TheSystem.delete(first);
    TheSystem.delete(second);
  }

  /** Adds, other pictures, other tags, deletions, and additions after deletions. */
  private static void live(ApiClient api, Random random) throws IOException {
    for (int i = 0; i < CHANGES; i++) {
      String id = "picture " + random.nextInt(IDS);
      switch (random.nextInt(6)) {
        case 0 -> api.delete(NAME, id, "0").expect(200, 202, 404);
        case 1 ->
            api.call(
                    "PATCH",
                    ApiClient.imagePath(NAME, id),
                    java.net.http.HttpRequest.BodyPublishers.ofString(
                        "{\"tags\":{\"shelf\":\"s" + random.nextInt(9) + "\"}}"),
                    "application/json")
                .expect(200, 202, 404);
        default ->
            api.add(
                    NAME,
                    id,
                    Pictures.jpeg(random.nextInt(60)),
                    Map.of("shelf", "s" + random.nextInt(9)),
                    "0")
                .expect(200, 202);
      }
    }
  }

  /**
   * Sends a last event into each partition and lane, and returns when all have taken effect: then
   * everything before them has, too. The marks are removed again, in every system alike, so they
   * differ in nothing that is compared.
   */
  private static void drive(Standalone system, ApiClient api, String mark) throws IOException {
    List<String> marks = new ArrayList<>();
    int partitions = partitions(api);
    for (int partition = 0; partition < partitions; partition++) {
      marks.add(idIn(partition, partitions, key(api), mark));
    }
    for (String id : marks) {
      api.add(NAME, id, Pictures.jpeg(7), "0").expect(200, 202);
    }
    for (String id : marks) {
      await()
          .atMost(PATIENCE)
          .until(() -> api.image(NAME, id).json().getString("status").equals("visible"));
      api.delete(NAME, id, "0").expect(200, 202);
      await()
          .atMost(PATIENCE)
          .until(() -> !api.image(NAME, id).json().getString("status").equals("visible"));
    }
  }

  private static int partitions(ApiClient api) throws IOException {
    return api.get("/api/v1/cluster").expect(200).json().getInteger("ops_partitions");
  }

  /** An id whose key belongs to this partition. */
  private static String idIn(int partition, int partitions, String instance, String prefix) {
    for (int i = 0; ; i++) {
      String id = prefix + "-" + i;
      byte[] key = (instance + "/" + id).getBytes(StandardCharsets.UTF_8);
      if (Utils.toPositive(Utils.murmur2(key)) % partitions == partition) {
        return id;
      }
    }
  }

  private static Holding holding(ApiClient api) throws IOException {
    Map<String, String> tokens = new TreeMap<>();
    Map<String, String> tags = new TreeMap<>();
    for (JsonObject image : api.images(NAME)) {
      tokens.put(image.getString("id"), image.getString("token"));
      tags.put(image.getString("id"), image.getJsonObject("tags").encode());
    }
    String uid = api.get("/api/v1/instances/" + NAME).expect(200).json().getString("uid");
    long checksum = 0;
    for (Object each : api.get("/api/v1/cluster").expect(200).json().getJsonArray("shards")) {
      JsonObject shard = (JsonObject) each;
      if (shard.getString("instance_uid").equals(uid)) {
        checksum += Long.parseUnsignedLong(shard.getString("checksum"), 16);
      }
    }
    return new Holding(tokens, Long.toHexString(checksum), tags);
  }

  private static Map<String, String> places(Holding holding) {
    Map<String, String> places = new TreeMap<>();
    holding
        .tokens()
        .forEach((id, token) -> places.put(id, token.substring(token.indexOf('.') + 1)));
    return places;
  }

  private static String key(ApiClient api) {
    return api.account().projectId() + "/" + NAME;
  }

  private static ApiClient client(Standalone system) {
    Credentials c = system.credentials();
    return new ApiClient(
        system.endpoint(),
        new Account(
            c.projectId(), c.domain(), c.user(), c.password(), c.accessKey(), c.secretKey()));
  }

  // ---- The log ----

  private static List<ConsumerRecord<byte[], byte[]>> read(
      String bootstrap, Map<Integer, Long> ends) {
    List<ConsumerRecord<byte[], byte[]>> all = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap, "enable.auto.commit", false),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor("ops").stream()
              .map(info -> new TopicPartition("ops", info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> last = consumer.endOffsets(partitions);
      last.forEach((partition, end) -> ends.put(partition.partition(), end));
      while (last.entrySet().stream()
          .anyMatch(end -> consumer.position(end.getKey()) < end.getValue())) {
        consumer.poll(Duration.ofMillis(200)).forEach(all::add);
      }
    }
    return all;
  }

  /** Until each partition is as long as it was in the first log. */
  private static void fill(String bootstrap, String instance, Map<Integer, Long> ends)
      throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      ends.forEach(
          (partition, end) -> {
            String id = idIn(partition, ends.size(), instance, "filler");
            byte[] key = (instance + "/" + id).getBytes(StandardCharsets.UTF_8);
            byte[] value =
                ("{\"instance\":\"" + instance + "\",\"image_id\":\"" + id + "\",\"delete\":{}}")
                    .getBytes(StandardCharsets.UTF_8);
            for (long i = 0; i < end; i++) {
              sent.add(producer.send(new ProducerRecord<>("ops", partition, key, value)));
            }
          });
      awaitAll(sent);
    }
  }

  private static void rewrite(
      String bootstrap, List<ConsumerRecord<byte[], byte[]>> records, int epoch) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer = producer(bootstrap)) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (ConsumerRecord<byte[], byte[]> record : records) {
        ProducerRecord<byte[], byte[]> again =
            new ProducerRecord<>("ops", record.partition(), record.key(), record.value());
        record.headers().forEach(again.headers()::add);
        String origin = epoch + "." + record.partition() + "." + record.offset();
        again.headers().add("likeness-origin", origin.getBytes(StandardCharsets.UTF_8));
        sent.add(producer.send(again));
      }
      awaitAll(sent);
    }
  }

  private static KafkaProducer<byte[], byte[]> producer(String bootstrap) {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", bootstrap, "acks", "all", "max.request.size", 16 << 20),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  private static void awaitAll(List<Future<RecordMetadata>> sent) throws Exception {
    for (Future<RecordMetadata> each : sent) {
      each.get(60, TimeUnit.SECONDS);
    }
  }
}
