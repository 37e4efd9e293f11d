package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.likeness.bench.api.Answer;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.picture.Pictures;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Broken, bloated and disguised files: each is taken, or refused with a reason; none breaks
 * anything for the next.
 */
class HostileFilesTest {

  private final TheSystem system = TheSystem.shared();
  private final ApiClient api = system.client();

  @Test
  void everyHostileFileIsTakenOrRefusedWithAReason() throws Exception {
    Path folder = TheSystem.repository().resolve("../shared/data/hostile").normalize();
    assumeTrue(
        Files.isDirectory(folder),
        "no hostile files beside the repository in ../shared/data/hostile");
    String instance = system.newInstance();
    List<Path> files;
    try (Stream<Path> all = Files.list(folder)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }

    int taken = 0;
    for (Path file : files) {
      byte[] content = Files.readAllBytes(file);
      String id = file.getFileName().toString();
      Answer added = api.add(instance, id, content, "30s");
      Answer searched = api.searchByPicture(instance, content, 1);

      if (added.status() == 200) {
        taken++;
        assertThat(searched.status()).as("searching with %s: %s", id, searched).isEqualTo(200);
      } else {
        assertThat(added.status()).as("%s: %s", id, added).isIn(400, 413, 422);
        assertThat(searched.status()).as("searching with %s: %s", id, searched).isIn(400, 413, 422);
        // An empty or oversized body is no event; every other refusal can be asked for afterwards.
        if (added.status() == 422) {
          assertThat(added.text()).as(id).contains("detail");
          assertThat(api.image(instance, id).json().getString("status"))
              .as(id)
              .isEqualTo("rejected");
        }
      }
    }

    assertThat(taken).as("files that are pictures after all").isPositive();
    assertThat(api.images(instance)).hasSize(taken);
    api.add(instance, "good", Pictures.jpeg(901), "10s").expect(200);
  }
}
