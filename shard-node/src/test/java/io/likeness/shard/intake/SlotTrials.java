package io.likeness.shard.intake;

import io.likeness.shard.faults.FaultDisk;
import io.likeness.shard.faults.TrialOutcome;
import io.likeness.shard.index.Disk;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardVerdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;

/**
 * A slot on a disk that fails it at one call, or is full from one call on. Nothing may escape, what
 * was deleted may not be found, and as soon as the disk works again all must be there, also after a
 * restart.
 */
public final class SlotTrials {

  private static final int RECORDS = 60;

  private final Path scratch;
  private final int stride;
  private final Consumer<TrialOutcome> progress;
  private int disks;

  /**
   * @param scratch a folder to work in
   * @param stride every so manieth call is tried
   * @param progress told after each trial
   */
  public SlotTrials(Path scratch, int stride, Consumer<TrialOutcome> progress) {
    this.scratch = scratch;
    this.stride = stride;
    this.progress = progress;
  }

  @FunctionalInterface
  private interface Trial {
    String of(SlotScene scene, int call) throws IOException;
  }

  /** The disk answers one call with an error. */
  public TrialOutcome errors() throws IOException {
    return each(
        (scene, failing) -> {
          scene
              .disk()
              .setFault(
                  (number, call, path) -> {
                    if (number == failing) {
                      throw FaultDisk.inputOutputError(path);
                    }
                  });
          live(scene);
          return faultAfterwards(scene);
        });
  }

  /** From one call on not a byte more fits. */
  public TrialOutcome full() throws IOException {
    return each(
        (scene, filling) -> {
          FaultDisk disk = scene.disk();
          disk.setFault(
              (number, call, path) -> {
                if (number == filling) {
                  disk.setCapacity(disk.used());
                  if (call != FaultDisk.Call.DELETE) {
                    throw FaultDisk.noSpace(path);
                  }
                }
              });
          live(scene);
          if (scene.isOpen()) {
            scene.settle();
            List<String> undead = undead(scene);
            if (!undead.isEmpty()) {
              return "while full, deleted images can be found: " + undead;
            }
          }
          disk.setCapacity(Long.MAX_VALUE);
          return faultAfterwards(scene);
        });
  }

  private TrialOutcome each(Trial trial) throws IOException {
    TrialOutcome outcome = new TrialOutcome();
    int calls = calls();
    for (int call = 0; call < calls; call += stride) {
      Path folder = Files.createDirectory(scratch.resolve("slot-" + disks++));
      SlotScene scene = scene(folder);
      outcome.add("call %d of %d".formatted(call, calls), trial.of(scene, call));
      Disk.deleteTree(folder);
      progress.accept(outcome);
    }
    return outcome;
  }

  private static SlotScene scene(Path folder) throws IOException {
    SlotScene scene = new SlotScene(folder, 0);
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

  /** Calls of a life without misfortunes. */
  private int calls() throws IOException {
    Path folder = Files.createDirectory(scratch.resolve("slot-" + disks++));
    SlotScene scene = scene(folder);
    live(scene);
    scene.settle();
    int calls = scene.disk().calls();
    String fault = faultAfterwards(scene);
    if (!fault.isEmpty()) {
      throw new IllegalStateException("on a sound disk: " + fault);
    }
    Disk.deleteTree(folder);
    return calls;
  }

  private static String faultAfterwards(SlotScene scene) throws IOException {
    if (!scene.isOpen() && !scene.open()) {
      return "the slot does not open";
    }
    scene.settle();
    String fault = scene.verdict();
    if (!fault.isEmpty()) {
      return fault;
    }
    if (scene.slot().mending() > 0 || scene.slot().position().getAppliedOffset() != RECORDS) {
      return "still mending, at " + scene.slot().position().getAppliedOffset();
    }
    scene.close();
    if (!scene.open()) {
      return "the slot does not open again";
    }
    // A restart finds it all, and has nothing to read again.
    fault =
        scene.slot().startOffset() == RECORDS
            ? scene.verdict()
            : "begins at " + scene.slot().startOffset();
    scene.close();
    return fault.isEmpty() ? "" : "opened again: " + fault;
  }

  private static List<String> undead(SlotScene scene) throws IOException {
    scene.eachShard(Shard::refresh);
    for (String uid : SlotScene.UIDS) {
      Optional<Shard> shard;
      try {
        shard = scene.shard(uid);
      } catch (ShardAbsentException absent) {
        // It says so itself.
        continue;
      }
      if (shard.isPresent()) {
        List<String> undead = ShardVerdict.undead(shard.get(), scene.logOf(uid));
        if (!undead.isEmpty()) {
          return undead;
        }
      }
    }
    return List.of();
  }
}
