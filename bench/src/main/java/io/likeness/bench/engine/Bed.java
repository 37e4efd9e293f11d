package io.likeness.bench.engine;

import io.likeness.bench.engine.child.EngineChild;
import io.likeness.bench.engine.data.DataSet;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/**
 * What a mode of measuring is given.
 *
 * @param asked queries of a step
 * @param runs fresh JVMs of each engine; figures are medians over them
 * @param flags of these JVMs
 */
record Bed(
    DataSet data,
    List<String> engines,
    EngineFolders folders,
    int asked,
    int runs,
    List<String> flags,
    Consumer<String> say) {

  /** A JVM with the engine in it, not open yet; built before where it was not. */
  EngineChild start(String engine) throws IOException {
    EngineFolders.Ready ready = folders.ready(engine, data);
    return folders.start(engine, data, ready.folder());
  }
}
