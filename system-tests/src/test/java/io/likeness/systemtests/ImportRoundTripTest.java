package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.likeness.bench.api.Account;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.picture.Pictures;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the import command brings in, finds itself: first, and with a likeness of at least 0.99. */
class ImportRoundTripTest {

  private static final int MADE = 60;
  private static final int PHOTOS_MAX = 60;
  private static final double SAME = 0.99;
  private static final long PROCESS_SECONDS = 180;

  private final TheSystem system = TheSystem.shared();
  private final ApiClient api = system.client();

  @Test
  void madePicturesFindThemselves(@TempDir Path folder, @TempDir Path data) throws Exception {
    Path below = Files.createDirectories(folder.resolve("shelf 1"));
    for (int i = 0; i < MADE; i++) {
      Path file = (i % 2 == 0 ? folder : below).resolve("made " + i + endings(i));
      Files.write(file, content(i));
    }

    importAndFind(folder, data, MADE);
  }

  @Test
  void photosFindThemselves(@TempDir Path folder, @TempDir Path data) throws Exception {
    Path photos = TheSystem.repository().resolve("../shared/data/photos").normalize();
    assumeTrue(
        Files.isDirectory(photos), "no photos beside the repository in ../shared/data/photos");
    List<Path> some;
    try (Stream<Path> files = Files.walk(photos)) {
      List<Path> all = files.filter(Files::isRegularFile).sorted().toList();
      int step = Math.max(1, all.size() / PHOTOS_MAX);
      some =
          java.util.stream.IntStream.range(0, all.size())
              .filter(i -> i % step == 0)
              .mapToObj(all::get)
              .toList();
    }
    Set<Integer> seen = new HashSet<>();
    int count = 0;
    for (Path photo : some) {
      byte[] content = Files.readAllBytes(photo);
      // The same bytes under two names find the name that comes first.
      if (seen.add(Arrays.hashCode(content))) {
        Files.write(folder.resolve(count++ + "-" + photo.getFileName()), content);
      }
    }

    importAndFind(folder, data, count);
  }

  private void importAndFind(Path folder, Path data, int count) throws Exception {
    String instance = system.instanceName();
    List<String> arguments =
        List.of("import", folder.toString(), "--instance", instance, "--create", "--json");
    JsonObject first = likeness(data, arguments);
    JsonObject again = likeness(data, arguments);

    assertThat(api.images(instance)).as("after %s", first).hasSize(count);
    assertThat(api.images(instance)).as("after %s", again).hasSize(count);
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        JsonObject best =
            api.searchByPicture(instance, Files.readAllBytes(file), 3)
                .expect(200)
                .json()
                .getJsonArray("hits")
                .getJsonObject(0);
        assertThat(best.getString("id")).isEqualTo(folder.relativize(file).toString());
        assertThat(best.getDouble("score")).as(best.getString("id")).isGreaterThanOrEqualTo(SAME);
      }
    }
  }

  private JsonObject likeness(Path data, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.likeness.standalone.cli.Likeness"));
    command.addAll(arguments);
    Path out = data.resolve("out");
    Path said = data.resolve("said");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(said.toFile());
    Account account = api.account();
    builder.environment().put("LIKENESS_DATA", data.toString());
    builder.environment().put("LIKENESS_ENDPOINT", system.endpoint().toString());
    builder.environment().put("LIKENESS_ACCESS_KEY", account.accessKey());
    builder.environment().put("LIKENESS_SECRET_KEY", account.secretKey());
    Process process = builder.start();
    try {
      assertThat(process.waitFor(PROCESS_SECONDS, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue())
        .as("%s said %s %s", arguments, Files.readString(said), Files.readString(out))
        .isZero();
    return new JsonObject(Files.readString(out));
  }

  private static byte[] content(int i) {
    return switch (i % 3) {
      case 0 -> Pictures.jpeg(500 + i);
      case 1 -> Pictures.png(500 + i);
      default -> Pictures.bmp(500 + i);
    };
  }

  private static String endings(int i) {
    return switch (i % 3) {
      case 0 -> ".jpg";
      case 1 -> ".png";
      default -> ".bmp";
    };
  }
}
