package io.likeness.standalone.processes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.node.config.HostPort;
import io.likeness.node.config.Ports;
import io.likeness.standalone.CannotStart;
import io.likeness.standalone.DataFolder;
import io.likeness.standalone.processes.ChildSpec.Probe;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SupervisorTest {

  private static final Duration LONG = Duration.ofSeconds(60);

  @TempDir Path root;

  private final List<String> told = new CopyOnWriteArrayList<>();
  private DataFolder folder;
  private Supervisor supervisor;

  @BeforeEach
  void open() throws IOException {
    folder = DataFolder.open(root);
    supervisor = Supervisor.open(folder, told::add);
  }

  @AfterEach
  void close() {
    supervisor.close();
    folder.close();
  }

  /** A process that takes connections, and nothing else. */
  static final class Listener {

    private Listener() {}

    public static void main(String[] args) throws IOException {
      try (ServerSocket socket =
          new ServerSocket(Integer.parseInt(args[0]), 10, InetAddress.getByName("127.0.0.1"))) {
        while (true) {
          socket.accept().close();
        }
      }
    }
  }

  private ChildSpec listener(String name) {
    int port = Ports.free();
    return new ChildSpec(
        name,
        Listener.class.getName(),
        List.of("-Xmx32m", "-XX:TieredStopAtLevel=1"),
        List.of(Integer.toString(port), root.toString()),
        Probe.OPEN,
        new HostPort("127.0.0.1", port),
        0);
  }

  @Test
  void startsAgainWhatDiesButNotWhatWasKilledOnPurpose() {
    supervisor.start(listener("one"));
    supervisor.awaitReady(List.of("one"));
    long first = pid();

    ProcessHandle.of(first).orElseThrow().destroyForcibly();
    Awaitility.await().atMost(LONG).until(() -> pid() != first);
    supervisor.awaitReady(List.of("one"));
    assertThat(told).anyMatch(line -> line.contains("starting it again"));

    supervisor.kill("one");
    long killed = pid();
    assertThat(ProcessHandle.of(killed).filter(ProcessHandle::isAlive)).isEmpty();
    assertThat(state()).isEqualTo(ChildState.KILLED);
    supervisor.heal("one");
    supervisor.awaitReady(List.of("one"));
    assertThat(pid()).isNotEqualTo(killed);
  }

  @Test
  void letsAProcessStandStillAndGoOn() {
    supervisor.start(listener("one"));
    supervisor.awaitReady(List.of("one"));
    long pid = pid();

    supervisor.freeze("one");
    assertThat(state()).isEqualTo(ChildState.FROZEN);
    assertThat(supervisor.isReady("one")).isFalse();
    assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).isPresent();
    assertThatThrownBy(() -> supervisor.freeze("one")).hasMessage("one is frozen, not running");

    supervisor.heal("one");
    supervisor.awaitReady(List.of("one"));
    assertThat(pid()).isEqualTo(pid);
  }

  @Test
  void stopsEvenWhatStandsStill() {
    supervisor.start(listener("one"));
    supervisor.awaitReady(List.of("one"));
    supervisor.freeze("one");

    supervisor.remove("one");

    assertThat(supervisor.processes()).isEmpty();
    assertThat(told).noneMatch(line -> line.contains("by force"));
  }

  @Test
  void givesUpWhatNeverComesUp() {
    ChildSpec wrong =
        new ChildSpec(
            "wrong",
            "no.such.Main",
            List.of("-Xmx32m"),
            List.of(),
            Probe.OPEN,
            new HostPort("127.0.0.1", Ports.free()),
            0);
    supervisor.start(wrong);

    assertThatThrownBy(() -> supervisor.awaitReady(List.of("wrong")))
        .isInstanceOf(CannotStart.class)
        .hasMessageContaining("wrong died again and again");
    assertThat(state()).isEqualTo(ChildState.GIVEN_UP);
    assertThat(supervisor.failure()).hasValueSatisfying(why -> assertThat(why).contains("wrong"));
  }

  private long pid() {
    return supervisor.processes().getFirst().pid();
  }

  private ChildState state() {
    return supervisor.processes().getFirst().state();
  }
}
