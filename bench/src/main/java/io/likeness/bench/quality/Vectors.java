package io.likeness.bench.quality;

import com.google.protobuf.ByteString;
import io.likeness.features.EmbedOutcome;
import io.likeness.features.Embedded;
import io.likeness.features.Embedder;
import io.likeness.features.Picture;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.PictureRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Vectors by the way every picture of the product takes. */
public final class Vectors {

  private Vectors() {}

  public static List<FeatureVector> of(Embedder embedder, String model, List<ByteString> files) {
    List<Picture> pictures =
        files.stream()
            .map(
                file ->
                    new Picture(model, file, Optional.empty(), PictureRule.getDefaultInstance()))
            .toList();
    List<FeatureVector> vectors = new ArrayList<>();
    for (EmbedOutcome outcome : embedder.embedAll(pictures)) {
      if (!(outcome instanceof Embedded embedded)) {
        throw new IllegalStateException("a picture has no vector: " + outcome);
      }
      vectors.add(embedded.vector());
    }
    return vectors;
  }
}
