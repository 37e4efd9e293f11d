package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.likeness.bench.api.ApiClient;
import io.likeness.bench.picture.Pictures;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/events.md, run as a reader would run them: as processes of their own. */
class EventExamplesTest {

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long PROCESS_SECONDS = 120;

  private final TheSystem system = TheSystem.shared();
  private final ApiClient api = system.client();

  @Test
  void theJavaExampleStreamsAFolder(@TempDir Path folder) throws Exception {
    String name = system.newInstance();
    Files.write(folder.resolve("one.jpg"), Pictures.jpeg(261));
    Files.write(folder.resolve("two.png"), Pictures.png(262));
    Files.writeString(folder.resolve("notes.txt"), "no picture");

    String said =
        run(
            folder.resolve("said"),
            null,
            classPath("kafka-clients", "slf4j-api", "lz4", "zstd", "snappy"),
            TheSystem.repository().resolve("docs/examples/CatalogueProducer.java").toString(),
            system.kafka(),
            api.account().projectId() + "/" + name,
            folder.toString());

    assertThat(said).contains("one.jpg is event").contains("two.png is event");
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(ids(name)).containsExactly("one.jpg", "two.png"));
  }

  @Test
  void theConsoleProducerAddsUpdatesAndDeletes(@TempDir Path folder) throws Exception {
    String name = system.newInstance("colour");
    String instance = api.account().projectId() + "/" + name;
    Path events = folder.resolve("events.tsv");
    Files.write(
        events,
        List.of(
            line(instance, "red-1", add(Pictures.jpeg(271))),
            line(instance, "old-7", add(Pictures.jpeg(272))),
            line(
                instance,
                "red-1",
                "\"update\":{\"attributes\":{\"tags\":{\"values\":{\"colour\":\"red\"}}}}"),
            line(instance, "old-7", "\"delete\":{}")));

    List<String> command = new ArrayList<>(List.of("org.apache.kafka.tools.ConsoleProducer"));
    command.addAll(consoleOptions());
    run(
        folder.resolve("said"),
        events.toFile(),
        System.getProperty("java.class.path"),
        command.toArray(String[]::new));

    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(ids(name)).containsExactly("red-1");
              assertThat(api.image(name, "red-1").json().getJsonObject("tags").getString("colour"))
                  .isEqualTo("red");
            });
  }

  /** The options as the page gives them, with this system's address. */
  private List<String> consoleOptions() throws IOException {
    String page = Files.readString(TheSystem.repository().resolve("docs/events.md"));
    var command =
        Pattern.compile("kafka-console-producer\\.sh (.*?) < events\\.tsv", Pattern.DOTALL)
            .matcher(page);
    assertThat(command.find()).as("the console command in docs/events.md").isTrue();
    return Arrays.stream(command.group(1).replace("\\\n", " ").strip().split("\\s+"))
        .map(word -> word.equals("localhost:9092") ? system.kafka() : word)
        .map(word -> word.replace("$'\\t'", "\t"))
        .toList();
  }

  private static String line(String instance, String id, String change) {
    return instance
        + "/"
        + id
        + "\t{\"instance\":\""
        + instance
        + "\",\"image_id\":\""
        + id
        + "\","
        + change
        + "}";
  }

  private static String add(byte[] content) {
    return "\"add\":{\"content\":\"" + Base64.getEncoder().encodeToString(content) + "\"}";
  }

  private List<String> ids(String instance) throws IOException {
    return api.images(instance).stream().map(image -> image.getString("id")).toList();
  }

  private static String run(Path said, @Nullable File input, String classPath, String... words)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                classPath));
    command.addAll(List.of(words));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
    if (input != null) {
      builder.redirectInput(input);
    }
    Process process = builder.start();
    try {
      assertThat(process.waitFor(PROCESS_SECONDS, TimeUnit.SECONDS))
          .as("%s ends by itself; it said: %s", words[0], Files.readString(said))
          .isTrue();
    } finally {
      process.destroyForcibly();
    }
    String text = Files.readString(said);
    assertThat(process.exitValue()).as(text).isZero();
    return text;
  }

  /** Of this test's class path only the jars whose names begin so. */
  private static String classPath(String... jars) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(
            entry ->
                Arrays.stream(jars)
                    .anyMatch(jar -> Path.of(entry).getFileName().toString().startsWith(jar)))
        .reduce((a, b) -> a + File.pathSeparator + b)
        .orElseThrow();
  }
}
