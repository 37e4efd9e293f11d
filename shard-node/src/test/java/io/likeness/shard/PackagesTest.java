package io.likeness.shard;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may know what inside this role. */
class PackagesTest {

  /** A library, and the only package that may import it. */
  private static final Map<String, String> HOMES =
      Map.of(
          "import org.apache.lucene.", "index",
          "import io.github.jbellis.", "index",
          "import jdk.incubator.vector.", "index",
          "import org.apache.kafka.", "intake",
          "import software.amazon.", "snapshot",
          "import io.likeness.wire.ShardNodeGrpcService", "query");

  @Test
  void keepEachLibraryInItsPackage() throws IOException {
    for (Path file : sources()) {
      String text = Files.readString(file);
      String home = file.getParent() == null ? "" : file.getParent().getFileName().toString();
      HOMES.forEach(
          (library, allowed) -> {
            if (!home.equals(allowed)) {
              assertThat(text).as("%s", file).doesNotContain(library);
            }
          });
    }
  }

  @Test
  void pointFromTheEdgeToTheCore() throws IOException {
    for (Path file : sources()) {
      String text = Files.readString(file);
      if (file.toString().contains("/index/")) {
        assertThat(text)
            .as("%s", file)
            .doesNotContain("import io.likeness.shard.intake", "import io.likeness.shard.query")
            .doesNotContain("import io.likeness.node");
      }
      if (file.toString().contains("/intake/")) {
        assertThat(text)
            .as("%s", file)
            .doesNotContain("import io.likeness.shard.query", "import io.likeness.shard.snapshot");
      }
    }
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> all = Files.walk(Path.of("src/main/java"))) {
      List<Path> sources = all.filter(file -> file.toString().endsWith(".java")).toList();
      assertThat(sources).hasSizeGreaterThan(20);
      return sources;
    }
  }
}
