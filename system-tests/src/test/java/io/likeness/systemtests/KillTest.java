package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.kill.KillRounds;
import io.likeness.bench.system.OwnSystem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/**
 * Invariants: <em>no acknowledged image is lost</em>, <em>no deleted picture comes back</em>,
 * <em>the store equals the log</em>, whichever process dies. The shard node, all at once, the
 * ingest worker; {@code ./likeness bench kill --rounds 30} goes through every role, and for longer.
 */
class KillTest {

  private static final int ROUNDS = 3;

  @Test
  void losesNothingWhicheverProcessIsKilled() throws Exception {
    Path data = Files.createTempDirectory("likeness-kill-");
    KillRounds.Outcome outcome;
    try {
      outcome = new KillRounds(data, System.out::println).run(ROUNDS);
    } catch (Exception | Error e) {
      System.out.println("what it left is in " + data);
      throw e;
    }

    assertThat(outcome.broken()).as("invariants broken; the data is in %s", data).isEmpty();
    assertThat(outcome.kills()).isEqualTo(ROUNDS);
    assertThat(outcome.acknowledged()).isPositive();
    assertThat(outcome.images()).isPositive();
    OwnSystem.delete(data);
  }
}
