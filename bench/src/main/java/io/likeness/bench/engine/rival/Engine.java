package io.likeness.bench.engine.rival;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Subset;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Something that finds near vectors. It is built once into a folder, then opened from it in other
 * processes and asked by one thread.
 */
public interface Engine extends AutoCloseable {

  /** Says all that decides what {@link #build} makes: another one means building again. */
  String version();

  /** Fills an empty folder with all rows of the data. */
  void build(Path folder, DataSet data) throws IOException;

  void open(Path folder, DataSet data) throws IOException;

  /** Searches find rows of this subset only, from now on. */
  void restrict(Subset subset) throws IOException;

  /**
   * The ordinals of the nearest {@code k} it finds.
   *
   * @param effort how hard to look, in the engine's own measure: candidates kept, as a rule
   */
  int[] search(float[] query, int k, int effort) throws IOException;

  /** Efforts worth measuring for this k, rising. */
  int[] efforts(int k);

  /** The effort by which it chooses for itself how hard to look, where it does. */
  default OptionalInt ownEffort() {
    return OptionalInt.empty();
  }

  /** What it needs on disk, all files. */
  long bytesOnDisk() throws IOException;

  /** Where the files lie that searches read. */
  Path files();

  @Override
  void close() throws IOException;
}
