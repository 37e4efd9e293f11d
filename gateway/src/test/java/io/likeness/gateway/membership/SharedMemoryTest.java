package io.likeness.gateway.membership;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.likeness.gateway.auth.FailureCounter;
import io.likeness.gateway.auth.FailureCounterContract;
import io.likeness.gateway.auth.InMemoryFailureCounter;
import io.likeness.gateway.auth.InMemoryReplayGuard;
import io.likeness.gateway.auth.ReplayGuard;
import io.likeness.gateway.auth.ReplayGuardContract;
import java.time.Duration;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** The shared guard and counter, on a real Hazelcast member of its own. */
class SharedMemoryTest {

  @SuppressWarnings("NullAway.Init")
  private static HazelcastInstance hazelcast;

  @BeforeAll
  static void start() {
    hazelcast = member();
  }

  @AfterAll
  static void stop() {
    hazelcast.shutdown();
  }

  @AfterEach
  void forget() {
    hazelcast.getDistributedObjects().forEach(each -> each.destroy());
  }

  private static HazelcastInstance member() {
    Config config = new Config();
    config.setClusterName("test-" + UUID.randomUUID());
    config.setProperty("hazelcast.phone.home.enabled", "false");
    config.setProperty("hazelcast.logging.type", "slf4j");
    config.setProperty("hazelcast.partition.count", "11");
    config.setProperty("hazelcast.wait.seconds.before.join", "0");
    config.getJetConfig().setEnabled(false);
    config.getNetworkConfig().setPort(0).setPortAutoIncrement(false).setPublicAddress("127.0.0.1");
    config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
    config.getNetworkConfig().getJoin().getAutoDetectionConfig().setEnabled(false);
    config.getNetworkConfig().getJoin().getMulticastConfig().setEnabled(false);
    return Hazelcast.newHazelcastInstance(config);
  }

  private static ReplayGuard freshMemory() {
    return new InMemoryReplayGuard(1000, System::nanoTime);
  }

  @Nested
  class Guard extends ReplayGuardContract {

    private final ReplayGuard guard = new HazelcastReplayGuard(hazelcast, freshMemory());

    @Override
    protected ReplayGuard guard() {
      return guard;
    }

    @Override
    protected void pass(Duration time) {
      long end = System.nanoTime() + time.toNanos();
      Awaitility.await().until(() -> System.nanoTime() > end);
    }

    @Test
    void sharesWhatItRemembersWithOtherGateways() {
      ReplayGuard other = new HazelcastReplayGuard(hazelcast, freshMemory());
      guard.firstSeenOn("shared", "c1", Duration.ofMinutes(1));

      assertThat(other.firstSeenOn("shared", "c2", Duration.ofMinutes(1))).contains("c1");
    }
  }

  @Nested
  class Counter extends FailureCounterContract {

    private final FailureCounter counter =
        new HazelcastFailureCounter(hazelcast, new InMemoryFailureCounter(1000, System::nanoTime));

    @Override
    protected FailureCounter counter() {
      return counter;
    }

    @Test
    void sharesItsCountsWithOtherGateways() {
      FailureCounter other =
          new HazelcastFailureCounter(
              hazelcast, new InMemoryFailureCounter(1000, System::nanoTime));
      counter.raise("shared");
      other.raise("shared");

      assertThat(counter.count("shared")).isEqualTo(2);
      other.clear("shared");
      assertThat(counter.count("shared")).isZero();
    }
  }

  @Test
  void guardsAndCountsAloneWhenTheClusterIsAway() {
    HazelcastInstance gone = member();
    ReplayGuard guard = new HazelcastReplayGuard(gone, freshMemory());
    FailureCounter counter =
        new HazelcastFailureCounter(gone, new InMemoryFailureCounter(1000, System::nanoTime));
    guard.firstSeenOn("before", "c1", Duration.ofMinutes(1));
    counter.raise("before");

    gone.shutdown();

    assertThat(guard.firstSeenOn("before", "c2", Duration.ofMinutes(1))).contains("c1");
    assertThat(guard.firstSeenOn("after", "c1", Duration.ofMinutes(1))).isEmpty();
    assertThat(guard.firstSeenOn("after", "c2", Duration.ofMinutes(1))).contains("c1");
    counter.raise("before");
    assertThat(counter.count("before")).isEqualTo(2);
    counter.clear("before");
    assertThat(counter.count("before")).isZero();
  }
}
