package io.likeness.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.wire.RefusalKind;
import org.junit.jupiter.api.Test;

class HitRoomTest {

  private final HitRoom room = new HitRoom(100);

  @Test
  void refusesWhatDoesNotFitNow() throws No {
    try (HitRoom.Taken taken = room.take(60)) {
      assertThat(taken).isNotNull();
      assertThatThrownBy(() -> room.take(41))
          .isInstanceOfSatisfying(
              No.class,
              no -> {
                assertThat(no.refusal().getKind()).isEqualTo(RefusalKind.BUSY);
                assertThat(no.refusal().getDetail()).contains("41 hits", "room for 40 of 100");
              });
      room.take(40).close();
    }
    room.take(100).close();
  }

  @Test
  void letsASearchThatIsTooLargeForItPassAlone() throws No {
    HitRoom.Taken large = room.take(1_000_000_000_000L);
    assertThatThrownBy(() -> room.take(1)).isInstanceOf(No.class);
    large.close();
    room.take(100).close();
  }
}
