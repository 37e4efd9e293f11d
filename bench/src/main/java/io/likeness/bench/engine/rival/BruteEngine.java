package io.likeness.bench.engine.rival;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Exact;
import io.likeness.bench.engine.data.Subset;
import java.nio.file.Path;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Every row, each time: what an engine has to beat, and what it may lose nothing against. */
final class BruteEngine implements Engine {

  private @Nullable DataSet data;
  private @Nullable BitSet wanted;

  @Override
  public String version() {
    return "brute-1";
  }

  @Override
  public void build(Path folder, DataSet rows) {
    // The data set's own rows are what it searches.
  }

  @Override
  public void open(Path folder, DataSet rows) {
    data = rows;
  }

  private DataSet data() {
    if (data == null) {
      throw new IllegalStateException("not open");
    }
    return data;
  }

  @Override
  public void restrict(Subset subset) {
    wanted = subset == Subset.ALL ? null : data().members(subset);
  }

  @Override
  public int[] search(float[] query, int k, int effort) {
    return Exact.scan(data().base(), query, k, wanted).ordinals();
  }

  @Override
  public int[] efforts(int k) {
    return new int[] {k};
  }

  @Override
  public long bytesOnDisk() {
    return data().base().values().byteSize();
  }

  @Override
  public Path files() {
    return data().folder();
  }

  @Override
  public void close() {
    data = null;
  }
}
