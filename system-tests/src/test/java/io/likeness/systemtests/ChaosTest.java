package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.likeness.bench.chaos.Chaos;
import io.likeness.bench.chaos.Chaos.Report;
import io.likeness.bench.chaos.Chaos.Scene;
import io.likeness.bench.system.OwnSystem;
import io.likeness.node.config.Ports;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A cluster of processes with two replicas, hurt while it works. Invariants: <em>no acknowledged
 * image is lost</em>, <em>no deleted picture comes back</em>, <em>the last version wins</em>,
 * <em>replicas are equal</em>, <em>coverage never overstates</em>, <em>no hit twice</em>. {@code
 * ./likeness bench chaos} has more scenes, more brokers and more time.
 */
class ChaosTest {

  private static final int BROKERS = 1;
  private static final Duration HURT = Duration.ofSeconds(5);

  /** Of searches under way to the node that dies, one in a while finds no other in time. */
  private static final double FAILED_MAX = 0.02;

  @Test
  void keepsItsPromisesWhileAShardNodeAndThenAllProcessesDie() throws Exception {
    assumeTrue(
        Ports.isFree("127.0.2.1", 0),
        "this machine has no address 127.0.2.1, which a cluster on one machine needs");
    Path data = Files.createTempDirectory("likeness-chaos-");

    List<Report> reports =
        new Chaos(data, BROKERS, HURT, System.out::println)
            .run(List.of(Scene.KILL_NODE, Scene.RESTART_ALL), Duration.ZERO);

    assertThat(reports)
        .allSatisfy(
            report ->
                assertThat(report.faults())
                    .as("broken in %s; the data is in %s", report.scene(), data)
                    .isEmpty());
    Report killed = reports.getFirst();
    assertThat(killed.counts().failed())
        .as("searches that failed, of %s, with %s", killed.counts().searches(), killed.failures())
        .isLessThanOrEqualTo((long) Math.ceil(FAILED_MAX * killed.counts().searches()));
    OwnSystem.delete(data);
  }
}
