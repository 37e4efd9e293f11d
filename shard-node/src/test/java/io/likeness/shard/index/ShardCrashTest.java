package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardCrashTest {

  private static final int DIMENSIONS = 20;

  @TempDir Path folder;

  private static List<Path> files(Path home) throws IOException {
    try (Stream<Path> all = Files.walk(home)) {
      return all.filter(Files::isRegularFile)
          .filter(file -> !file.endsWith("write.lock"))
          .sorted()
          .toList();
    }
  }

  /** A shard with graphs, flat segments and a tail, closed. */
  private Path filled(List<VectorRecord> history) throws IOException {
    Path home = folder.resolve("filled");
    Shard shard = ShardScene.open(home, 130);
    ShardScene.apply(shard, history, 0, 500);
    shard.build();
    ShardScene.apply(shard, history, 500, history.size());
    shard.close();
    return home;
  }

  @Test
  void losesNothingWhereverItDies() throws IOException {
    for (long seed = 0; seed < 2; seed++) {
      Random random = new Random(seed);
      Path home = folder.resolve("shard-" + seed);
      List<VectorRecord> history = Histories.mixed(random, 80, 700, DIMENSIONS);
      Shard shard = ShardScene.open(home, 40);
      for (int at = 0; at < history.size(); ) {
        int to = Math.min(history.size(), at + 1 + random.nextInt(90));
        ShardScene.apply(shard, history, at, to);
        at = to;
        switch (random.nextInt(3)) {
          case 0 -> shard.commit(at);
          case 1 -> shard.build();
          default -> shard.refresh();
        }
        Path remains = folder.resolve("remains-" + seed + "-" + at);
        if (random.nextBoolean()) {
          ShardScene.copy(home, remains);
        } else {
          // The process dies and the same folder is opened again.
          shard.abandon();
          ShardScene.copy(home, remains);
          shard = ShardScene.open(home, 40);
          ShardScene.apply(shard, history, (int) shard.nextOffset(), at);
        }
        Shard revived = ShardScene.open(remains, 40);
        assertThat(revived.nextOffset()).isLessThanOrEqualTo(at);
        ShardScene.apply(revived, history, (int) revived.nextOffset(), at);
        revived.build();
        revived.refresh();
        ModelShard model = new ModelShard();
        history.subList(0, at).forEach(model::apply);
        ShardTest.assertSame(revived, model, random);
        revived.close();
        Disk.deleteTree(remains);
      }
      shard.close();
    }
  }

  @Test
  void keepsTheCommitBeforeWhereOneIsOnlyPrepared() throws IOException {
    Random random = new Random(12);
    List<VectorRecord> history = Histories.mixed(random, 40, 300, DIMENSIONS);
    Path home = folder.resolve("prepared");
    Shard shard = ShardScene.open(home, 60);
    ShardScene.apply(shard, history, 0, 150);
    shard.commit(150);
    ShardScene.apply(shard, history, 150, 300);
    assertThat(shard.prepareCommit()).isNotEmpty();
    Path remains = folder.resolve("remains");
    ShardScene.copy(home, remains);
    shard.abandon();
    try (Shard revived = ShardScene.open(remains, 60)) {
      assertThat(revived.nextOffset()).isEqualTo(150);
      ShardScene.apply(revived, history, 150, 300);
      revived.refresh();
      ModelShard model = new ModelShard();
      history.forEach(model::apply);
      ShardTest.assertSame(revived, model, random);
    }
  }

  @Test
  void endsEqualHoweverTheLogIsShuffledAndDoubled() throws IOException {
    Random random = new Random(11);
    List<VectorRecord> history = Histories.mixed(random, 60, 500, DIMENSIONS);
    List<VectorRecord> mangled = new ArrayList<>(history);
    mangled.addAll(history);
    Collections.shuffle(mangled, random);
    List<Long> sums = new ArrayList<>();
    for (List<VectorRecord> log : List.of(history, mangled)) {
      try (Shard shard = ShardScene.open(folder.resolve("log-" + log.size()), 40)) {
        ShardScene.apply(shard, log, 0, log.size());
        shard.refresh();
        try (View view = shard.view()) {
          sums.add(view.checksum());
        }
      }
    }
    assertThat(sums.get(1)).isEqualTo(sums.get(0));
  }

  /** Damaged rows may be noticed by whoever uses or scrubs them; anything else, on opening. */
  private static void use(Path damaged, boolean rows) throws IOException, InterruptedException {
    try (Shard shard = ShardScene.open(damaged, 60)) {
      assertThat(rows).isTrue();
      List<String> ids =
          ModelShard.ids(ShardScene.hits(shard, new float[0], ShardScene.ANY, 9_999));
      try (View view = shard.view()) {
        for (String id : ids) {
          view.describe(id, true);
        }
      }
      // A row no image refers to any more is nobody's answer, yet a build may read it.
      new Scrub(shard, bytes -> true).unread();
    }
  }

  @Test
  void noticesEveryFlippedByteAndEveryCutFile() throws IOException {
    Random random = new Random(5);
    Path home = filled(Histories.mixed(random, 90, 900, DIMENSIONS));
    List<Path> files = files(home);
    assertThat(files.stream().map(f -> f.getFileName().toString().split("-")[0]))
        .contains("graph", "rows");
    for (Path file : files) {
      for (int way = 0; way < 5; way++) {
        Path damaged = folder.resolve("damaged");
        Disk.deleteTree(damaged);
        ShardScene.copy(home, damaged);
        Path target = damaged.resolve(home.relativize(file).toString());
        byte[] bytes = Files.readAllBytes(target);
        int at = random.nextInt(bytes.length);
        if (way < 3) {
          bytes[at] ^= (byte) (1 << random.nextInt(8));
          Files.write(target, bytes);
        } else if (way == 3) {
          Files.write(
              target, Arrays.copyOf(bytes, bytes.length - 1 - random.nextInt(bytes.length)));
        } else {
          Files.delete(target);
        }
        boolean rows = way < 3 && target.getFileName().toString().startsWith("rows-");
        assertThatThrownBy(() -> use(damaged, rows))
            .as("%s, way %d, byte %d of %d", file, way, at, bytes.length)
            .satisfies(failure -> assertThat(Damage.of(failure)).isPresent());
      }
    }
  }

  @Test
  void isBuiltAgainFromTheLogAfterItWasSetAside() throws IOException {
    Random random = new Random(6);
    List<VectorRecord> history = Histories.mixed(random, 90, 900, DIMENSIONS);
    Path home = filled(history);
    Path rows = files(home).stream().filter(f -> f.toString().contains("rows-")).findFirst().get();
    byte[] bytes = Files.readAllBytes(rows);
    bytes[RowFile.HEAD_BYTES + 3] ^= 1;
    Files.write(rows, bytes);
    assertThatThrownBy(() -> use(home, true))
        .satisfies(failure -> assertThat(Damage.of(failure)).isPresent());

    Path aside = ShardFolder.setAside(home);
    assertThat(aside.getFileName().toString()).isEqualTo("filled.corrupt-1");
    try (Shard shard = ShardScene.open(home, 60)) {
      assertThat(shard.nextOffset()).isZero();
      ShardScene.apply(shard, history, 0, history.size());
      shard.refresh();
      ModelShard model = new ModelShard();
      history.forEach(model::apply);
      ShardTest.assertSame(shard, model, random);
    }
  }

  @Test
  void beginsAnotherLogAtItsStartAndKeepsWhatItKnows() throws IOException {
    Random random = new Random(8);
    List<VectorRecord> history = Histories.mixed(random, 30, 200, DIMENSIONS);
    Path home = folder.resolve("moved");
    try (Shard shard = ShardScene.open(home, 60)) {
      ShardScene.apply(shard, history, 0, history.size());
    }
    try (Shard shard =
        ShardFolder.open(home, "log-2", ShardScene.sealing(60), new ShardScene.Told())) {
      assertThat(shard.nextOffset()).isZero();
      ModelShard model = new ModelShard();
      history.forEach(model::apply);
      ShardTest.assertSame(shard, model, random);
    }
  }

  @Test
  void keepsNoFileTheCommitDoesNotName() throws IOException {
    Random random = new Random(9);
    Path home = filled(Histories.mixed(random, 90, 900, DIMENSIONS));
    List<Path> before = files(home);
    Files.write(home.resolve("rows-900"), new byte[10]);
    Files.write(home.resolve("graph-900"), new byte[10]);
    ShardScene.open(home, 60).close();
    assertThat(files(home)).isEqualTo(before);
  }
}
