package io.likeness.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tests' own composition of overlays against the real one. */
class KustomizationTest {

  private static final List<List<String>> TOOLS =
      List.of(List.of("kubectl", "kustomize"), List.of("kustomize", "build"));

  static List<Overlay> overlays() {
    return Overlay.all().toList();
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void composesWhatKustomizeComposes(Overlay overlay, @TempDir Path folder) throws Exception {
    String rendered = rendered(Overlay.ROOT.resolve("overlays").resolve(overlay.name()), folder);
    assumeTrue(!rendered.isEmpty(), "neither kubectl nor kustomize is on the PATH");

    // Behind a generated name kustomize puts a hash of what it holds.
    String unhashed = rendered.replaceAll("(-env|-config)-[bcdfghkmt2456789]{10}(?=\\s)", "$1");
    assertThat(byName(overlay.documents())).isEqualTo(byName(Yaml.documents(unhashed)));
  }

  @Test
  void knowsTheThreeOverlays() {
    assertThat(overlays())
        .extracting(Overlay::name)
        .containsExactly("production", "single", "three-node");
  }

  private static Map<String, JsonNode> byName(List<ObjectNode> documents) {
    Map<String, JsonNode> all = new TreeMap<>();
    for (ObjectNode each : documents) {
      // Kustomize writes whole numbers where JSON patches hold words of digits, and the reverse
      // never.
      String name = each.get("kind").asText() + " " + each.at("/metadata/name").asText();
      assertThat(all.put(name, each)).as("stands once: %s", name).isNull();
    }
    return all;
  }

  private static String rendered(Path overlay, Path folder) throws Exception {
    for (List<String> tool : TOOLS) {
      Path out = folder.resolve("out.yaml");
      Path faults = folder.resolve("faults.txt");
      Process process;
      try {
        process =
            new ProcessBuilder(List.of(tool.get(0), tool.get(1), overlay.toString()))
                .redirectOutput(out.toFile())
                .redirectError(faults.toFile())
                .start();
      } catch (IOException absent) {
        continue;
      }
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IllegalStateException(tool + " took more than a minute");
      }
      assertThat(process.exitValue())
          .as("%s says: %s", tool, Files.readString(faults, StandardCharsets.UTF_8))
          .isZero();
      return Files.readString(out, StandardCharsets.UTF_8);
    }
    return "";
  }
}
