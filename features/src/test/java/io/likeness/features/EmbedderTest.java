package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import io.likeness.wire.RejectionKind;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EmbedderTest {

  private static ModelLibrary library;

  @BeforeAll
  static void open() {
    library = ModelLibrary.open(Optional.empty());
  }

  @AfterAll
  static void close() {
    library.close();
  }

  private static Embedder embedder(int threads, int batchMax, long cacheBytes) {
    return Embedder.open(
        library, new EmbedderConfig(threads, batchMax, cacheBytes, 60_000_000, 16 << 20));
  }

  private static Picture picture(ByteString content) {
    return new Picture("default", content, Optional.empty(), PictureRule.getDefaultInstance());
  }

  private static ByteString scene(long seed) {
    return Edits.jpeg(Scenes.scene(seed), 0.9f);
  }

  private static Embedded embedded(EmbedOutcome outcome) {
    assertThat(outcome).isInstanceOf(Embedded.class);
    return (Embedded) outcome;
  }

  private static double likeness(FeatureVector a, FeatureVector b) {
    return library.model("default").likeness(a.cosine(b));
  }

  @Test
  void givesTheSamePictureLikenessOneAndAnotherMuchLess() {
    try (Embedder embedder = embedder(1, 1, 0)) {
      Embedded first = embedded(embedder.embed(picture(scene(1))));
      Embedded again = embedded(embedder.embed(picture(scene(1))));

      assertThat(first.vector()).isEqualTo(again.vector());
      assertThat(likeness(first.vector(), again.vector())).isEqualTo(1);
      double unlike = 0;
      for (int seed = 2; seed < 22; seed++) {
        Embedded other = embedded(embedder.embed(picture(scene(seed))));
        unlike += likeness(first.vector(), other.vector()) / 20;
      }
      assertThat(unlike).isLessThan(0.5);
    }
  }

  @Test
  void findsEditedCopiesFirst() {
    try (Embedder embedder = embedder(2, 8, 0)) {
      List<BufferedImage> scenes = IntStream.range(0, 60).mapToObj(Scenes::scene).toList();
      List<FeatureVector> known =
          vectors(embedder, scenes.stream().map(scene -> Edits.jpeg(scene, 0.9f)).toList());
      for (String edit : List.of("JPEG 30", "half size", "crop 80 %", "30 % brighter", "mirror")) {
        UnaryOperator<BufferedImage> change = change(edit);
        List<FeatureVector> copies =
            vectors(
                embedder,
                scenes.stream()
                    .map(scene -> Edits.jpeg(change.apply(scene), Edits.quality(edit)))
                    .toList());
        long first =
            IntStream.range(0, copies.size())
                .filter(i -> nearest(known, copies.get(i)) == i)
                .count();

        assertThat(first).describedAs(edit).isGreaterThanOrEqualTo(57);
      }
    }
  }

  private static UnaryOperator<BufferedImage> change(String edit) {
    UnaryOperator<BufferedImage> change = Edits.all().get(edit);
    if (change == null) {
      throw new IllegalArgumentException("no edit is called " + edit);
    }
    return change;
  }

  private static int nearest(List<FeatureVector> known, FeatureVector query) {
    return IntStream.range(0, known.size())
        .boxed()
        .max((a, b) -> Float.compare(query.cosine(known.get(a)), query.cosine(known.get(b))))
        .orElseThrow();
  }

  private static List<FeatureVector> vectors(Embedder embedder, List<ByteString> contents) {
    return embedder.embedAll(contents.stream().map(EmbedderTest::picture).toList()).stream()
        .map(outcome -> embedded(outcome).vector())
        .toList();
  }

  @Test
  void givesTheSameVectorWhateverTheBatchAndTheThreads() {
    List<ByteString> contents = IntStream.range(0, 13).mapToObj(EmbedderTest::scene).toList();
    List<List<FeatureVector>> ways = new ArrayList<>();
    for (int[] way : new int[][] {{1, 1}, {1, 8}, {2, 3}, {3, 16}}) {
      try (Embedder embedder = embedder(way[0], way[1], 0)) {
        ways.add(vectors(embedder, contents));
      }
    }

    for (List<FeatureVector> way : ways) {
      assertThat(way).isEqualTo(ways.getFirst());
    }
  }

  @Test
  void answersInOrderWithRefusalsInTheirPlaces() {
    try (Embedder embedder = embedder(2, 4, 0)) {
      List<Picture> pictures = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        pictures.add(picture(i % 5 == 3 ? ByteString.copyFromUtf8("junk " + i) : scene(i)));
      }

      List<EmbedOutcome> outcomes = embedder.embedAll(pictures);

      assertThat(outcomes).hasSize(20);
      for (int i = 0; i < 20; i++) {
        switch (outcomes.get(i)) {
          case Refused refused -> {
            assertThat(i % 5).isEqualTo(3);
            assertThat(refused.rejection().getKind()).isEqualTo(RejectionKind.UNSUPPORTED_FORMAT);
          }
          case Embedded embedded -> {
            assertThat(i % 5).isNotEqualTo(3);
            assertThat(embedded.vector())
                .isEqualTo(embedded(embedder.embed(pictures.get(i))).vector());
          }
        }
      }
      assertThat(embedder.refusals()).isEqualTo(4);
    }
  }

  @Test
  void computesTheSameBytesOnce() {
    try (Embedder embedder = embedder(2, 4, 1 << 20)) {
      List<EmbedOutcome> outcomes = embedder.embedAll(Collections.nCopies(10, picture(scene(5))));

      assertThat(embedder.embeddings()).isEqualTo(1);
      assertThat(embedder.cacheHits()).isEqualTo(9);
      assertThat(outcomes.stream().map(outcome -> embedded(outcome).vector()).distinct())
          .hasSize(1);

      Embedded later = embedded(embedder.embed(picture(scene(5))));

      assertThat(later.cached()).isTrue();
      assertThat(embedder.embeddings()).isEqualTo(1);
    }
  }

  @Test
  void keepsAStricterRuleAgainstAKnownVector() {
    try (Embedder embedder = embedder(1, 1, 1 << 20)) {
      ByteString content = scene(6);
      embedded(embedder.embed(picture(content)));
      PictureRule rule = PictureRule.newBuilder().setShortSideMin(241).build();

      EmbedOutcome outcome =
          embedder.embed(new Picture("default", content, Optional.empty(), rule));

      assertThat(outcome).isInstanceOf(Refused.class);
      assertThat(((Refused) outcome).rejection().getDetail()).contains("240", "241");
    }
  }

  @Test
  void embedsThePartInTheBox() {
    try (Embedder embedder = embedder(1, 1, 1 << 20)) {
      BufferedImage scene = Scenes.scene(7);
      ByteString whole = Edits.jpeg(scene, 0.95f);
      ByteString part = Edits.jpeg(Edits.cropped(scene, 0.5), 0.95f);
      Box box = Box.newBuilder().setX(80).setY(60).setWidth(160).setHeight(120).build();

      FeatureVector boxed =
          embedded(
                  embedder.embed(
                      new Picture(
                          "default", whole, Optional.of(box), PictureRule.getDefaultInstance())))
              .vector();
      FeatureVector cut = embedded(embedder.embed(picture(part))).vector();
      FeatureVector all = embedded(embedder.embed(picture(whole))).vector();

      assertThat(boxed.cosine(cut)).isGreaterThan(0.98f).isGreaterThan(boxed.cosine(all));
    }
  }

  @Test
  void saysThatAModelIsUnknown() {
    try (Embedder embedder = embedder(1, 1, 0)) {
      Picture picture =
          new Picture("hats", scene(1), Optional.empty(), PictureRule.getDefaultInstance());

      assertThatThrownBy(() -> embedder.embed(picture)).hasMessageContaining("hats");
    }
  }

  @Test
  void servesManyCallersAtOnce() throws Exception {
    try (Embedder embedder = embedder(2, 4, 0);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      FeatureVector wanted = embedded(embedder.embed(picture(scene(9)))).vector();
      List<Future<List<EmbedOutcome>>> answers = new ArrayList<>();
      for (int caller = 0; caller < 100; caller++) {
        long other = caller;
        answers.add(
            callers.submit(
                () -> embedder.embedAll(List.of(picture(scene(other)), picture(scene(9))))));
      }
      for (Future<List<EmbedOutcome>> answer : answers) {
        assertThat(embedded(answer.get().getLast()).vector()).isEqualTo(wanted);
      }
    }
  }
}
