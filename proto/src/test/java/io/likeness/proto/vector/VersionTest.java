package io.likeness.proto.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class VersionTest {

  @Test
  void ordersByEpochBeforeOffset() {
    assertThat(new Version(2, 0, 1).isAfter(new Version(1, 0, 900))).isTrue();
    assertThat(new Version(1, 0, 8).isAfter(new Version(1, 0, 7))).isTrue();
    assertThat(new Version(1, 0, 7).isAfter(new Version(1, 0, 7))).isFalse();
    assertThat(new Version(1, 0, 0).isAfter(Version.NONE)).isTrue();
  }

  @Test
  void readsItsOwnText() {
    Version version = new Version(3, 5, 123456789012L);
    assertThat(Version.parse(version.toString())).isEqualTo(version);
    for (String bad : List.of("", "1", "1.2", "1.2.3.4", "a.b.c", "-1.0.0", "1.0.-7")) {
      assertThatThrownBy(() -> Version.parse(bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(bad);
    }
  }

  @Test
  void keepsTheSlotOfAnImageForEver() {
    List<Integer> slots = List.of(10, 11, 12, 13);
    assertThat(Slots.slotOf(slots, "shoe-1")).isEqualTo(12);
    assertThat(Slots.slotOf(slots, "鞋/2")).isEqualTo(10);
    assertThat(Slots.slotOf(List.of(7), "anything")).isEqualTo(7);
    int[] counts = new int[4];
    for (int i = 0; i < 4000; i++) {
      counts[Slots.slotOf(slots, "image-" + i) - 10]++;
    }
    for (int count : counts) {
      assertThat(count).isBetween(800, 1200);
    }
  }
}
