package io.likeness.gateway.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FairShareTest {

  private final FairShare share = new FairShare(100);
  private final Deque<FairShare.Place> held = new ArrayDeque<>();

  private int takeAll(String account) {
    int taken = 0;
    for (Optional<FairShare.Place> place = share.take(account);
        place.isPresent();
        place = share.take(account)) {
      held.push(place.get());
      taken++;
    }
    return taken;
  }

  @Test
  void givesOneAccountHalfAndLeavesTheOthersTheRest() {
    assertThat(takeAll("flood")).isEqualTo(50);
    assertThat(takeAll("second")).isEqualTo(25);
    assertThat(takeAll("third")).isBetween(12, 13);
    for (int i = 0; i < 5; i++) {
      assertThat(share.take("quiet-" + i)).isPresent();
    }
  }

  @Test
  void forgetsWhatWasGivenBack() {
    takeAll("flood");
    held.forEach(FairShare.Place::close);
    held.clear();
    assertThat(takeAll("other")).isEqualTo(50);
  }
}
