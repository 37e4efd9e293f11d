package io.likeness.ingest.feature;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.features.fetch.FetchFailed;
import io.likeness.features.fetch.FetchOutcome;
import io.likeness.features.fetch.Fetched;
import io.likeness.wire.Rejection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UrlPicturesTest {

  private static final Duration LONG = Duration.ofMinutes(1);

  private final AtomicInteger asked = new AtomicInteger();

  @Test
  void asksAgainAServerThatFailsForTheMoment() {
    UrlPictures pictures =
        pictures(3, LONG, url -> asked.incrementAndGet() < 3 ? failed(true) : fetched("cat"));
    assertThat(pictures.begin(List.of("u")).await()).containsExactly(fetched("cat"));
    assertThat(asked).hasValue(3);
  }

  @Test
  void asksNoMoreThanItsAttempts() {
    UrlPictures pictures =
        pictures(
            3,
            LONG,
            url -> {
              asked.incrementAndGet();
              return failed(true);
            });
    assertThat(pictures.begin(List.of("u")).await()).containsExactly(failed(true));
    assertThat(asked).hasValue(3);
  }

  @Test
  void asksOnceWhereAskingAgainChangesNothing() {
    UrlPictures pictures =
        pictures(
            3,
            LONG,
            url -> {
              asked.incrementAndGet();
              return failed(false);
            });
    pictures.begin(List.of("u")).await();
    assertThat(asked).hasValue(1);
  }

  @Test
  void leavesAServerAloneForAsLongAsItAsked() {
    AtomicLong last = new AtomicLong();
    AtomicLong shortest = new AtomicLong(Long.MAX_VALUE);
    Duration asks = Duration.ofMillis(300);
    UrlPictures pictures =
        pictures(
            3,
            LONG,
            url -> {
              long now = System.nanoTime();
              if (asked.getAndIncrement() > 0) {
                shortest.accumulateAndGet(now - last.get(), Math::min);
              }
              last.set(now);
              return new FetchFailed(Rejection.getDefaultInstance(), true, asks);
            });

    pictures.begin(List.of("u")).await();

    assertThat(asked).hasValue(3);
    assertThat(shortest.get()).isGreaterThanOrEqualTo(asks.toNanos());
  }

  @Test
  void doesNotWaitForAServerThatAsksForMoreThanThereIs() {
    UrlPictures pictures =
        pictures(
            3,
            LONG,
            url -> {
              asked.incrementAndGet();
              return new FetchFailed(Rejection.getDefaultInstance(), true, Duration.ofDays(9_999));
            });

    assertThat(pictures.begin(List.of("u")).await().getFirst()).isInstanceOf(FetchFailed.class);
    assertThat(asked).hasValue(1);
  }

  @Test
  void goesOnWithoutAServerThatHangs() {
    CountDownLatch never = new CountDownLatch(1);
    UrlPictures pictures =
        pictures(
            3,
            Duration.ofSeconds(2),
            url -> {
              if (url.equals("hangs")) {
                await(never);
              }
              return fetched(url);
            });
    List<FetchOutcome> outcomes = pictures.begin(List.of("hangs", "cat")).await();
    assertThat(outcomes.get(0))
        .isInstanceOfSatisfying(
            FetchFailed.class,
            failed -> assertThat(failed.rejection().getDetail()).contains("2000 ms"));
    assertThat(outcomes.get(1)).isEqualTo(fetched("cat"));
  }

  @Test
  void takesAFaultOfOursForAFailure() {
    UrlPictures pictures =
        pictures(
            3,
            LONG,
            url -> {
              throw new IllegalStateException("fault");
            });
    assertThat(pictures.begin(List.of("u")).await().getFirst()).isInstanceOf(FetchFailed.class);
  }

  @Test
  void answersInTheOrderOfTheQuestions() {
    UrlPictures pictures = pictures(1, LONG, UrlPicturesTest::fetched);
    List<String> urls = List.of("a", "b", "c", "d", "e", "f");
    assertThat(pictures.begin(urls).await())
        .isEqualTo(urls.stream().map(UrlPicturesTest::fetched).toList());
  }

  private static UrlPictures pictures(int attempts, Duration patience, UrlPictures.Fetch fetch) {
    return new UrlPictures(fetch, new FetchPatience(attempts, Duration.ofMillis(1), patience));
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static FetchOutcome fetched(String text) {
    return new Fetched(ByteString.copyFromUtf8(text));
  }

  private static FetchOutcome failed(boolean retry) {
    return new FetchFailed(Rejection.newBuilder().setDetail("as the test says").build(), retry);
  }
}
