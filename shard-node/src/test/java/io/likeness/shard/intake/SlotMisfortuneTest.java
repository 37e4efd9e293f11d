package io.likeness.shard.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.shard.faults.FaultDisk;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardVerdict;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
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
}
