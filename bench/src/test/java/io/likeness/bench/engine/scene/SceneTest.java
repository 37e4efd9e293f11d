package io.likeness.bench.engine.scene;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.DataSets;
import io.likeness.bench.engine.rival.Engine;
import io.likeness.bench.engine.rival.Engines;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Each scene with each engine, in little: what comes out has to make sense. */
final class SceneTest {

  private static final int ROWS = 1_000;
  private static final int QUERIES = 20;

  @TempDir private Path work;
  private DataSet data;

  @BeforeEach
  void generate() throws IOException {
    data = new DataSets(work.resolve("data"), line -> {}).generated(ROWS, 16, QUERIES, 3);
  }

  @AfterEach
  void close() {
    data.close();
  }

  static Stream<Arguments> all() {
    return Scene.ALL.keySet().stream()
        .sorted()
        .flatMap(
            scene -> Engines.changingNames().stream().map(engine -> Arguments.of(scene, engine)));
  }

  @ParameterizedTest
  @MethodSource("all")
  void answersStayRightThroughChanges(String scene, String name) throws Exception {
    Path folder = Files.createDirectory(work.resolve("built"));
    try (Engine engine = Engines.of(name)) {
      engine.build(folder, data);
    }
    Path spare = Files.createDirectory(work.resolve("spare"));
    Stage stage = new Stage(name, folder, spare, data, QUERIES, 1, line -> {});

    JsonObject figures = Objects.requireNonNull(Scene.ALL.get(scene)).play(stage);

    assertThat(figures.fieldNames()).isNotEmpty();
    for (String figure : figures.fieldNames()) {
      assertThat(figures.getDouble(figure)).as(figure).isNotNegative().isFinite();
      if (figure.endsWith("_recall")) {
        assertThat(figures.getDouble(figure)).as(figure).isGreaterThan(0.9);
      }
    }
  }
}
