import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Streams every picture of a folder into an instance, under its file name as image id. It knows nothing of Likeness but what
 * docs/events.md says: the topic, the key, and the JSON form of an event. Kafka's client and slf4j are all it needs:
 *
 * <pre>
 * java -cp kafka-clients-4.3.1.jar:slf4j-api-2.0.20.jar CatalogueProducer.java localhost:9092 PROJECT/INSTANCE FOLDER
 * </pre>
 */
class CatalogueProducer {

  public static void main(String[] args) throws Exception {
    String bootstrap = args[0];
    String instance = args[1];
    Path folder = Path.of(args[2]);
    Map<String, Object> settings =
        Map.of(
            "bootstrap.servers", bootstrap,
            // An event is safe once every in-sync replica has it, and a retry must not write it twice.
            "acks", "all",
            "enable.idempotence", true,
            // Pictures are larger than Kafka's default of 1 MiB.
            "max.request.size", 16 << 20);
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      for (Path picture : pictures(folder)) {
        String imageId = picture.getFileName().toString();
        ProducerRecord<String, String> record =
            new ProducerRecord<>("ops", instance + "/" + imageId, add(instance, imageId, picture));
        record.headers().add("content-type", "application/json".getBytes(StandardCharsets.UTF_8));
        RecordMetadata place = producer.send(record).get();
        System.out.println(imageId + " is event " + place.offset() + " of partition " + place.partition());
      }
    }
  }

  private static String add(String instance, String imageId, Path picture) throws IOException {
    String content = Base64.getEncoder().encodeToString(Files.readAllBytes(picture));
    return """
        {"instance": "%s", "image_id": "%s", "add": {"content": "%s"}}"""
        .formatted(instance, imageId, content);
  }

  private static List<Path> pictures(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().matches(".*\\.(jpe?g|png|bmp)")).sorted().toList();
    }
  }
}
