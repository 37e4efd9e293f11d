package io.likeness.features.decode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ResamplerTest {

  private static final int[] NOISE = {
    121, 66, 189, 242, 33, 6, 240, 132, 119, 98, 240, 243, 203, 77, 118, 77, 199, 7, 32, 81, 21,
    154, 15, 137, 242, 198, 218, 202, 227, 68, 187, 49, 18, 69, 253, 111, 132, 223, 154, 215, 197,
    179, 208, 118, 172, 14, 143, 83, 167, 53, 108, 136, 145, 63, 32, 246, 247, 45, 176, 34, 210, 77,
    10
  };

  private static Bitmap grey(int width, int... levels) {
    int[] rgb = IntStream.of(levels).map(level -> level * 0x10101).toArray();
    return new Bitmap(width, levels.length / width, rgb);
  }

  private static int[] levels(float[] rgb) {
    return IntStream.range(0, rgb.length / 3).map(i -> Math.round(rgb[3 * i])).toArray();
  }

  /**
   * Expected: what Pillow 12 makes of the same pixels; it keeps whole bytes between its two passes.
   */
  @ParameterizedTest
  @CsvSource({
    "TRIANGLE, 131 156 108 143 146 134 115 167 133 142 128 110, 174 158 75 150 118 135 79 151 155 152 121 152",
    "CUBIC, 131 157 102 145 146 128 117 177 134 146 129 104, 181 161 65 161 111 135 70 156 161 158 124 156",
    "LANCZOS, 133 151 98 150 146 126 121 181 138 151 129 102, 182 159 54 173 111 131 71 161 170 156 122 156"
  })
  void answersLikePillow(Resampler.Filter filter, String whole, String part) {
    Bitmap picture = grey(9, NOISE);

    float[] ofWhole = Resampler.resample(picture, 0, 0, 9, 7, 4, 3, filter);
    float[] ofPart = Resampler.resample(picture, 1.5, 0.5, 5.75, 5.5, 4, 3, filter);

    assertNear(ofWhole, whole);
    assertNear(ofPart, part);
  }

  private static void assertNear(float[] rgb, String wanted) {
    int[] levels = Arrays.stream(wanted.split(" ", -1)).mapToInt(Integer::parseInt).toArray();
    assertThat(rgb).hasSize(3 * levels.length);
    for (int i = 0; i < rgb.length; i++) {
      assertThat(rgb[i]).describedAs("sample %d", i).isCloseTo(levels[i / 3], within(3f));
    }
  }

  @Test
  void fourPixelsLeavesTheOthersOut() {
    Bitmap lines = grey(8, 255, 0, 0, 255, 255, 100, 100, 255);

    assertThat(levels(Resampler.resample(lines, 0, 0, 8, 1, 2, 1, Resampler.Filter.FOUR_PIXELS)))
        .containsExactly(0, 100);
    assertThat(IntStream.of(levels(Resampler.resample(lines, 0, 0, 8, 1, 2, 1))))
        .allMatch(level -> level > 60 && level < 200);
  }

  @ParameterizedTest
  @EnumSource
  void keepsAPlainPictureAndTheScale(Resampler.Filter filter) {
    int[] plain = new int[20 * 20];
    Arrays.fill(plain, 77);
    int[] edge = IntStream.range(0, 20 * 20).map(i -> i % 20 < 10 ? 0 : 255).toArray();

    assertThat(levels(Resampler.resample(grey(20, plain), 0, 0, 20, 20, 7, 33, filter)))
        .containsOnly(77);
    for (float sample : Resampler.resample(grey(20, edge), 0, 0, 20, 20, 50, 13, filter)) {
      assertThat(sample).isBetween(0f, 255.001f);
    }
  }
}
