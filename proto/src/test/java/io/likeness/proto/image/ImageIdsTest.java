package io.likeness.proto.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageIdsTest {

  @Test
  void ordersAsTheBytesOfUtf8Do() {
    List<String> ids =
        List.of(
            "", "a", "ab", "b", "é", "鞋", "\uE000", "\uFFFD", "\uD83D\uDE00", "\uD83D\uDE00a", "Z");
    for (String a : ids) {
      for (String b : ids) {
        int byBytes =
            Arrays.compareUnsigned(
                a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
        assertThat(Integer.signum(ImageIds.ORDER.compare(a, b)))
            .as("%s and %s", a, b)
            .isEqualTo(Integer.signum(byBytes));
      }
    }
  }
}
