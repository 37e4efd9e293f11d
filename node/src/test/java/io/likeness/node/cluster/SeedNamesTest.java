package io.likeness.node.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.likeness.node.config.HostPort;
import io.likeness.node.config.Ports;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A seed may be the name of many processes, as a headless Service of Kubernetes is. */
class SeedNamesTest {

  private static final String NOBODY = "127.0.0.99";

  @Test
  void asksEveryAddressThatASeedsNameStandsFor() {
    int port = Ports.free();
    ScriptedNames.say("many.scripted", NOBODY, "127.0.0.1");
    HostPort seed = new HostPort("many.scripted", port);

    try (Membership first = join("first", port, seed);
        Membership second = join("second", Ports.free(), seed)) {
      assertThat(second.members()).extracting(NodeInfo::name).containsExactly("first", "second");
      assertThat(first.members()).hasSize(2);
    }
  }

  /** All pods of a cluster start at once, before the name of any of them is known. */
  @Test
  void findsTheOthersOnceTheNameIsKnown() {
    int port = Ports.free();
    HostPort seed = new HostPort("later.scripted", port);

    // Of two clusters that find each other the smaller one joins the other.
    try (Membership first = join("first", port, seed);
        Membership third = join("third", Ports.free(), seed, new HostPort("127.0.0.1", port));
        Membership second = join("second", Ports.free(), seed)) {
      assertThat(third.members()).extracting(NodeInfo::name).containsExactly("first", "third");
      assertThat(second.members()).extracting(NodeInfo::name).containsExactly("second");

      ScriptedNames.say("later.scripted", NOBODY, "127.0.0.1");

      await()
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(() -> assertThat(second.members()).hasSize(3));
      assertThat(first.members())
          .extracting(NodeInfo::name)
          .containsExactly("first", "second", "third");
    }
  }

  private static Membership join(String name, int port, HostPort... seeds) {
    HostPort address = new HostPort("127.0.0.1", port);
    return HazelcastMembership.join(
        new NodeInfo(name, Set.of(Role.GATEWAY), address, ""),
        "seeds-" + seeds[0].port(),
        address,
        List.of(seeds));
  }
}
