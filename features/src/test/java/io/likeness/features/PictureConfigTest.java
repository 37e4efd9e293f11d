package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.features.fetch.FetchConfig;
import io.likeness.node.config.ConfigException;
import io.likeness.node.config.ConfigReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureConfigTest {

  private static final PictureConfig.Usual USUAL =
      new PictureConfig.Usual(8, 2, Duration.ofSeconds(5));

  private static PictureConfig read(String role, Map<String, String> values) {
    ConfigReader config = ConfigReader.of(values);
    PictureConfig read = PictureConfig.read(config, role, USUAL);
    config.done();
    return read;
  }

  @Test
  void takesWhatIsUsualForTheRoleWhereNothingIsSaid() {
    PictureConfig config = read("coordinator", Map.of());

    assertThat(config.models()).isEmpty();
    assertThat(config.provider()).isEqualTo(ExecutionProvider.CPU);
    assertThat(config.embedder().batchMax()).isEqualTo(8);
    assertThat(config.decoding()).isEqualTo(PoolConfig.of(2));
    assertThat(config.fetcher().deadline()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.fetcher().bytesMax()).isEqualTo(FetchConfig.BYTES_MAX_DEFAULT);
    assertThat(config.fetcher().objectStores()).isEmpty();
  }

  @Test
  void readsTheKeysOfTheRoleAlone() {
    PictureConfig config =
        read(
            "ingest",
            Map.of(
                "ingest.models", "models",
                "ingest.decode.children", "5",
                "ingest.picture.bytes.max", "1MiB",
                "ingest.fetch.deadline", "3s",
                "ingest.fetch.obs.buckets", "photos"));

    assertThat(config.models()).isEqualTo(Optional.of(Path.of("models")));
    assertThat(config.decoding().children()).isEqualTo(5);
    assertThat(config.embedder().bytesMax()).isEqualTo(1 << 20);
    assertThat(config.fetcher().deadline()).isEqualTo(Duration.ofSeconds(3));
    assertThat(config.fetcher().objectStores()).containsOnlyKeys("obs");
    assertThatThrownBy(() -> read("ingest", Map.of("coordinator.models", "models")))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("coordinator.models");
  }

  @Test
  void tellsEveryFaultWithItsKey() {
    Map<String, String> wrong =
        Map.of(
            "ingest.models.provider", "abacus",
            "ingest.pixels.max", "0",
            "ingest.decode.memory", "1MiB",
            "ingest.fetch.concurrent", "0");

    assertThatThrownBy(() -> read("ingest", wrong))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("4 faults")
        .hasMessageContaining("ingest.models.provider is \"abacus\" is none of")
        .hasMessageContaining("ingest.pixels.max is 0, not 1 to")
        .hasMessageContaining("ingest.decode.memory is")
        .hasMessageContaining("ingest.fetch.concurrent is 0");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "decode.children",
        "decode.deadline",
        "decode.memory",
        "pixels.max",
        "picture.bytes.max",
        "ingest.models",
        "coordinator.models.provider",
        "ROLE.embed.threads",
        "ROLE.embed.cache",
        "ROLE.fetch.concurrent.per-host"
      })
  void hasItsKeysInTheDocuments(String key) throws IOException {
    assertThat(Files.readString(Path.of("..", "docs", "configuration.md"), StandardCharsets.UTF_8))
        .contains("`" + key + "`");
  }
}
