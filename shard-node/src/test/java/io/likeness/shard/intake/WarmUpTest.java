package io.likeness.shard.intake;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.SlotPhase;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmUpTest {

  @TempDir Path folder;

  @Test
  void searchesEveryShardBeforeTheSlotSaysThatItIsReady() throws IOException {
    SlotScene scene = new SlotScene(folder, 0);
    scene.write(1, 120);
    assertThat(scene.open()).isTrue();
    assertThat(WarmUp.search(scene.slot())).isZero();
    scene.settle();
    scene.buildAll();
    assertThat(scene.slot().isServing()).isTrue();
    // The scene's upkeep does nothing by itself.
    assertThat(scene.slot().state().getPhase()).isEqualTo(SlotPhase.CATCHING_UP);
    assertThat(WarmUp.search(scene.slot())).isGreaterThan(SlotScene.UIDS.size());
    scene.slot().warmed();
    assertThat(scene.slot().state().getPhase()).isEqualTo(SlotPhase.READY);
    scene.close();
  }
}
