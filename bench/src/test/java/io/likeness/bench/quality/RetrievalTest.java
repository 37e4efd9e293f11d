package io.likeness.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import java.util.List;
import org.junit.jupiter.api.Test;

class RetrievalTest {

  private static Photo photo(String set, String product, String colour) {
    return new Photo("", set, product, colour, ByteString.EMPTY);
  }

  private static FeatureVector at(double degrees) {
    return FeatureVector.normalised(
        new float[] {
          (float) Math.cos(Math.toRadians(degrees)), (float) Math.sin(Math.toRadians(degrees))
        });
  }

  @Test
  void countsPhotosOfOtherSetsAsWrong() {
    List<Photo> photos =
        List.of(
            photo("shoes", "a", "red"),
            photo("shoes", "b", "red"),
            photo("shoes", "a", "red"),
            photo("shoes", "a", "blue"),
            photo("shoes", "c", "red"),
            photo("hats", "a", "red"));
    List<FeatureVector> vectors = List.of(at(0), at(1), at(3), at(7), at(20), at(0.1));

    Retrieval any = Retrieval.of(photos, vectors, "shoes", false);
    Retrieval sameColour = Retrieval.of(photos, vectors, "shoes", true);

    // a at 0: hat, b, a, a; a at 3: b, hat, a, a; a at 7: a, b, hat, a. Nobody else is a product
    // twice.
    assertThat(any.asked()).isEqualTo(3);
    assertThat(any.first()).isEqualTo(1.0 / 3, within(1e-9));
    assertThat(any.amongTen()).isEqualTo(1);
    double early = (1.0 / 3 + 2.0 / 4) / 2;
    double last = (1.0 + 2.0 / 4) / 2;
    assertThat(any.precision()).isEqualTo((early + early + last) / 3, within(1e-9));
    assertThat(sameColour.asked()).isEqualTo(2);
    assertThat(sameColour.precision()).isEqualTo(1.0 / 3, within(1e-9));
  }
}
