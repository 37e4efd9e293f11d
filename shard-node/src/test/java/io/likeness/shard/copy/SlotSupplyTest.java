package io.likeness.shard.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.shard.faults.FaultDisk;
import io.likeness.shard.faults.Remains;
import io.likeness.shard.intake.CopyLimits;
import io.likeness.shard.intake.SlotScene;
import io.likeness.shard.intake.Supply;
import io.likeness.shard.snapshot.Landing;
import io.likeness.shard.snapshot.Snapshots;
import io.likeness.shard.snapshot.StoreAddress;
import io.likeness.wire.DescribeSlotsAnswer;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.OpenCopyRequest;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.ShardPosition;
import io.likeness.wire.SlotAssignment;
import io.likeness.wire.SlotPhase;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A slot that comes from another replica: whole or not at all, whatever happens on the way. */
class SlotSupplyTest {

  private static final int SLOT = 3;
  private static final int RECORDS = 120;
  private static final CopyLimits LIMITS = new CopyLimits(10, 1, 0);

  @TempDir Path folder;

  private final NearReplicas line = new NearReplicas();
  private final List<SlotAssignment> assigned = new ArrayList<>();
  private final List<SlotScene> open = new ArrayList<>();
  private final Told told = new Told();
  private Optional<StoreAddress> store = Optional.empty();
  private SlotScene source;
  private CopyDesk desk;
  private FaultDisk disk;
  // It knows no links, by which files of the folder before are taken.
  private boolean isFaulty;
  private long nanos;

  /** What an attempt tells, and when it is to end. */
  private static final class Told implements Supply.Progress {
    long toCopy;
    long copied;
    long stopAt = Long.MAX_VALUE;

    @Override
    public void toCopy(long bytes) {
      toCopy = bytes;
      copied = 0;
    }

    @Override
    public void copied(long bytes) {
      copied += bytes;
    }

    @Override
    public void check() throws InterruptedIOException {
      if (copied >= stopAt) {
        throw new InterruptedIOException("no longer wanted");
      }
    }
  }

  @BeforeEach
  void open() throws IOException {
    source = scene("source");
    source.write(1, RECORDS);
    assertThat(source.open()).isTrue();
    source.settle();
    source.buildAll();
    desk = deskOf(source, "source");
    disk = new FaultDisk(Files.createDirectory(folder.resolve("target")));
  }

  @AfterEach
  void close() {
    open.forEach(SlotScene::close);
  }

  private SlotScene scene(String name) throws IOException {
    SlotScene scene = new SlotScene(Files.createDirectories(folder.resolve(name)), 0);
    open.add(scene);
    return scene;
  }

  private static HostPort where(String name) {
    return new HostPort(name, 1);
  }

  private CopyDesk deskOf(SlotScene scene, String name) {
    CopyDesk fresh = new CopyDesk(scene.held(), LIMITS, scene.meters(), () -> nanos);
    line.add(where(name), fresh);
    assigned.removeIf(each -> each.getNode().equals(name));
    assigned.add(
        SlotAssignment.newBuilder()
            .setSlot(SLOT)
            .setReplica(assigned.size())
            .setNode(name)
            .setTerm(1)
            .setState(ReplicaState.SERVING)
            .build());
    return fresh;
  }

  private SlotSupply supply() {
    return new SlotSupply(
        new SlotSupply.Surroundings(
            "target",
            isFaulty ? disk.root() : folder.resolve("target"),
            0,
            slot -> assigned,
            name -> Optional.of(new NodeInfo(name, Set.of(Role.SHARD_NODE), where(name), ""))),
        line,
        store,
        LIMITS);
  }

  private Supply.Want want() {
    return new Supply.Want(SLOT, "log-1", 0, 0, source.log.size());
  }

  private Supply.Outcome bring() {
    return supply().bring(want(), told);
  }

  /** The slot as the target has it now, reading on in the same log. */
  private SlotScene landed() throws IOException {
    SlotScene target = scene("target");
    target.log.addAll(source.log);
    assertThat(target.open()).isTrue();
    return target;
  }

  private void assertReplica(SlotScene target) throws IOException {
    target.settle();
    source.settle();
    assertThat(target.verdict()).isEmpty();
    assertThat(target.slot().position()).isEqualTo(source.slot().position());
    assertThat(target.checksums()).isEqualTo(source.checksums()).hasSize(2);
  }

  private static String reason(Supply.Outcome outcome) {
    return switch (outcome) {
      case Supply.Outcome.Landed landed -> "landed at " + landed.nextOffset();
      case Supply.Outcome.Busy busy -> busy.reason();
      case Supply.Outcome.Failed failed -> failed.reason();
      case Supply.Outcome.Nowhere nowhere -> nowhere.reason();
    };
  }

  @Test
  void bringsASlotThatGoesOnMeanwhile() throws IOException {
    long[] reads = new long[1];
    line.setLine(
        content -> {
          // Everything that is copied is replaced, merged or deleted before it is read.
          if (reads[0]++ % 5 == 0) {
            source.write(10 + reads[0], RECORDS);
            source.settle();
            source.buildAll();
            var unused = source.commit();
          }
          return content;
        });
    assertThat(bring()).isEqualTo(new Supply.Outcome.Landed(RECORDS));
    assertThat(told.copied).isEqualTo(told.toCopy).isEqualTo(line.carried());
    assertThat(line.openCopies()).isZero();
    assertThat(source.log).hasSizeGreaterThan(2 * RECORDS);

    SlotScene target = landed();
    assertThat(target.slot().startOffset()).isEqualTo(RECORDS);
    assertReplica(target);
  }

  @Test
  void goesOnWhereTheSourceDied() throws IOException {
    long[] carried = new long[1];
    line.setLine(
        content -> {
          carried[0] += content.size();
          if (carried[0] > 20_000) {
            throw new IOException("connection reset");
          }
          return content;
        });
    assertThat(bring()).isInstanceOf(Supply.Outcome.Failed.class);
    assertThat(reason(bring())).contains("source", "connection reset");
    assertThat(folder.resolve("target/3")).doesNotExist();
    long whole = told.toCopy;
    long before = line.carried();
    assertThat(before).isPositive();
    assertThat(line.openCopies()).isZero();

    source.close();
    assertThat(source.open()).isTrue();
    source.settle();
    desk = deskOf(source, "source");
    line.setLine(content -> content);
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    // The new commit of the source may have some small files more.
    assertThat(line.carried()).isLessThan(whole + before).isEqualTo(told.toCopy);
    assertReplica(landed());
  }

  @Test
  void asksTheNextReplicaWhereOneIsGone() throws IOException {
    assigned.addFirst(
        SlotAssignment.newBuilder()
            .setSlot(SLOT)
            .setNode("dead")
            .setTerm(1)
            .setState(ReplicaState.SERVING)
            .build());
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    assertReplica(landed());
  }

  @Test
  void bringsToAReturningReplicaOnlyWhatItLacks() throws IOException {
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    long whole = line.carried();
    SlotScene target = landed();
    target.settle();
    target.close();
    source.write(2, 6);
    source.settle();

    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    long again = line.carried();
    assertThat(again).isPositive().isLessThan(whole / 2);
    assertReplica(landed());
    try (var entries = Files.list(folder.resolve("target"))) {
      assertThat(entries).containsExactly(folder.resolve("target/3"));
    }
  }

  @Test
  void neverWritesToTheFilesOfAFolderItTookThemFrom() throws IOException {
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    SlotScene target = landed();
    target.close();
    told.stopAt = 0;
    source.write(2, 6);
    source.settle();
    // It gives up, and the folder that was there goes on: what was taken from it must not change.
    assertThat(bring()).isInstanceOf(Supply.Outcome.Failed.class);
    target.log.addAll(source.log.subList(target.log.size(), source.log.size()));
    assertThat(target.open()).isTrue();
    target.write(3, 10);
    target.settle();
    target.close();
    told.stopAt = Long.MAX_VALUE;
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    assertReplica(landed());
  }

  @Test
  void believesNoByteThatWasFlipped() throws IOException {
    line.setLine(
        content -> {
          byte[] bytes = content.toByteArray();
          bytes[bytes.length / 2] ^= 4;
          return ByteString.copyFrom(bytes);
        });
    assertThat(reason(bring())).contains("is damaged where it comes from");
    assertThat(folder.resolve("target/3")).doesNotExist();
    line.setLine(content -> content);
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    assertReplica(landed());
  }

  @Test
  void takesNoAnswerOfAnotherLength() {
    line.setLine(content -> content.substring(0, content.size() - 1));
    assertThat(reason(bring())).contains("were asked for");
    line.setLine(content -> content.concat(ByteString.copyFrom(new byte[9])));
    assertThat(reason(bring())).contains("were asked for");
  }

  @Test
  void waitsForRoom() throws IOException {
    isFaulty = true;
    disk.setCapacity(10_000);
    assertThat(reason(bring())).contains("are to be copied", "the disk of");
    assertThat(line.carried()).isZero();
    // Others take the room while it copies.
    disk.setCapacity(Long.MAX_VALUE);
    line.setLine(
        content -> {
          disk.setCapacity(disk.used() + 100);
          return content;
        });
    assertThat(reason(bring())).contains("No space left");
    assertThat(folder.resolve("target/3")).doesNotExist();
    disk.setCapacity(Long.MAX_VALUE);
    line.setLine(content -> content);
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    assertReplica(landed());
  }

  @Test
  void leavesNothingOfASlotNobodyWantsAnyMore() throws IOException {
    told.stopAt = 20_000;
    assertThat(reason(bring())).contains("no longer wanted");
    assertThat(folder.resolve("target/3.incoming")).exists();
    assertThat(line.openCopies()).isZero();
    supply().discard(SLOT);
    assertThat(folder.resolve("target")).isEmptyDirectory();
  }

  @Test
  void isToldToComeAgainWhereEnoughIsCopied() throws IOException {
    OpenCopyRequest other = OpenCopyRequest.newBuilder().setSlot(SLOT).setTerm(1).build();
    assertThat(desk.open(other).hasCopy()).isTrue();
    assertThat(bring()).isInstanceOf(Supply.Outcome.Busy.class);
    // Nobody reads the other one.
    nanos += Duration.ofMinutes(2).toNanos();
    desk.sweep();
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
  }

  @Test
  void handsOutOnlyWhatItServesInThatTerm() throws IOException {
    source.slot().renew(5);
    assertThat(
            desk.open(OpenCopyRequest.newBuilder().setSlot(SLOT).setTerm(4).build())
                .getRefusal()
                .getKind())
        .isEqualTo(RefusalKind.STALE_TERM);
    source.close();
    assertThat(source.open()).isTrue();
    assertThat(
            desk.open(OpenCopyRequest.newBuilder().setSlot(SLOT).setTerm(5).build())
                .getRefusal()
                .getDetail())
        .contains("is catching up");
  }

  @Test
  void takesNoCopyOfAnotherLogAndNoneTheLogDoesNotReachBackTo() {
    Supply.Want other = new Supply.Want(SLOT, "log-2", 0, 0, 10);
    assertThat(reason(supply().bring(other, told))).contains("is of log log-1, not log-2");
    Supply.Want trimmed = new Supply.Want(SLOT, "log-1", 0, RECORDS + 1, RECORDS + 9);
    assertThat(reason(supply().bring(trimmed, told))).contains("the log begins at 121");
  }

  @Test
  void comesFromTheStoreWhereNoReplicaServes() throws IOException {
    StoreAddress address = StoreAddress.parse(folder.resolve("store").toString());
    try (var pinned = source.slot().pin().orElseThrow()) {
      var unused = new Snapshots(address.open(), InstantSource.system()).take(pinned);
    }
    source.write(2, RECORDS);
    source.settle();
    assigned.clear();
    assertThat(bring()).isInstanceOf(Supply.Outcome.Nowhere.class);
    store = Optional.of(address);
    assertThat(bring()).isEqualTo(new Supply.Outcome.Landed(RECORDS));
    assertReplica(landed());
    // What is here already is as good.
    Supply.Want same = new Supply.Want(SLOT, "log-1", RECORDS, 0, 2 * RECORDS);
    assertThat(supply().bring(same, told)).isInstanceOf(Supply.Outcome.Nowhere.class);
  }

  @Test
  void putsBackWhatStoodBetweenTwoRenames() throws IOException {
    isFaulty = true;
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    Path slot = disk.root().resolve("3");
    // The process died here.
    Files.move(slot, disk.root().resolve("3.before"));
    supply().recover();
    SlotScene target = landed();
    assertThat(target.slot().startOffset()).isEqualTo(RECORDS);
    target.settle();
    target.close();
    disk = new FaultDisk(folder.resolve("target"));

    source.write(2, 6);
    source.settle();
    disk.setFault(
        (number, call, path) -> {
          if (call == FaultDisk.Call.RENAME && path.endsWith("3.incoming")) {
            throw FaultDisk.inputOutputError(path);
          }
        });
    assertThat(reason(bring())).contains("Input/output error");
    SlotScene still = landed();
    assertThat(still.slot().startOffset()).isEqualTo(RECORDS);
    assertReplica(still);
  }

  @Test
  void hasTheOldSlotOrTheNewOneWhereverPowerFails() throws IOException {
    isFaulty = true;
    assertThat(bring()).isInstanceOf(Supply.Outcome.Landed.class);
    source.write(2, 30);
    source.settle();
    source.buildAll();
    int first = disk.steps();
    assertThat(bring()).isEqualTo(new Supply.Outcome.Landed(RECORDS + 30));
    int moments = disk.steps() - first;
    Remains remains = disk.remains(first);
    Set<Long> starts = new HashSet<>();
    for (int moment = 0; moment <= moments; moment += moment < moments - 40 ? 7 : 1) {
      Path left = Files.createDirectory(folder.resolve("left-" + moment));
      remains.leave(moment, left, moment);
      Landing.sweep(left);
      SlotScene after = new SlotScene(left, 0);
      after.log.addAll(source.log);
      assertThat(after.open()).isTrue();
      String what = "moment %d of %d, %s".formatted(moment, moments, Remains.describe(moment));
      assertThat(after.slot().startOffset()).as(what).isIn((long) RECORDS, RECORDS + 30L);
      starts.add(after.slot().startOffset());
      after.settle();
      assertThat(after.checksums()).as(what).isEqualTo(source.checksums());
      after.close();
    }
    assertThat(starts).hasSize(2);
  }

  @Test
  void knowsWhoElseHasASlot() {
    assertThat(supply().isElsewhere(SLOT, 5)).isFalse();
    Map<SlotPhase, Boolean> phases =
        Map.of(SlotPhase.COPYING, false, SlotPhase.CATCHING_UP, false, SlotPhase.READY, true);
    phases.forEach(
        (phase, expected) -> {
          line.tells(where("source"), state(phase, 5));
          assertThat(supply().isElsewhere(SLOT, 5)).isEqualTo(expected);
        });
    line.tells(where("source"), state(SlotPhase.READY, 4));
    assertThat(supply().isElsewhere(SLOT, 5)).isFalse();
  }

  private static DescribeSlotsAnswer state(SlotPhase phase, long applied) {
    return DescribeSlotsAnswer.newBuilder()
        .addSlots(
            HeldSlotState.newBuilder()
                .setSlot(SLOT)
                .setPhase(phase)
                .setPosition(ShardPosition.newBuilder().setSlot(SLOT).setAppliedOffset(applied)))
        .build();
  }
}
