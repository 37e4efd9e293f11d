package io.likeness.ingest.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.ingest.Events;
import io.likeness.ingest.KnownInstances;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.Version;
import io.likeness.wire.AddImage;
import io.likeness.wire.Attributes;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.Numbers;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.Text;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventCheckTest {

  private final KnownInstances instances = new KnownInstances();
  private final EventCheck check = new EventCheck(1, Events.PARTITIONS, instances);

  @BeforeEach
  void knowPets() {
    instances.announce(KnownInstances.pets("life1").build()).refresh();
  }

  @Test
  void takesEveryKindInBothForms() {
    for (ImageEvent event :
        new ImageEvent[] {
          Events.add("cat", 1f, 0f, 0f),
          Events.addUrl("cat", "http://example.com/a.jpg"),
          Events.addContent("cat", new byte[] {1}),
          Events.update("cat", "animal", "cat"),
          Events.delete("cat"),
          Events.deleteInstance()
        }) {
      Checked.Fit fit = fit(Events.record(event, 7));
      assertThat(fit.event()).isEqualTo(event);
      assertThat(fit.version()).isEqualTo(fit.record().place());
      assertThat(fit.instance().getUid()).isEqualTo("life1");
      assertThat(fit(Events.json(event, 7)).event()).isEqualTo(event);
    }
  }

  @Test
  void refusesWhatCannotBeRead() {
    byte[] torn = "{\"instance\":".getBytes(StandardCharsets.UTF_8);
    refuses(Events.record("p1/pets/a", torn, "", 0, ""), RejectionKind.BAD_EVENT, "cannot be read");
    refuses(
        Events.record("p1/pets/a", new byte[] {0x1a, 0x7f}, "", 0, ""),
        RejectionKind.BAD_EVENT,
        "cannot be read");
    refuses(
        Events.record("p1/pets/a", new byte[0], "", 0, ""), RejectionKind.BAD_EVENT, "is no add");
  }

  @Test
  void refusesNamesThatAreNone() {
    refuses(
        Events.record(Events.delete("a").toBuilder().setInstance("pets").build(), 0),
        RejectionKind.BAD_EVENT,
        "is not <project id>/<instance name>");
    refuses(Events.record(Events.delete(""), 0), RejectionKind.BAD_EVENT, "image id is empty");
    refuses(
        Events.record(Events.delete("a".repeat(513)), 0), RejectionKind.BAD_EVENT, "at most 512");
    refuses(
        Events.record(Events.deleteInstance().toBuilder().setImageId("a").build(), 0),
        RejectionKind.BAD_EVENT,
        "names the image");
  }

  @Test
  void refusesAKeyThatSaysSomethingElseAndTellsNoImageOfIt() {
    OpsRecord record = Events.record("p1/pets/dog", Events.delete("cat").toByteArray(), "", 0, "");
    Checked.Unfit unfit = refuses(record, RejectionKind.BAD_EVENT, "p1/pets/dog");
    assertThat(unfit.instance()).isEmpty();
    assertThat(unfit.imageId()).isEqualTo("cat");
  }

  @Test
  void refusesAPartitionTheKeyDoesNotBelongTo() {
    OpsRecord right = Events.record(Events.delete("cat"), 5);
    int wrong = (right.place().partition() + 1) % Events.PARTITIONS;
    OpsRecord misplaced =
        new OpsRecord(
            new Version(1, wrong, 5), right.key(), right.value(), "", "", Trace.fresh(), 0);
    assertThat(refuses(misplaced, RejectionKind.BAD_EVENT, "murmur2").instance()).isEmpty();
  }

  @Test
  void refusesAnInstanceThatNeverWas() {
    ImageEvent stray = Events.delete("cat").toBuilder().setInstance("p1/birds").build();
    refuses(Events.record(stray, 0), RejectionKind.UNKNOWN_INSTANCE, "p1/birds");
  }

  @Test
  void leavesAloneWhatWasMeantForAnEarlierLife() {
    int partition = Events.partition("p1/pets/cat");
    var reborn = KnownInstances.pets("life2");
    for (int p = 0; p < Events.PARTITIONS; p++) {
      reborn.addBornAt(p == partition ? 10 : 0);
    }
    instances.announce(reborn.build()).refresh();

    assertThat(check.check(Events.record(Events.delete("cat"), 9)))
        .isInstanceOf(Checked.Outlived.class);
    assertThat(fit(Events.record(Events.delete("cat"), 10)).instance().getUid()).isEqualTo("life2");
  }

  @Test
  void leavesAloneWhatWasMeantForAnInstanceThatHasEnded() {
    instances.end("life1");
    assertThat(check.check(Events.record(Events.delete("cat"), 9)))
        .isInstanceOf(Checked.Outlived.class);
  }

  @Test
  void givesAnEventThatIsDrivenAgainItsFirstVersion() {
    ImageEvent event = Events.delete("cat");
    int partition = Events.partition(Events.key(event));
    OpsRecord again =
        Events.record(
            Events.key(event), event.toByteArray(), "", 9, new Version(1, partition, 4).toString());
    assertThat(fit(again).version()).isEqualTo(new Version(1, partition, 4));
  }

  @Test
  void takesWhatCameBeforeItsInstanceWhenItIsDrivenAgain() {
    ImageEvent event = Events.delete("cat");
    int partition = Events.partition(Events.key(event));
    var late = KnownInstances.pets("life2");
    for (int p = 0; p < Events.PARTITIONS; p++) {
      late.addBornAt(p == partition ? 8 : 0);
    }
    instances.announce(late.build()).refresh();

    Version first = new Version(1, partition, 4);
    OpsRecord again =
        Events.record(Events.key(event), event.toByteArray(), "", 9, first.toString());

    assertThat(fit(again).version()).isEqualTo(first);
    assertThat(check.check(Events.record(event, 4))).isInstanceOf(Checked.Outlived.class);
  }

  @Test
  void refusesAnOriginThatIsNoEarlierPlaceOfThePartition() {
    ImageEvent event = Events.delete("cat");
    int partition = Events.partition(Events.key(event));
    int other = (partition + 1) % Events.PARTITIONS;
    for (String origin :
        new String[] {
          "nonsense",
          "1." + partition + ".9",
          "1." + partition + ".12",
          "1." + partition + ".-1",
          "2." + partition + ".4",
          "0." + partition + ".4",
          "1." + other + ".4"
        }) {
      OpsRecord again = Events.record(Events.key(event), event.toByteArray(), "", 9, origin);
      Checked.Unfit unfit = refuses(again, RejectionKind.BAD_EVENT, "likeness-origin");
      assertThat(unfit.version()).as(origin).isEqualTo(again.place());
    }
  }

  @Test
  void refusesAttributesTheInstanceDoesNotDeclareOrThatAreTooLong() {
    badAttributes(Events.tagged("colour", "red"), "not declared");
    badAttributes(Events.tagged("animal", ""), "0 characters");
    badAttributes(Events.tagged("animal", "x".repeat(257)), "257 characters");
    badAttributes(number("month", 1), "not declared");
    badAttributes(number("year", Double.NaN), "NaN");
    badAttributes(text("x".repeat(4_097)), "4097 characters");
    Text keywords = Text.newBuilder().addAllKeywords(Collections.nCopies(101, "k")).build();
    badAttributes(Attributes.newBuilder().setText(keywords).build(), "101 keywords");
    fit(Events.record(withAttributes(Events.tagged("animal", "\uD83D\uDE3A".repeat(256))), 0));
  }

  @Test
  void refusesVectorsTheModelCannotHaveMade() {
    refuses(Events.record(Events.add("cat", 1f, 0f), 0), RejectionKind.BAD_VECTOR, "has 2 values");
    refuses(Events.record(Events.add("cat", 0f, 0f, 0f), 0), RejectionKind.BAD_VECTOR, "length 0");
    refuses(
        Events.record(Events.add("cat", 1f, Float.NaN, 0f), 0), RejectionKind.BAD_VECTOR, "NaN");
    refuses(
        Events.record(Events.event("cat").setAdd(AddImage.getDefaultInstance()).build(), 0),
        RejectionKind.BAD_EVENT,
        "no content, no url and no vector");
  }

  @Test
  void tellsTheImageWhyWhereItsAddressIsRight() {
    Checked.Unfit unfit =
        refuses(Events.record(Events.add("cat", 1f), 3), RejectionKind.BAD_VECTOR, "1 values");
    assertThat(unfit.instance()).isPresent();
    assertThat(unfit.imageId()).isEqualTo("cat");
    assertThat(unfit.instanceName()).isEqualTo("p1/pets");
  }

  @Test
  void boundsTheReasonItKeeps() {
    ImageEvent event =
        Events.delete("cat").toBuilder().setInstance("p".repeat(100_000) + "/x").build();
    Checked.Unfit unfit = (Checked.Unfit) check.check(Events.record(event, 0));
    assertThat(unfit.rejection().getDetail().length())
        .isLessThanOrEqualTo(EventCheck.DETAIL_LENGTH_MAX + 3);
  }

  private void badAttributes(Attributes attributes, String reason) {
    refuses(Events.record(withAttributes(attributes), 0), RejectionKind.BAD_ATTRIBUTES, reason);
  }

  private static ImageEvent withAttributes(Attributes attributes) {
    ImageEvent event = Events.add("cat", 1f, 0f, 0f);
    return event.toBuilder().setAdd(event.getAdd().toBuilder().setAttributes(attributes)).build();
  }

  private static Attributes number(String key, double value) {
    return Attributes.newBuilder().setNumbers(Numbers.newBuilder().putValues(key, value)).build();
  }

  private static Attributes text(String description) {
    return Attributes.newBuilder().setText(Text.newBuilder().setDescription(description)).build();
  }

  private Checked.Fit fit(OpsRecord record) {
    Checked checked = check.check(record);
    assertThat(checked).isInstanceOf(Checked.Fit.class);
    return (Checked.Fit) checked;
  }

  private Checked.Unfit refuses(OpsRecord record, RejectionKind kind, String reason) {
    Checked checked = check.check(record);
    assertThat(checked).isInstanceOf(Checked.Unfit.class);
    Checked.Unfit unfit = (Checked.Unfit) checked;
    assertThat(unfit.rejection().getKind()).isEqualTo(kind);
    assertThat(unfit.rejection().getDetail()).contains(reason);
    return unfit;
  }
}
