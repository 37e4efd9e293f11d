package io.likeness.shard.index;

import io.likeness.shard.faults.Remains;
import io.likeness.shard.faults.TrialOutcome;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** Crashes and flips shards, as often as asked, and says what that cost. The seed replays it. */
public final class CrashTrials {

  private static final int RECORDS = 120;
  private static final int MOMENTS_PER_STORY = 40;

  private final Path scratch;
  private final Consumer<TrialOutcome> progress;
  private int folders;

  /**
   * @param scratch a folder to work in
   * @param progress told after each trial
   */
  public CrashTrials(Path scratch, Consumer<TrialOutcome> progress) {
    this.scratch = scratch;
    this.progress = progress;
  }

  private Path folder() throws IOException {
    return Files.createDirectory(scratch.resolve("trial-" + folders++));
  }

  // ---- Crashes ----

  /** Power fails at so many moments of many stories, in some of them again afterwards. */
  public TrialOutcome crashes(int points, long seed) throws IOException {
    TrialOutcome outcome = new TrialOutcome();
    Random random = new Random(seed);
    while (outcome.trials() < points) {
      Path disk = folder();
      CrashStory story = CrashStory.tell(disk, random.nextLong(), RECORDS);
      crash(story, points, random, outcome);
      if (outcome.trials() < points) {
        int moment = random.nextInt(story.moments());
        Path left = folder();
        story.remains().leave(moment, left, random.nextLong());
        crash(story.after(left, moment, random.nextLong()), points, random, outcome);
        Disk.deleteTree(left);
      }
      Disk.deleteTree(disk);
    }
    return outcome;
  }

  private void crash(CrashStory story, int points, Random random, TrialOutcome outcome)
      throws IOException {
    TreeSet<Integer> moments = new TreeSet<>();
    int wanted = Math.min(MOMENTS_PER_STORY, Math.min(points - outcome.trials(), story.moments()));
    while (moments.size() < wanted) {
      moments.add(random.nextInt(story.moments()));
    }
    Remains remains = story.remains();
    for (int moment : moments) {
      long trial = random.nextLong();
      Path left = folder();
      remains.leave(moment, left, trial);
      String what =
          "%s, moment %d, remains %d %s".formatted(story, moment, trial, Remains.describe(trial));
      outcome.add(what, story.judge(left, moment, trial));
      Disk.deleteTree(left);
      progress.accept(outcome);
    }
  }

  // ---- Flips ----

  /** Flips so many bits, one at a time, in files a commit refers to. */
  public TrialOutcome flips(int flips, long seed) throws IOException {
    TrialOutcome outcome = new TrialOutcome();
    Random random = new Random(seed);
    List<VectorRecord> history = Histories.mixed(random, 90, 900, 20);
    Path home = folder().resolve("shard");
    try (Shard shard = ShardScene.open(home, 130)) {
      ShardScene.apply(shard, history, 0, 500);
      shard.build();
      ShardScene.apply(shard, history, 500, history.size());
    }
    ModelShard model = new ModelShard();
    history.forEach(model::apply);
    List<Path> files;
    try (Stream<Path> all = Files.walk(home)) {
      files =
          all.filter(Files::isRegularFile).filter(f -> !f.endsWith("write.lock")).sorted().toList();
    }
    // Lucene has many small files; half of the flips are for ours.
    List<Path> ours = files.stream().filter(file -> home.equals(file.getParent())).toList();
    for (int i = 0; i < flips; i++) {
      List<Path> among = i % 2 == 0 ? ours : files;
      Path file = among.get(random.nextInt(among.size()));
      byte[] sound = Files.readAllBytes(file);
      byte[] flipped = sound.clone();
      int bit = random.nextInt(sound.length * 8);
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      // Not in place: what a test before this one has mapped must not change under it.
      replace(file, flipped);
      outcome.add("%s, bit %d".formatted(home.relativize(file), bit), use(home, model, outcome));
      replace(file, sound);
      progress.accept(outcome);
    }
    return outcome;
  }

  private static void replace(Path file, byte[] bytes) throws IOException {
    Files.delete(file);
    Files.write(file, bytes);
  }

  /** Opens, asks for everything, and scrubs: somewhere the flip must be found, or not matter. */
  private static String use(Path home, ModelShard model, TrialOutcome outcome) throws IOException {
    Shard shard;
    try {
      shard = ShardScene.open(home, 130);
    } catch (CorruptShardException found) {
      outcome.endedWith("found on opening");
      return "";
    }
    try {
      ShardVerdict verdict = ShardVerdict.of(shard, model, new Random(1));
      if (!verdict.isSame()) {
        return verdict.toString();
      }
      if (isSound(shard)) {
        outcome.endedWith("in bytes nobody reads");
      } else {
        outcome.endedWith("found by scrubbing");
      }
      return "";
    } catch (IOException | RuntimeException e) {
      if (Damage.of(e).isEmpty()) {
        return "fails otherwise: " + e;
      }
      outcome.endedWith("found in use");
      return "";
    } finally {
      shard.abandon();
    }
  }

  private static boolean isSound(Shard shard) throws IOException {
    try {
      return new Scrub(shard, bytes -> true).everything();
    } catch (CorruptShardException found) {
      return false;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
