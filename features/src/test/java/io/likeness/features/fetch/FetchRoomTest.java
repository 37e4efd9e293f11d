package io.likeness.features.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FetchRoomTest {

  private static final long LONG = Duration.ofMinutes(1).toNanos();

  @Test
  void keepsPlacesForOtherHostsWhileOneIsFull() {
    FetchRoom room = new FetchRoom(new FetchConfig.Room(3, 2));

    assertThat(room.enter("slow.example", 0)).isPresent();
    assertThat(room.enter("SLOW.example", 0)).isPresent();
    assertThat(room.enter("slow.example", 0)).isEmpty();
    assertThat(room.enter("other.example", 0)).isPresent();
    assertThat(room.enter("third.example", 0)).isEmpty();
  }

  @Test
  void givesAPlaceToTheNextThatWaits() throws Exception {
    FetchRoom room = new FetchRoom(new FetchConfig.Room(3, 1));
    FetchRoom.Place held = room.enter("slow.example", 0).orElseThrow();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Optional<FetchRoom.Place>> waiting =
          threads.submit(() -> room.enter("slow.example", LONG));
      held.close();
      assertThat(waiting.get(1, TimeUnit.MINUTES)).isPresent();
    }
  }

  @Test
  void forgetsHostsNobodyAsks() {
    FetchRoom room = new FetchRoom(new FetchConfig.Room(1, 1));
    FetchRoom.Place held = room.enter("a.example", 0).orElseThrow();
    assertThat(room.enter("b.example", 0)).isEmpty();
    assertThat(room.hosts()).isEqualTo(1);

    held.close();

    assertThat(room.hosts()).isZero();
    assertThat(room.enter("a.example", 0)).isPresent();
  }

  @Test
  void givesTheHostsPlaceBackWhereAllAreTaken() throws Exception {
    FetchRoom room = new FetchRoom(new FetchConfig.Room(1, 1));
    FetchRoom.Place held = room.enter("a.example", 0).orElseThrow();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      // One takes the host's only place and finds no other; a second waits behind it all the while.
      Future<Optional<FetchRoom.Place>> first =
          threads.submit(() -> room.enter("b.example", Duration.ofMillis(200).toNanos()));
      Future<Optional<FetchRoom.Place>> second =
          threads.submit(() -> room.enter("b.example", LONG));
      assertThat(first.get(1, TimeUnit.MINUTES)).isEmpty();

      held.close();

      assertThat(second.get(1, TimeUnit.MINUTES)).isPresent();
    }
  }
}
