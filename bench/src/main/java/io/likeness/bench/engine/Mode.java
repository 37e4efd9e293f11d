package io.likeness.bench.engine;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Optional;

/** A question about the engines. */
interface Mode {

  /** For people, for programs, and a picture where there is one to draw. */
  record Outcome(String table, JsonObject json, Optional<String> picture) {}

  Outcome measure(Bed bed) throws IOException;
}
