package io.likeness.shard.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.shard.faults.FaultDisk;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardVerdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A slot on a disk that fails it: no exception ends it, nothing is lost, and it recovers. Every so
 * many calls are tried; {@code likeness bench crash} tries them all.
 */
class SlotMisfortuneTest {

  private static final int RECORDS = 60;

  @TempDir Path folder;

  private int scenes;

  private SlotScene scene(long reserve) throws IOException {
    SlotScene scene =
        new SlotScene(Files.createDirectory(folder.resolve("disk-" + scenes++)), reserve);
    scene.write(1, RECORDS);
    return scene;
  }

  /** The same for every trial, so that call number so-and-so is the same call. */
  private static void live(SlotScene scene) throws IOException {
    Random random = new Random(5);
    if (!scene.openAtLast()) {
      // Nothing can be done while not even the slot's folder can be made.
      return;
    }
    for (int turn = 0; turn < 12; turn++) {
      var unused = scene.turn();
      scene.upkeep(random);
      scene.passes(Duration.ofMillis(700));
    }
  }

  private int calls() throws IOException {
    SlotScene scene = scene(0);
    live(scene);
    scene.settle();
    assertThat(scene.verdict()).isEmpty();
    scene.close();
    return scene.disk().calls();
  }

  private static void assertWell(SlotScene scene, String trial) throws IOException {
    assertThat(scene.isOpen() || scene.open()).as(trial).isTrue();
    scene.settle();
    assertThat(scene.verdict()).as(trial).isEmpty();
    assertThat(scene.slot().mending()).as(trial).isZero();
    assertThat(scene.slot().position().getAppliedOffset()).as(trial).isEqualTo(RECORDS);
    // A restart finds it all, and has nothing to read again.
    scene.close();
    assertThat(scene.open()).isTrue();
    assertThat(scene.slot().startOffset()).as(trial).isEqualTo(RECORDS);
    assertThat(scene.verdict()).as(trial).isEmpty();
    scene.close();
  }

  @Test
  void outlivesAnErrorOfTheDisk() throws IOException {
    int calls = calls();
    for (int failing = 0; failing < calls; failing += 5) {
      SlotScene scene = scene(0);
      int number = failing;
      scene
          .disk()
          .setFault(
              (each, call, path) -> {
                if (each == number) {
                  throw FaultDisk.inputOutputError(path);
                }
              });
      live(scene);
      assertWell(scene, "call " + failing + " of " + calls);
    }
  }

  @Test
  void waitsForRoomWheneverTheDiskFillsUp() throws IOException {
    int calls = calls();
    for (int filling = 0; filling < calls; filling += 7) {
      SlotScene scene = scene(0);
      FaultDisk disk = scene.disk();
      int number = filling;
      disk.setFault(
          (each, call, path) -> {
            if (each == number) {
              disk.setCapacity(disk.used());
            }
            if (each == number && call != FaultDisk.Call.DELETE) {
              throw FaultDisk.noSpace(path);
            }
          });
      live(scene);
      if (scene.isOpen()) {
        scene.settle();
        assertNothingUndead(scene, "full from call " + filling + " of " + calls);
      }
      disk.setCapacity(Long.MAX_VALUE);
      assertWell(scene, "full from call " + filling + " of " + calls);
    }
  }

  private static void assertNothingUndead(SlotScene scene, String trial) throws IOException {
    scene.eachShard(Shard::refresh);
    for (String uid : SlotScene.UIDS) {
      Optional<Shard> shard;
      try {
        shard = scene.shard(uid);
      } catch (ShardAbsentException absent) {
        continue;
      }
      if (shard.isPresent()) {
        assertThat(ShardVerdict.undead(shard.get(), scene.logOf(uid))).as(trial).isEmpty();
      }
    }
  }

  @Test
  void keepsRoomForDeletes() throws IOException {
    SlotScene scene = scene(1 << 20);
    FaultDisk disk = scene.disk();
    assertThat(scene.open()).isTrue();
    scene.settle();
    assertThat(scene.verdict()).isEmpty();
    // Half of what is kept is left.
    disk.setCapacity(disk.used() + (1 << 19));
    scene.write(2, RECORDS);
    scene.settle();
    scene.eachShard(Shard::refresh);
    for (String uid : SlotScene.UIDS) {
      assertThat(ShardVerdict.undead(scene.shard(uid).orElseThrow(), scene.logOf(uid))).isEmpty();
    }
    assertThat(scene.slot().mending()).isZero();
    assertThat(scene.slot().position().getAppliedOffset()).isLessThan(2 * RECORDS);
    // What was deleted stays deleted, and what waits is not lost, through a restart meanwhile.
    scene.close();
    assertThat(scene.open()).isTrue();
    assertThat(scene.slot().startOffset()).isBetween((long) RECORDS, 2L * RECORDS - 1);
    scene.settle();
    assertThat(scene.verdict()).isNotEmpty();

    disk.setCapacity(Long.MAX_VALUE);
    scene.settle();
    assertThat(scene.verdict()).isEmpty();
    assertThat(scene.slot().position().getAppliedOffset()).isEqualTo(2 * RECORDS);
    scene.close();
  }
}
