package io.likeness.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.ingest.Events;
import io.likeness.wire.ImageEvent;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EventHeadTest {

  @Test
  void tellsTheKindOfEveryEventInBothForms() {
    Map<ImageEvent, EventKind> kinds =
        Map.of(
            Events.addContent("a", new byte[100_000]),
            EventKind.ADD,
            Events.update("a", "animal", "cat"),
            EventKind.UPDATE,
            Events.delete("a"),
            EventKind.DELETE,
            Events.deleteInstance(),
            EventKind.DELETE_INSTANCE,
            Events.event("a").build(),
            EventKind.UNKNOWN);
    kinds.forEach(
        (event, kind) -> {
          OpsRecord protobuf = Events.record(event, 0);
          OpsRecord json = Events.json(event, 0);
          assertThat(EventHead.peek(protobuf.value(), protobuf.contentType()).kind())
              .isEqualTo(kind);
          assertThat(EventHead.peek(json.value(), json.contentType()).kind()).isEqualTo(kind);
          assertThat(EventHead.peek(json.value(), "").kind()).isEqualTo(kind);
        });
  }

  @Test
  void takesJsonsOtherSpellingAndItsNulls() {
    assertThat(peekJson("{\"deleteInstance\":{}}")).isEqualTo(EventKind.DELETE_INSTANCE);
    assertThat(peekJson("{\"add\":null,\"delete\":{}}")).isEqualTo(EventKind.DELETE);
    assertThat(peekJson("{\"delete\":{},\"add\":null}")).isEqualTo(EventKind.DELETE);
  }

  @Test
  void tellsNothingOfWhatItCannotRead() {
    for (String text : new String[] {"", "{", "[]", "null", "{\"delete\":{", "\u0000\u0001", "7"}) {
      assertThat(peekJson(text)).as(text).isEqualTo(EventKind.UNKNOWN);
    }
    assertThat(EventHead.peek(new byte[] {0x1a, 0x7f, 1}, "").kind()).isEqualTo(EventKind.UNKNOWN);
    assertThat(EventHead.peek(new byte[0], "").kind()).isEqualTo(EventKind.UNKNOWN);
  }

  @Test
  void oneLaneTakesEachEvent() {
    for (EventKind kind : EventKind.values()) {
      assertThat(LaneKind.ADDS.takes(kind))
          .as("%s", kind)
          .isNotEqualTo(LaneKind.CHANGES.takes(kind));
    }
  }

  private static EventKind peekJson(String text) {
    return EventHead.peek(text.getBytes(StandardCharsets.UTF_8), "application/json").kind();
  }
}
