package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.Version;
import io.likeness.wire.Attributes;
import io.likeness.wire.Tags;
import io.likeness.wire.VectorRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ImageStateTest {

  private static final ByteString VECTOR = Histories.vector(new Random(1), 8);

  private static ImageState after(List<VectorRecord> records) {
    ImageState state = ImageState.UNKNOWN;
    for (VectorRecord record : records) {
      state = state.merge(record);
    }
    return state;
  }

  private static Attributes tag(String value) {
    return Attributes.newBuilder().setTags(Tags.newBuilder().putValues("colour", value)).build();
  }

  /** The state told directly from the set of records, without any merging. */
  private static void assertTruth(ImageState state, List<VectorRecord> records) {
    VectorRecord put = greatest(records, VectorRecord::hasPut);
    VectorRecord remove = greatest(records, VectorRecord::hasRemove);
    long putAt = at(put);
    assertThat(state.exists()).isEqualTo(putAt > at(remove));
    if (!state.exists()) {
      assertThat(state.attributes()).isEqualTo(Attributes.getDefaultInstance());
      assertThat(state.picture()).isEmpty();
      return;
    }
    VectorRecord tags =
        greatest(
            records,
            r ->
                r.hasPut() && at(r) == putAt
                    || r.hasPatch() && r.getPatch().getAttributes().hasTags());
    Tags expected =
        tags.hasPut()
            ? tags.getPut().getAttributes().getTags()
            : tags.getPatch().getAttributes().getTags();
    assertThat(state.attributes().getTags()).isEqualTo(expected);
    assertThat(state.picture().orElseThrow().getWidth()).isEqualTo(put.getPut().getWidth());
  }

  private static VectorRecord greatest(
      List<VectorRecord> records, java.util.function.Predicate<VectorRecord> kind) {
    return records.stream()
        .filter(kind)
        .max((a, b) -> Long.compare(at(a), at(b)))
        .orElse(VectorRecord.getDefaultInstance());
  }

  private static long at(VectorRecord record) {
    return record.hasVersion() ? record.getVersion().getOffset() : -1;
  }

  @Test
  void endsInTheSameStateHoweverAHistoryIsShuffledAndRepeated() {
    for (long seed = 0; seed < 400; seed++) {
      Random random = new Random(seed);
      List<VectorRecord> history = new ArrayList<>();
      for (int version = 0; version < 1 + random.nextInt(9); version++) {
        history.add(Histories.step(random, "a", version, Histories.vector(random, 8)));
      }
      ImageState straight = after(history);
      assertTruth(straight, history);
      for (int round = 0; round < 30; round++) {
        List<VectorRecord> mangled = new ArrayList<>(history);
        for (VectorRecord record : history) {
          for (int again = random.nextInt(3); again > 0; again--) {
            mangled.add(record);
          }
        }
        Collections.shuffle(mangled, random);
        assertThat(after(mangled)).as("seed %d round %d", seed, round).isEqualTo(straight);
      }
    }
  }

  @Test
  void mergesEveryOrderOfEveryShortHistoryAlike() {
    List<List<VectorRecord>> choices = new ArrayList<>();
    for (int version = 0; version < 4; version++) {
      choices.add(
          List.of(
              Histories.put("a", version, VECTOR, tag("put" + version)),
              Histories.patch("a", version, tag("patch" + version)),
              Histories.remove("a", version),
              Histories.reject("a", version)));
    }
    for (int code = 0; code < 256; code++) {
      List<VectorRecord> history = new ArrayList<>();
      for (int version = 0; version < 4; version++) {
        history.add(choices.get(version).get(code >> (2 * version) & 3));
      }
      ImageState expected = after(history);
      assertTruth(expected, history);
      permute(history, 0, expected);
    }
  }

  private static void permute(List<VectorRecord> order, int from, ImageState expected) {
    if (from == order.size()) {
      assertThat(after(order)).isEqualTo(expected);
      return;
    }
    for (int i = from; i < order.size(); i++) {
      Collections.swap(order, from, i);
      permute(order, from + 1, expected);
      Collections.swap(order, from, i);
    }
  }

  @Test
  void keepsAPatchThatCameBeforeItsPut() {
    ImageState pending = after(List.of(Histories.patch("a", 5, tag("late"))));
    assertThat(pending.exists()).isFalse();
    assertThat(pending.hasSeen(new Version(1, 0, 5))).isTrue();

    ImageState put = pending.merge(Histories.put("a", 4, VECTOR, tag("early")));
    assertThat(put.attributes().getTags().getValuesMap()).containsEntry("colour", "late");

    ImageState newer = put.merge(Histories.put("a", 6, VECTOR, tag("newest")));
    assertThat(newer.attributes().getTags().getValuesMap()).containsEntry("colour", "newest");
  }

  @Test
  void letsAPutReDrivenUnderItsFirstVersionEndItsRejection() {
    ImageState rejected = after(List.of(Histories.reject("a", 3)));
    assertThat(rejected.rejected()).isEqualTo(Version.of(Histories.reject("a", 3).getVersion()));
    ImageState put = rejected.merge(Histories.put("a", 3, VECTOR, tag("x")));
    assertThat(put.exists()).isTrue();
    assertThat(put.rejected()).isEqualTo(Version.NONE);
    assertThat(put.merge(Histories.reject("a", 3))).isEqualTo(put);
  }

  @Test
  void comesBackFromItsStoredForm() {
    for (long seed = 0; seed < 50; seed++) {
      Random random = new Random(seed);
      List<VectorRecord> history = new ArrayList<>();
      for (int version = 0; version < 6; version++) {
        history.add(Histories.step(random, "a", version, VECTOR));
      }
      ImageState state = after(history);
      assertThat(ImageState.of(state.toStored(7))).isEqualTo(state);
    }
  }
}
