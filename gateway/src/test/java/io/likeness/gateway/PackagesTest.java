package io.likeness.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may know what inside this role. */
class PackagesTest {

  private static final Path ROOT = Path.of("src/main/java/io/likeness/gateway");

  /** A library, and the packages that may import it. */
  private static final Map<String, Set<String>> HOMES =
      Map.of(
          "org.apache.kafka.", Set.of("library", "publish"),
          "com.hazelcast.", Set.of("membership"),
          "io.vertx.grpc.", Set.of("library"),
          "io.vertx.core.http.", Set.of("http"),
          "org.bouncycastle.", Set.of("auth"));

  /** A package, and the packages of this role it may import; the role itself knows them all. */
  private static final Map<String, Set<String>> MAY_KNOW =
      Map.of(
          "json", Set.of(),
          "http", Set.of(),
          "publish", Set.of(),
          "auth", Set.of("http"),
          "auth/iam", Set.of("auth", "http", "json"),
          "membership", Set.of("auth"),
          "huawei", Set.of("auth", "http", "json"),
          "alibaba", Set.of("auth", "http", "json"),
          "api", Set.of("auth", "http", "json", "publish"),
          "library", Set.of("publish"));

  @Test
  void keepEachLibraryInItsPackages() throws IOException {
    for (Path file : sources()) {
      HOMES.forEach(
          (library, homes) -> {
            if (!homes.contains(packageOf(file))) {
              assertThat(text(file)).as("%s", file).doesNotContain("import " + library);
            }
          });
    }
  }

  @Test
  void pointFromTheEdgeToTheCore() throws IOException {
    for (Path file : sources()) {
      Set<String> known = MAY_KNOW.get(packageOf(file));
      if (known == null) {
        assertThat(packageOf(file)).as("a package with no rule: %s", file).isEmpty();
        continue;
      }
      for (String each : MAY_KNOW.keySet()) {
        if (!known.contains(each) && !each.equals(packageOf(file))) {
          assertThat(text(file))
              .as("%s", file)
              .doesNotContainPattern(
                  "import io\\.likeness\\.gateway\\." + each.replace("/", "\\.") + "\\.[A-Z]");
        }
      }
    }
  }

  private static String packageOf(Path file) {
    Path folder = ROOT.relativize(file).getParent();
    return folder == null ? "" : folder.toString().replace('\\', '/');
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Path> sources() throws IOException {
    try (Stream<Path> all = Files.walk(ROOT)) {
      List<Path> sources = all.filter(file -> file.toString().endsWith(".java")).toList();
      assertThat(sources).hasSizeGreaterThan(50);
      return sources;
    }
  }
}
