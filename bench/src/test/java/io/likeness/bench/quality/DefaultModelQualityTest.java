package io.likeness.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.likeness.features.Embedder;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.ModelLibrary;
import io.likeness.proto.vector.FeatureVector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What the default model promises, on real photos; {@link QualityCommand} prints more. */
class DefaultModelQualityTest {

  private static final int COPIES = 40;

  /** The folder of test pictures that may lie beside the repository. */
  private static Optional<Path> photos() {
    String named = System.getProperty("likeness.shared");
    if (named != null) {
      return Optional.of(Path.of(named, "data")).filter(Files::isDirectory);
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path data = at.resolve("shared").resolve("data");
      if (Files.isDirectory(data)) {
        return Optional.of(data);
      }
    }
    return Optional.empty();
  }

  @Test
  void findsOriginalsOfEditedPhotosFirst() throws IOException {
    Optional<Path> data = photos();
    assumeTrue(
        data.isPresent(),
        "no test pictures: put them into shared/data beside the repository or set likeness.shared");
    List<Photo> photos = Photo.read(data.get());
    try (ModelLibrary library = ModelLibrary.open(Optional.empty());
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      List<FeatureVector> vectors =
          Vectors.of(embedder, "default", photos.stream().map(Photo::content).toList());

      Map<String, EditedCopies.Found> found =
          EditedCopies.search(embedder, "default", photos, vectors, COPIES, 11);

      assertThat(found).hasSize(Edit.values().length + 1);
      assertThat(EditedCopies.average(found)).isGreaterThan(0.97);
      for (Edit edit : List.of(Edit.JPEG_30, Edit.HALF_SIZE, Edit.MIRROR)) {
        assertThat(EditedCopies.shareOf(found, edit.shown()))
            .describedAs(edit.shown())
            .isEqualTo(1);
      }
    }
  }

  @Test
  void findsNothingInCommonBetweenMostPhotos() throws IOException {
    Optional<Path> data = photos();
    assumeTrue(
        data.isPresent(),
        "no test pictures: put them into shared/data beside the repository or set likeness.shared");
    List<Photo> all = Photo.read(data.get());
    List<Photo> photos =
        IntStream.iterate(0, i -> i < all.size(), i -> i + 7).mapToObj(all::get).toList();
    try (ModelLibrary library = ModelLibrary.open(Optional.empty());
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      List<FeatureVector> vectors =
          Vectors.of(embedder, "default", photos.stream().map(Photo::content).toList());
      List<Float> cosines = new ArrayList<>();
      for (int i = 0; i < photos.size(); i++) {
        for (int j = 0; j < i; j++) {
          if (!photos.get(i).shows(photos.get(j), false)) {
            cosines.add(vectors.get(i).cosine(vectors.get(j)));
          }
        }
      }

      float middle = cosines.stream().sorted().skip(cosines.size() / 2).findFirst().orElseThrow();
      assertThat(middle).isBetween(-0.2f, 0.2f);
      assertThat(library.model("default").likeness(middle)).isLessThan(0.4f);
    }
  }
}
