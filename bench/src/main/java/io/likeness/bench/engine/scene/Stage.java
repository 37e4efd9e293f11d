package io.likeness.bench.engine.scene;

import io.likeness.bench.engine.data.DataSet;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * What a scene is played on.
 *
 * @param folder holds what the engine has built of the data, to be changed at will
 * @param spare an empty folder
 * @param queries how many of them to ask
 * @param seconds how long what goes on for a time is to go on; warming up takes a tenth of it
 */
public record Stage(
    String engine,
    Path folder,
    Path spare,
    DataSet data,
    int queries,
    int seconds,
    Consumer<String> say) {

  private static final long WARM_NANOS_A_SECOND = 100_000_000L;

  long warmNanos() {
    return seconds * WARM_NANOS_A_SECOND;
  }
}
