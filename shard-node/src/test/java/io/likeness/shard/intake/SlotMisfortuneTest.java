package io.likeness.shard.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.shard.faults.FaultDisk;
import io.likeness.shard.index.Disk;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardVerdict;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;

/**
 * A slot on a disk that fails it: no exception ends it, nothing is lost, and it recovers. Every so
 * many calls are tried; {@code likeness bench crash} tries them all.
 */
class SlotMisfortuneTest {

  private static final int RECORDS = 60;

  @TempDir Path folder;

  private SlotScene scene(long reserve) throws IOException {
    SlotScene scene = new SlotScene(folder, reserve);
    scene.write(1, RECORDS);
    return scene;
  }

  @Test
  void outlivesAnErrorOfTheDisk() throws IOException {
    assertThat(new SlotTrials(folder, 5, each -> {}).errors().faults()).isEmpty();
  }

  @Test
  void waitsForRoomWheneverTheDiskFillsUp() throws IOException {
    assertThat(new SlotTrials(folder, 7, each -> {}).full().faults()).isEmpty();
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

  /** The same on a disk that is really small: {@code mount -t tmpfs -o size=6m tmpfs FOLDER}. */
  @Test
  @EnabledIfEnvironmentVariable(
      named = "LIKENESS_SMALL_DISK",
      matches = ".+",
      disabledReason = "names no folder on a disk of some MiB")
  void waitsForRoomOnARealDisk() throws IOException {
    Path small = Path.of(System.getenv("LIKENESS_SMALL_DISK"));
    assertThat(Files.getFileStore(small).getTotalSpace()).isLessThan(64 << 20);
    Path home = Files.createTempDirectory(small, "slot-");
    Path ballast = small.resolve("ballast");
    try {
      SlotScene scene = new SlotScene(home, 1 << 19);
      scene.write(1, RECORDS);
      assertThat(scene.open()).isTrue();
      scene.settle();
      assertThat(scene.verdict()).isEmpty();
      for (int left : new int[] {100_000, 0}) {
        fill(ballast, small, left);
        scene.write(2 + left, RECORDS);
        scene.settle();
        var unused = scene.slot().commit();
        scene.settle();
        scene.eachShard(Shard::refresh);
        for (String uid : SlotScene.UIDS) {
          assertThat(ShardVerdict.undead(scene.shard(uid).orElseThrow(), scene.logOf(uid)))
              .isEmpty();
        }
        assertThat(scene.slot().position().getAppliedOffset()).isLessThan(scene.log.size());
      }
      Files.delete(ballast);
      scene.settle();
      assertThat(scene.verdict()).isEmpty();
      assertThat(scene.slot().position().getAppliedOffset()).isEqualTo(scene.log.size());
      scene.close();
    } finally {
      Files.deleteIfExists(ballast);
      Disk.deleteTree(home);
    }
  }

  /** Until no more than so many bytes are left, or the system says that there are none. */
  private static void fill(Path ballast, Path disk, long left) throws IOException {
    byte[] some = new byte[4096];
    try (OutputStream out =
        Files.newOutputStream(ballast, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      while (Files.getFileStore(disk).getUsableSpace() > left) {
        out.write(some);
      }
    } catch (IOException full) {
      // as wanted
    }
  }
}
