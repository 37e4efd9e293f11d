package io.likeness.shard.query;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import java.util.Optional;

/** Vectors of queries. */
final class QueryVectors {

  private static final float[] NONE = {};

  private QueryVectors() {}

  /** The floats; none for a query by filter alone; empty where the bytes are no vector. */
  static Optional<float[]> read(ByteString bytes) {
    if (bytes.isEmpty()) {
      return Optional.of(NONE);
    }
    try {
      return Optional.of(FeatureVector.ofBytes(bytes).array());
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
