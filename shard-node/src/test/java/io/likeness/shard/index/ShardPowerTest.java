package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.shard.faults.Remains;
import io.likeness.shard.faults.TrialOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Power fails between any two calls that change the disk, and then again. */
class ShardPowerTest {

  @TempDir Path folder;

  @Test
  void losesNothingWhicheverTwoCallsPowerFailsBetween() throws IOException {
    CrashStory story = CrashStory.tell(Files.createDirectory(folder.resolve("disk")), 1, 120);
    Remains remains = story.remains();
    for (int moment = 0; moment < story.moments(); moment++) {
      for (int way = 0; way < 2; way++) {
        long seed = 31L * moment + way;
        Path left = Files.createDirectory(folder.resolve("left"));
        remains.leave(moment, left, seed);
        assertThat(story.judge(left, moment, seed))
            .as(
                "%s, moment %d, after %s, remains %d %s",
                story, moment, remains.lastSteps(moment, 12), seed, Remains.describe(seed))
            .isEmpty();
        Disk.deleteTree(left);
      }
    }
  }

  @Test
  void losesNothingWhenPowerFailsAgainAfterwards() throws IOException {
    for (long seed = 1; seed <= 3; seed++) {
      Random random = new Random(seed);
      CrashStory story =
          CrashStory.tell(Files.createDirectory(folder.resolve("a" + seed)), seed, 90);
      int moment = random.nextInt(story.moments());
      Path first = Files.createDirectory(folder.resolve("b" + seed));
      story.remains().leave(moment, first, seed);
      CrashStory next = story.after(first, moment, seed + 100);
      Remains remains = next.remains();
      for (int again = 0; again < next.moments(); again += 1 + random.nextInt(10)) {
        Path left = Files.createDirectory(folder.resolve("left"));
        remains.leave(again, left, again);
        assertThat(next.judge(left, again, again))
            .as("%s from moment %d, then %d, %s", next, moment, again, Remains.describe(again))
            .isEmpty();
        Disk.deleteTree(left);
      }
    }
  }

  @Test
  void findsEveryFlippedBitOrDoesNotNeedIt() throws IOException {
    TrialOutcome outcome = new CrashTrials(folder, each -> {}).flips(200, 3);
    assertThat(outcome.faults()).isEmpty();
    // Every bit of every file stands under some checksum, or flips of unread bits would show here.
    assertThat(outcome.toString()).contains("found on opening").doesNotContain("nobody reads");
  }
}
