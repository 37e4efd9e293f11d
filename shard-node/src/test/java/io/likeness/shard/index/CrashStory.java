package io.likeness.shard.index;

import io.likeness.shard.faults.FaultDisk;
import io.likeness.shard.faults.Remains;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The life of a shard on a disk that remembers everything: records applied, shown, sealed, built
 * into graphs, committed, deleted, closed and opened again, by the throw of a seeded coin. Power
 * may then fail at any of its steps, any number of times, and {@link #judge} says what that cost.
 *
 * <p>What must hold: the shard opens, is not ahead of the log, and not behind the last commit that
 * returned (a slot promises that much in its checkpoint); and after the log was read on from where
 * the shard says, it is what the log makes.
 */
public final class CrashStory {

  static final int SEAL_ROWS = 16;
  private static final String SHARD = "shard";

  /** From this step on the log reached so far, and a commit of so much had returned. */
  private record Mark(int step, int reached, int promised) {}

  private final long seed;
  private final List<VectorRecord> history;
  private final FaultDisk disk;
  private final List<Mark> marks = new ArrayList<>();
  private int reached;
  private int promised;

  private CrashStory(
      long seed, List<VectorRecord> history, FaultDisk disk, int reached, int promised) {
    this.seed = seed;
    this.history = history;
    this.disk = disk;
    this.reached = reached;
    this.promised = promised;
    mark();
  }

  private void mark() {
    marks.add(new Mark(disk.steps(), reached, promised));
  }

  /** {@code folder}: empty, for the disk. */
  public static CrashStory tell(Path folder, long seed, int records) throws IOException {
    Random random = new Random(seed);
    List<VectorRecord> history = Histories.mixed(random, Math.max(8, records / 4), records, 8);
    CrashStory story = new CrashStory(seed, history, new FaultDisk(folder), 0, 0);
    story.tell(random);
    return story;
  }

  private void tell(Random random) throws IOException {
    Path home = disk.root().resolve(SHARD);
    Shard shard = ShardScene.open(home, SEAL_ROWS);
    int at = (int) shard.nextOffset();
    reached = Math.max(reached, at);
    while (at < history.size()) {
      int to = Math.min(history.size(), at + 1 + random.nextInt(30));
      reached = Math.max(reached, to);
      mark();
      boolean dies = random.nextInt(5) == 0;
      if (dies) {
        dieAt(disk.calls() + random.nextInt(60));
      }
      try {
        ShardScene.apply(shard, history, at, to);
        at = to;
        switch (random.nextInt(6)) {
          case 0 -> shard.refresh();
          case 1 -> {
            shard.refresh();
            shard.build();
          }
          case 2, 3 -> {
            shard.commit(at);
            promise(at);
          }
          case 4 -> {
            shard.close();
            promise(at);
            shard = ShardScene.open(home, SEAL_ROWS);
          }
          default -> dies = true;
        }
      } catch (IOException | RuntimeException e) {
        if (!dies) {
          throw e;
        }
      }
      if (dies) {
        // The process is killed: what the system holds in memory is still there, synced or not.
        dieAt(0);
        abandon(shard);
        disk.setFault((number, call, path) -> {});
        shard = ShardScene.open(home, SEAL_ROWS);
        at = (int) shard.nextOffset();
      }
    }
    shard.commit(at);
    promise(at);
    shard.close();
  }

  /** From this call on nothing reaches the disk any more. */
  private void dieAt(int call) {
    disk.setFault(
        (number, kind, path) -> {
          if (number >= call) {
            throw new IOException("the process is dead");
          }
        });
  }

  private static void abandon(Shard shard) {
    try {
      shard.abandon();
    } catch (IOException | RuntimeException e) {
      // The dead do not tidy up.
    }
  }

  private void promise(int at) {
    promised = Math.max(promised, at);
    mark();
  }

  /** Power can fail before the first step, and after each. */
  public int moments() {
    return disk.steps() - marks.getFirst().step() + 1;
  }

  /** The remains of all moments in turn; one reader at a time. */
  public Remains remains() {
    return disk.remains(marks.getFirst().step());
  }

  private Mark at(int moment) {
    int step = marks.getFirst().step() + moment;
    Mark found = marks.getFirst();
    for (Mark mark : marks) {
      if (mark.step() <= step) {
        found = mark;
      }
    }
    return found;
  }

  /** What the remains of that moment make of a shard: empty where all is well. */
  public String judge(Path remains, int moment, long trial) throws IOException {
    Mark mark = at(moment);
    Random random = new Random(trial);
    Path home = remains.resolve(SHARD);
    Shard shard;
    try {
      shard = ShardScene.open(home, SEAL_ROWS);
    } catch (IOException e) {
      return "does not open: " + e;
    }
    try {
      long next = shard.nextOffset();
      if (next > mark.reached()) {
        return "is at offset " + next + ", the log ended at " + mark.reached();
      }
      if (next < mark.promised()) {
        return "lost a commit: at offset " + next + ", promised were " + mark.promised();
      }
      ModelShard model = new ModelShard();
      history.subList(0, mark.reached()).forEach(model::apply);
      ShardScene.apply(shard, history, (int) next, mark.reached());
      if (random.nextInt(4) == 0) {
        shard.build();
      }
      shard.refresh();
      ShardVerdict verdict = ShardVerdict.of(shard, model, random);
      return verdict.isSame() ? "" : verdict.toString();
    } finally {
      shard.abandon();
    }
  }

  /** Lives on with these remains, to crash again. */
  public CrashStory after(Path remains, int moment, long nextSeed) throws IOException {
    Mark mark = at(moment);
    CrashStory story =
        new CrashStory(nextSeed, history, new FaultDisk(remains), mark.reached(), mark.promised());
    story.tell(new Random(nextSeed));
    return story;
  }

  @Override
  public String toString() {
    return "story " + seed + " of " + history.size() + " records";
  }
}
