package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.likeness.proto.vector.FeatureVector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the default model promises, on real photos. {@link ModelQuality} prints more. */
class DefaultModelQualityTest {

  private static final Set<String> EXACT = Set.of("JPEG 30", "half size", "mirror");

  @Test
  void findsOriginalsOfEditedPhotosFirst() throws IOException {
    Optional<Path> data = SharedData.folder();
    assumeTrue(data.isPresent(), SharedData.ABSENT);
    try (ModelLibrary library = ModelLibrary.open(Optional.empty());
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      List<ModelQuality.Photo> photos = ModelQuality.photos(data.get());
      List<FeatureVector> vectors =
          ModelQuality.embed(
              embedder, "default", photos.stream().map(ModelQuality.Photo::content).toList());

      Map<String, ModelQuality.Found> found =
          ModelQuality.edits(embedder, "default", photos, vectors, 60);

      assertThat(found).hasSameSizeAs(Edits.all());
      found.forEach(
          (edit, result) ->
              assertThat(result.share())
                  .describedAs(edit)
                  .isGreaterThanOrEqualTo(EXACT.contains(edit) ? 1 : 0.9));
    }
  }
}
