package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.proto.image.Fingerprint;
import io.likeness.wire.PictureRule;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintsTest {

  private static final int SCENES = 60;

  private static ModelLibrary library;
  private static Embedder embedder;

  @BeforeAll
  static void open() {
    library = ModelLibrary.open(Optional.empty());
    embedder = Embedder.open(library, EmbedderConfig.defaults());
  }

  @AfterAll
  static void close() {
    embedder.close();
    library.close();
  }

  private static long fingerprint(ByteString content) {
    EmbedOutcome outcome =
        embedder.embed(
            new Picture("default", content, Optional.empty(), PictureRule.getDefaultInstance()));
    return ((Embedded) outcome).fingerprint();
  }

  private static UnaryOperator<BufferedImage> change(String edit) {
    return Objects.requireNonNull(Edits.all().get(edit), edit);
  }

  @ParameterizedTest
  @ValueSource(strings = {"JPEG 30", "half size", "30 % brighter", "mirror"})
  void staysNearWhenAPictureIsStoredAnew(String edit) {
    UnaryOperator<BufferedImage> change = change(edit);
    int near = 0;
    for (int seed = 0; seed < SCENES; seed++) {
      BufferedImage scene = Scenes.scene(seed);
      long original = fingerprint(Edits.jpeg(scene, 0.9f));
      long copy = fingerprint(Edits.jpeg(change.apply(scene), Edits.quality(edit)));
      near += Fingerprint.distance(original, copy) <= Fingerprint.NEAR ? 1 : 0;
    }

    assertThat(near).isGreaterThanOrEqualTo(SCENES * 95 / 100);
  }

  @Test
  void isFarWhereThePictureIsAnother() {
    List<Long> all = new ArrayList<>();
    for (int seed = 0; seed < SCENES; seed++) {
      all.add(fingerprint(Edits.jpeg(Scenes.scene(seed), 0.9f)));
    }
    int near = 0;
    for (int i = 0; i < SCENES; i++) {
      for (int j = 0; j < i; j++) {
        near += Fingerprint.distance(all.get(i), all.get(j)) <= Fingerprint.NEAR ? 1 : 0;
      }
    }

    assertThat(near).isLessThanOrEqualTo(2);
  }

  @Test
  void mirrorsAtThePriceOfOneExclusiveOr() {
    BufferedImage scene = Scenes.scene(5);
    BufferedImage mirrored = change("mirror").apply(scene);

    long one = fingerprint(Edits.jpeg(scene, 0.95f));
    long other = fingerprint(Edits.jpeg(mirrored, 0.95f));

    assertThat(Long.bitCount(one ^ other)).isGreaterThan(Fingerprint.NEAR);
    assertThat(Long.bitCount(Fingerprint.mirrored(one) ^ other)).isLessThanOrEqualTo(2);
  }
}
