package io.likeness.bench.quality;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.picture.Pictures;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class EditTest {

  private final BufferedImage picture = Pictures.draw(3, 120, 90);

  @ParameterizedTest
  @EnumSource
  void makesAnotherFileTheSameEachTime(Edit edit) throws IOException {
    var copy = edit.copy(picture, new SplittableRandom(1));

    assertThat(copy).isEqualTo(edit.copy(picture, new SplittableRandom(1)));
    assertThat(ImageIO.read(copy.newInput())).isNotNull();
    for (Edit other : Edit.values()) {
      if (other != edit) {
        assertThat(other.copy(picture, new SplittableRandom(1))).isNotEqualTo(copy);
      }
    }
  }

  @Test
  void cropsAndScalesTheSides() throws IOException {
    assertSize(Edit.CROP_60, 72, 54);
    assertSize(Edit.CROP_80, 96, 72);
    assertSize(Edit.HALF_SIZE, 60, 45);
    assertSize(Edit.BORDER, 150, 112);
  }

  private void assertSize(Edit edit, int width, int height) throws IOException {
    BufferedImage copy = ImageIO.read(edit.copy(picture, new SplittableRandom(1)).newInput());
    assertThat(copy.getWidth()).isEqualTo(width);
    assertThat(copy.getHeight()).isEqualTo(height);
  }

  @Test
  void drawsSeveralEditsFromTheSeed() {
    assertThat(Edit.several(picture, 3, new SplittableRandom(1)))
        .isEqualTo(Edit.several(picture, 3, new SplittableRandom(1)))
        .isNotEqualTo(Edit.several(picture, 3, new SplittableRandom(2)));
  }
}
