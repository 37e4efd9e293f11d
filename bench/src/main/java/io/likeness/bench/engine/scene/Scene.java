package io.likeness.bench.engine.scene;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Map;

/** Figures come back in the order in which they are to be shown. */
public interface Scene {

  Map<String, Scene> ALL =
      Map.of(
          "deletes", new DeletesScene(),
          "churn", new ChurnScene(),
          "ingest", new IngestScene(),
          "merge", new MergeScene());

  JsonObject play(Stage stage) throws IOException, InterruptedException;
}
