package io.likeness.shard.query;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.ImageState;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardEvents;
import io.likeness.shard.index.ShardFolder;
import io.likeness.shard.index.ShardSearch;
import io.likeness.shard.index.ShardSettings;
import io.likeness.shard.index.View;
import io.likeness.wire.Filter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LeasesTest {

  private static final Duration IDLE = Duration.ofSeconds(60);

  @TempDir Path folder;
  private Shard shard;
  private boolean isServed = true;
  private long nanos;
  private final Leases leases =
      new Leases(new CursorLimits(IDLE, Duration.ofMinutes(10), 3, 4), () -> nanos);

  @BeforeEach
  void open() throws IOException {
    shard = ShardFolder.open(folder.resolve("s"), "log", ShardSettings.DEFAULT, new Deaf());
  }

  @AfterEach
  void close() throws IOException {
    leases.close();
    assertThat(leases.count()).isZero();
    shard.close();
  }

  private void pass(Duration time) {
    nanos += time.toNanos();
  }

  private Optional<ByteString> take(String tenant, int slot) throws IOException {
    View view = shard.view();
    ShardSearch search =
        new ShardSearch(
            new float[0], Filter.getDefaultInstance(), 10, -1, 0, false, false, Deadline.in(IDLE));
    Optional<Leases.Lease> taken =
        leases.take(
            new Leases.Owner(tenant, "life-1", slot, () -> isServed),
            view,
            search,
            Optional.empty());
    if (taken.isEmpty()) {
      view.close();
    }
    return taken.map(Leases.Lease::name);
  }

  private boolean canBeUsed(ByteString name) {
    if (leases.enter(name, "mine", "life-1", 7) instanceof Leases.Turn.Yours yours) {
      leases.leave(yours.lease());
      return true;
    }
    return false;
  }

  @Test
  void lastsAsLongAsSomebodyAsksNowAndThen() throws IOException {
    ByteString name = take("mine", 7).orElseThrow();
    for (int i = 0; i < 5; i++) {
      pass(Duration.ofSeconds(59));
      leases.sweep();
      assertThat(canBeUsed(name)).isTrue();
    }
    pass(Duration.ofSeconds(61));
    assertThat(canBeUsed(name)).isFalse();
    leases.sweep();
    assertThat(leases.count()).isZero();
  }

  @Test
  void endsWhenItIsOldHoweverOftenItIsAsked() throws IOException {
    ByteString name = take("mine", 7).orElseThrow();
    for (int i = 0; i < 10; i++) {
      pass(Duration.ofSeconds(59));
      assertThat(canBeUsed(name)).isTrue();
    }
    pass(Duration.ofSeconds(59));
    assertThat(canBeUsed(name)).isFalse();
  }

  @Test
  void servesNobodyElse() throws IOException {
    ByteString name = take("mine", 7).orElseThrow();

    assertThat(leases.enter(name, "theirs", "life-1", 7)).isInstanceOf(Leases.Turn.Gone.class);
    assertThat(leases.enter(name, "mine", "life-2", 7)).isInstanceOf(Leases.Turn.Gone.class);
    assertThat(leases.enter(name, "mine", "life-1", 6)).isInstanceOf(Leases.Turn.Gone.class);
    assertThat(leases.enter(ByteString.copyFromUtf8("guess"), "mine", "life-1", 7))
        .isInstanceOf(Leases.Turn.Gone.class);
    assertThat(canBeUsed(name)).isTrue();
  }

  @Test
  void isReadByOneAtATimeAndNotEndedMeanwhile() throws Exception {
    ByteString name = take("mine", 7).orElseThrow();
    Leases.Turn turn = leases.enter(name, "mine", "life-1", 7);
    assertThat(turn).isInstanceOf(Leases.Turn.Yours.class);
    Thread other =
        Thread.ofPlatform()
            .start(
                () -> {
                  assertThat(leases.enter(name, "mine", "life-1", 7))
                      .isInstanceOf(Leases.Turn.Busy.class);
                  pass(IDLE.plusSeconds(1));
                  leases.sweep();
                });
    other.join();
    assertThat(leases.count()).isEqualTo(1);
    leases.leave(((Leases.Turn.Yours) turn).lease());
    pass(IDLE.plusSeconds(1));
    leases.sweep();
    assertThat(leases.count()).isZero();
  }

  @Test
  void areBoundedPerShardAndPerTenant() throws IOException {
    for (int i = 0; i < 3; i++) {
      assertThat(take("tenant-" + i, 7)).isPresent();
    }
    assertThat(take("mine", 7)).as("a fourth of the shard").isEmpty();
    for (int slot = 8; slot < 11; slot++) {
      assertThat(take("tenant-0", slot)).isPresent();
    }
    assertThat(take("tenant-0", 11)).as("a fifth of the tenant").isEmpty();
    assertThat(leases.fullFor(new Leases.Owner("tenant-0", "life-1", 11, () -> true)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("4 cursors", "at most 4"));
    assertThat(take("mine", 11)).isPresent();

    pass(IDLE.plusSeconds(1));
    leases.sweep();
    assertThat(take("tenant-0", 7)).as("there is room again").isPresent();
  }

  @Test
  void endWithTheirShard() throws IOException {
    ByteString name = take("mine", 7).orElseThrow();
    isServed = false;
    assertThat(canBeUsed(name)).isFalse();
    leases.sweep();
    assertThat(leases.count()).isZero();
  }

  @Test
  void giveALittleTimeAfterTheirEndForALostAnswer() throws IOException {
    ByteString name = take("mine", 7).orElseThrow();
    leases.finish(name, "mine", "life-1", 7);
    pass(Duration.ofSeconds(4));
    assertThat(canBeUsed(name)).isTrue();
    pass(Duration.ofSeconds(6));
    assertThat(canBeUsed(name)).isFalse();
  }

  private static final class Deaf implements ShardEvents {
    @Override
    public boolean isAwaited(String imageId) {
      return false;
    }

    @Override
    public void dirty(Shard shard, boolean urgent) {}

    @Override
    public void visible(String imageId, ImageState state, long acceptedAtMillis) {}

    @Override
    public void refreshed(Shard shard) {}

    @Override
    public void buildWanted(Shard shard) {}

    @Override
    public void built(int rows, Duration took) {}
  }
}
