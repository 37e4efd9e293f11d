package io.likeness.shard.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.proto.wire.NewerFormatException;
import io.likeness.shard.intake.PinnedSlot;
import io.likeness.shard.intake.SlotScene;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsTest {

  private static final int RECORDS = 120;

  @TempDir Path folder;

  private Instant now = Instant.now();
  private Path storeFolder;
  private Snapshots snapshots;
  private SlotScene scene;

  @BeforeEach
  void open() throws IOException {
    storeFolder = folder.resolve("store");
    snapshots = new Snapshots(StoreAddress.parse(storeFolder.toString()).open(), () -> now);
    scene = new SlotScene(Files.createDirectory(folder.resolve("data")), 0);
    scene.write(1, RECORDS);
    assertThat(scene.open()).isTrue();
    scene.settle();
    scene.buildAll();
  }

  @AfterEach
  void close() {
    scene.close();
  }

  private Snapshots.Taken take() throws IOException {
    try (PinnedSlot pinned = scene.slot().pin().orElseThrow()) {
      return snapshots.take(pinned);
    }
  }

  /** The slot on another node, filled from the snapshot and then from the same log. */
  private SlotScene restored(Snapshots.Named snapshot, String name) throws IOException {
    Path data = Files.createDirectory(folder.resolve(name));
    snapshots.restore(snapshot.manifest(), data);
    SlotScene other = new SlotScene(data, 0);
    other.log.addAll(scene.log);
    assertThat(other.open()).isTrue();
    assertThat(other.slot().startOffset()).isEqualTo(snapshot.manifest().nextOffset());
    return other;
  }

  @Test
  void isRestoredElsewhereAndReadOnFromItsOffset() throws IOException {
    Snapshots.Taken taken = take();
    assertThat(taken.snapshot().manifest().nextOffset()).isEqualTo(RECORDS);
    assertThat(snapshots.verify(taken.snapshot().manifest())).isEmpty();
    scene.write(2, RECORDS);
    scene.settle();

    SlotScene other = restored(snapshots.list().getFirst(), "other");
    other.settle();
    assertThat(other.verdict()).isEmpty();
    assertThat(other.slot().position().getAppliedOffset()).isEqualTo(2 * RECORDS);
    other.close();
  }

  @Test
  void keepsItsMomentWhileTheSlotGoesOn() throws IOException {
    Snapshots.Taken taken;
    try (PinnedSlot pinned = scene.slot().pin().orElseThrow()) {
      // Everything pinned is replaced, merged or deleted before it is copied.
      for (int round = 2; round < 5; round++) {
        scene.write(round, RECORDS);
        scene.settle();
        scene.buildAll();
        var unused = scene.commit();
      }
      taken = snapshots.take(pinned);
    }
    assertThat(taken.snapshot().manifest().nextOffset()).isEqualTo(RECORDS);
    SlotScene other = restored(taken.snapshot(), "other");
    other.settle();
    assertThat(other.verdict()).isEmpty();
    other.close();
  }

  @Test
  void putsOnlyWhatIsNew() throws IOException {
    Snapshots.Taken first = take();
    assertThat(first.filesPut()).isPositive();
    now = now.plusSeconds(1);
    Snapshots.Taken same = take();
    assertThat(same.filesPut()).isZero();
    now = now.plusSeconds(1);
    scene.write(3, 6);
    scene.settle();
    Snapshots.Taken third = take();
    assertThat(third.filesPut()).isPositive();
    assertThat(third.bytesPut()).isLessThan(first.bytesPut());
    assertThat(snapshots.list()).hasSize(3);
  }

  @Test
  void findsDamageAndRestoresNothingOfIt() throws IOException {
    Snapshots.Taken taken = take();
    Path object;
    try (Stream<Path> all = Files.walk(storeFolder.resolve("objects"))) {
      object = all.filter(Files::isRegularFile).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(object);
    bytes[bytes.length / 2] ^= 4;
    Files.write(object, bytes);
    assertThat(snapshots.verify(taken.snapshot().manifest()))
        .singleElement()
        .asString()
        .contains("is damaged");
    Path data = Files.createDirectory(folder.resolve("other"));
    assertThatThrownBy(() -> snapshots.restore(taken.snapshot().manifest(), data))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is damaged");
    assertThat(data.resolve("3")).doesNotExist();
    Files.delete(object);
    assertThat(snapshots.verify(taken.snapshot().manifest()).getFirst()).contains("is missing");

    // The next snapshot heals the store: what is not there is put again.
    now = now.plusSeconds(1);
    assertThat(take().filesPut()).isEqualTo(1);
    snapshots.restore(taken.snapshot().manifest(), data);
  }

  @Test
  void believesNoManifestThatWasChanged() throws IOException {
    Snapshots.Taken taken = take();
    Path manifest = storeFolder.resolve(taken.snapshot().name());
    Files.writeString(manifest, Files.readString(manifest).replace("\"slot\" : 3", "\"slot\" : 4"));
    assertThatThrownBy(() -> snapshots.list()).hasMessageContaining("is damaged");
  }

  @Test
  void readsNoManifestOfANewerRelease() throws IOException {
    SnapshotManifest manifest = take().snapshot().manifest();
    String text = new String(manifest.write(), StandardCharsets.UTF_8);
    byte[] newer =
        text.replace("\"format\" : " + SnapshotManifest.FORMAT + ",", "\"format\" : 2,")
            .getBytes(StandardCharsets.UTF_8);
    String name = manifest.name(newer);
    assertThatThrownBy(() -> SnapshotManifest.read(name, newer))
        .isInstanceOf(NewerFormatException.class)
        .hasMessageContaining(name + " has format 2, and this release understands up to 1");
  }

  @Test
  void restoresOnlyWhereThereIsNothing() throws IOException {
    Snapshots.Taken taken = take();
    assertThatThrownBy(() -> snapshots.restore(taken.snapshot().manifest(), folder.resolve("data")))
        .hasMessageContaining("exists");
    assertThat(scene.verdict()).isEmpty();
  }

  @Test
  void prunesOldSnapshotsAndWhatNobodyNames() throws IOException {
    for (int round = 0; round < 4; round++) {
      take();
      now = now.plus(Duration.ofHours(1));
      scene.write(10 + round, 30);
      scene.settle();
      scene.buildAll();
    }
    long before = files("objects");
    assertThat(snapshots.prune(2)).isEqualTo(new Snapshots.Pruned(2, 0, 0));
    assertThat(files("objects")).isEqualTo(before);
    now = now.plus(Snapshots.GRACE).plusSeconds(60);
    Snapshots.Pruned pruned = snapshots.prune(2);
    assertThat(pruned.objects()).isPositive();
    assertThat(files("objects")).isEqualTo(before - pruned.objects());
    List<Snapshots.Named> left = snapshots.list();
    assertThat(left).hasSize(2);
    for (Snapshots.Named each : left) {
      assertThat(snapshots.verify(each.manifest())).isEmpty();
    }
    restored(left.getLast(), "other").close();
  }

  private long files(String kind) throws IOException {
    try (Stream<Path> all = Files.walk(storeFolder.resolve(kind))) {
      return all.filter(Files::isRegularFile).count();
    }
  }

  @Test
  void standsInAnS3ServerAsInAFolder() throws Exception {
    try (OwnS3 server = new OwnS3(folder.resolve("s3"));
        SnapshotStore store = server.store("likeness/")) {
      snapshots = new Snapshots(store, () -> now);
      Snapshots.Taken first = take();
      scene.write(2, RECORDS);
      scene.settle();
      now = now.plusSeconds(1);
      Snapshots.Taken second = take();
      assertThat(second.filesPut()).isPositive();
      assertThat(snapshots.list())
          .extracting(Snapshots.Named::name)
          .containsExactly(first.snapshot().name(), second.snapshot().name());
      assertThat(snapshots.verify(second.snapshot().manifest())).isEmpty();
      assertThat(snapshots.prune(1).snapshots()).isEqualTo(1);
      SlotScene other = restored(snapshots.list().getFirst(), "other");
      other.settle();
      assertThat(other.verdict()).isEmpty();
      other.close();
    }
  }

  @Test
  void takesNothingWhileAShardIsSick() throws IOException {
    scene.disk().setCapacity(scene.disk().used());
    scene.write(5, 40);
    while (scene.turn()) {
      // until the end of the log
    }
    var unused = scene.commit();
    assertThat(scene.slot().pin()).isEmpty();
    scene.disk().setCapacity(Long.MAX_VALUE);
    scene.settle();
    take();
  }
}
