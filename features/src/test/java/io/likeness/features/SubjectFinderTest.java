package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.features.decode.Bitmap;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SubjectFinderTest {

  private static final int WIDTH = 400;
  private static final int HEIGHT = 300;

  /** Things of one colour on a meadow under a sky. */
  private static BufferedImage scene(Color colour, Box... things) {
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = picture.createGraphics();
    g.setColor(new Color(150, 190, 235));
    g.fillRect(0, 0, WIDTH, HEIGHT / 2);
    g.setColor(new Color(70, 130, 60));
    g.fillRect(0, HEIGHT / 2, WIDTH, HEIGHT / 2);
    g.setColor(colour);
    for (Box thing : things) {
      g.fillOval(thing.getX(), thing.getY(), thing.getWidth(), thing.getHeight());
    }
    g.dispose();
    return picture;
  }

  private static Box box(int x, int y, int width, int height) {
    return Box.newBuilder().setX(x).setY(y).setWidth(width).setHeight(height).build();
  }

  private static List<Subject> find(BufferedImage picture) {
    int[] rgb = picture.getRGB(0, 0, WIDTH, HEIGHT, null, 0, WIDTH);
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] &= 0xFFFFFF;
    }
    return SubjectFinder.find(new Bitmap(WIDTH, HEIGHT, rgb), WIDTH, HEIGHT);
  }

  private static double overlap(Box one, Box other) {
    double width =
        Math.min(one.getX() + one.getWidth(), other.getX() + other.getWidth())
            - Math.max(one.getX(), other.getX());
    double height =
        Math.min(one.getY() + one.getHeight(), other.getY() + other.getHeight())
            - Math.max(one.getY(), other.getY());
    double both = Math.max(0, width) * Math.max(0, height);
    return both
        / ((double) one.getWidth() * one.getHeight()
            + (double) other.getWidth() * other.getHeight()
            - both);
  }

  @ParameterizedTest
  @CsvSource({"120, 80, 160, 140", "60, 60, 120, 160", "220, 100, 120, 120", "170, 110, 60, 80"})
  void findsAThingBeforeItsBackground(int x, int y, int width, int height) {
    Box thing = box(x, y, width, height);

    List<Subject> subjects = find(scene(new Color(200, 40, 50), thing));

    assertThat(subjects).isNotEmpty();
    assertThat(overlap(subjects.getFirst().box(), thing)).isGreaterThan(0.6);
  }

  @Test
  void findsEachOfTwoThingsAndBothTogether() {
    Box left = box(70, 90, 90, 110);
    Box right = box(240, 90, 90, 110);

    List<Subject> subjects = find(scene(new Color(200, 40, 50), left, right));

    assertThat(subjects).hasSizeGreaterThanOrEqualTo(3);
    assertThat(overlap(subjects.getFirst().box(), box(70, 90, 260, 110))).isGreaterThan(0.6);
    for (Box thing : List.of(left, right)) {
      assertThat(subjects).anyMatch(subject -> overlap(subject.box(), thing) > 0.5);
    }
    assertThat(subjects).allMatch(subject -> subject.score() > 0 && subject.score() <= 1);
  }

  @Test
  void findsNothingWhereNothingStandsOut() {
    BufferedImage plain = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    assertThat(find(plain)).isEmpty();
  }

  @Test
  void embedsTheSubjectAsIfItHadBeenCropped() {
    BufferedImage picture = scene(new Color(200, 40, 50), box(120, 80, 160, 140));
    try (ModelLibrary library = ModelLibrary.open(Optional.empty());
        Embedder embedder = Embedder.open(library, EmbedderConfig.defaults())) {
      Embedded found = embedded(embedder, picture, Optional.empty(), true);
      Embedded whole = embedded(embedder, picture, Optional.empty(), false);
      Box box = found.subjects().getFirst().box();

      FeatureVector cropped = embedded(embedder, picture, Optional.of(box), false).vector();
      assertThat(found.vector()).isEqualTo(cropped).isNotEqualTo(whole.vector());
      assertThat(whole.subjects()).isEmpty();
      // A box that is said counts, whatever could be found.
      assertThat(embedded(embedder, picture, Optional.of(box), true).subjects()).isEmpty();
    }
  }

  private static Embedded embedded(
      Embedder embedder, BufferedImage picture, Optional<Box> crop, boolean findSubject) {
    return (Embedded)
        embedder.embed(
            new Picture(
                "default",
                Edits.jpeg(picture, 0.95f),
                crop,
                PictureRule.getDefaultInstance(),
                findSubject,
                ""));
  }
}
