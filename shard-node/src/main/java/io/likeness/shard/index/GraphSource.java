package io.likeness.shard.index;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.BooleanSupplier;

/** The replica that made an offer. */
@FunctionalInterface
public interface GraphSource {

  /**
   * The bytes of the graph's file.
   *
   * @param wanted asked while somebody waits for bytes; false ends it with an error
   */
  InputStream open(GraphOffer graph, BooleanSupplier wanted) throws IOException;
}
