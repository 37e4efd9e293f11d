package io.likeness.node.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigReaderTest {

  @Test
  void readsValuesWithTheirUnits() {
    ConfigReader config =
        ConfigReader.of(
            Map.of("wait", "1500ms", "memory", "64MiB", "where", "[::1]:80", "many", "a:1, b:2"));
    assertThat(config.duration("wait", Duration.ZERO)).isEqualTo(Duration.ofMillis(1500));
    assertThat(config.size("memory", 0, 0, Long.MAX_VALUE)).isEqualTo(64L << 20);
    assertThat(config.address("where", new HostPort("x", 1))).isEqualTo(new HostPort("::1", 80));
    assertThat(config.addresses("many"))
        .containsExactly(new HostPort("a", 1), new HostPort("b", 2));
    assertThat(config.number("absent", 7, 1, 9)).isEqualTo(7);
    config.done();
  }

  @Test
  void tellsEveryFaultAtOnce() {
    ConfigReader config =
        ConfigReader.of(Map.of("threads", "900", "wait", "soon", "colour", "red"));
    config.number("threads", 1, 1, 64);
    config.duration("wait", Duration.ZERO);
    config.required("name");
    assertThatThrownBy(config::done)
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("4 faults")
        .hasMessageContaining("threads is 900, not 1 to 64")
        .hasMessageContaining("wait is \"soon\", not a duration such as 500ms or 2s")
        .hasMessageContaining("name is missing")
        .hasMessageContaining("colour is not a known key");
  }

  @Test
  void theEnvironmentOverridesTheFile(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("role.properties"), "http.port = 80\n");
    ConfigReader config =
        ConfigReader.load(
            file, Map.of("LIKENESS_HTTP_PORT", "81", "LIKENESS_HTP_PORT", "82", "HOME", "x"));
    assertThat(config.number("http.port", 1, 1, 99)).isEqualTo(81);
    assertThatThrownBy(config::done)
        .hasMessageContaining("LIKENESS_HTP_PORT in the environment overrides no known key");
  }
}
