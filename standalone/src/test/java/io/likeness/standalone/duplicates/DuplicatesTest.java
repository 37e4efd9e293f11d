package io.likeness.standalone.duplicates;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.proto.image.Fingerprint;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class DuplicatesTest {

  private final Duplicates duplicates = new Duplicates();

  private void add(String id, String content, long fingerprint) {
    duplicates.add(id, content, HexFormat.of().toHexDigits(fingerprint));
  }

  @Test
  void suspectsExactlyThePairsThatComparingAllWithAllFinds() {
    SplittableRandom random = new SplittableRandom(7);
    long[] all = new long[600];
    for (int i = 0; i < all.length; i++) {
      // Half are others' copies with up to nine bits changed, some of those mirrored.
      all[i] = random.nextLong();
      if (i > 0 && i % 2 == 0) {
        all[i] = all[random.nextInt(i)];
        for (int bits = random.nextInt(10); bits > 0; bits--) {
          all[i] ^= 1L << random.nextInt(64);
        }
        all[i] = i % 6 == 0 ? Fingerprint.mirrored(all[i]) : all[i];
      }
      add("image" + i, "sha" + i, all[i]);
    }
    Set<Duplicates.Suspicion> wanted = new HashSet<>();
    for (int i = 0; i < all.length; i++) {
      for (int j = 0; j < i; j++) {
        if (Fingerprint.distance(all[i], all[j]) <= Fingerprint.NEAR) {
          wanted.add(new Duplicates.Suspicion("image" + j, "image" + i));
        }
      }
    }

    List<Duplicates.Suspicion> found = duplicates.suspicions();

    assertThat(wanted).hasSizeGreaterThan(100);
    assertThat(found).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(wanted);
  }

  @Test
  void joinsEqualFilesAndConfirmedCopies() {
    add("b", "one", 0);
    add("a", "one", 0);
    add("c", "two", 1);
    add("d", "three", ~0x5555L);
    add("x", "four", 0x0F0F0F0FL);
    add("y", "four", 0x0F0F0F0FL);
    duplicates.add("v", "", "");
    duplicates.add("w", "", "");

    assertThat(duplicates.groups(List.of(new Duplicates.Suspicion("b", "c"))))
        .containsExactly(
            new Duplicates.Group(List.of("a", "b", "c"), false),
            new Duplicates.Group(List.of("x", "y"), true));
    assertThat(duplicates.groups(List.of()))
        .containsExactly(
            new Duplicates.Group(List.of("a", "b"), true),
            new Duplicates.Group(List.of("x", "y"), true));
  }

  @Test
  void suspectsNothingOfPicturesWithoutFingerprint() {
    duplicates.add("v", "", "");
    duplicates.add("w", "", "");
    add("zero", "", 0);

    assertThat(duplicates.suspicions()).isEmpty();
    assertThat(duplicates.groups(List.of())).isEmpty();
  }
}
