package io.likeness.ingest.feature;

import io.likeness.features.fetch.FetchFailed;
import io.likeness.features.fetch.FetchOutcome;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fetches the pictures of a batch that came as addresses, many at a time. A server that fails for
 * the moment is asked again, no sooner than it asked for, but the whole batch waits at most {@link
 * FetchPatience#patience()}: a partition must not stand still because one server does. What has not
 * come by then is set aside with its reason and can be driven again.
 */
public final class UrlPictures {

  private static final Logger log = LoggerFactory.getLogger(UrlPictures.class);

  /** Gets one picture; it bounds the time and bytes of one attempt, and how many there are. */
  public interface Fetch {
    FetchOutcome fetch(String url);
  }

  private final Fetch fetch;
  private final FetchPatience bounds;

  public UrlPictures(Fetch fetch, FetchPatience bounds) {
    this.fetch = fetch;
    this.bounds = bounds;
  }

  /** Begins fetching; every address is asked for before any answer is awaited. */
  public Fetching begin(List<String> urls) {
    long deadline = System.nanoTime() + bounds.patience().toNanos();
    List<Asked> asked = new ArrayList<>();
    for (String url : urls) {
      CompletableFuture<FetchOutcome> outcome = new CompletableFuture<>();
      Thread thread =
          Thread.ofVirtual()
              .name("fetch")
              .start(
                  () -> {
                    try {
                      outcome.complete(fetchPatiently(url, deadline));
                    } catch (InterruptedException e) {
                      outcome.cancel(false);
                    } catch (RuntimeException e) {
                      outcome.completeExceptionally(e);
                    }
                  });
      asked.add(new Asked(url, outcome, thread));
    }
    return new Fetching(asked, deadline);
  }

  private FetchOutcome fetchPatiently(String url, long deadline) throws InterruptedException {
    Duration pause = bounds.firstPause();
    for (int attempt = 1; ; attempt++) {
      FetchOutcome outcome = fetch.fetch(url);
      if (!(outcome instanceof FetchFailed failed)
          || !failed.retry()
          || attempt == bounds.attempts()) {
        return outcome;
      }
      Duration wait = pause.compareTo(failed.notBefore()) > 0 ? pause : failed.notBefore();
      if (wait.compareTo(Duration.ofNanos(deadline - System.nanoTime())) >= 0) {
        return outcome;
      }
      Thread.sleep(wait);
      pause = pause.multipliedBy(2);
    }
  }

  private record Asked(String url, CompletableFuture<FetchOutcome> outcome, Thread thread) {}

  /** The fetching of one batch. */
  public final class Fetching {

    private final List<Asked> asked;
    private final long deadline;

    private Fetching(List<Asked> asked, long deadline) {
      this.asked = asked;
      this.deadline = deadline;
    }

    /** What became of each, in the order they were asked for; what is still under way is ended. */
    public List<FetchOutcome> await() {
      try {
        List<FetchOutcome> outcomes = new ArrayList<>();
        for (Asked each : asked) {
          outcomes.add(outcome(each));
        }
        return outcomes;
      } finally {
        asked.forEach(each -> each.thread().interrupt());
      }
    }

    private FetchOutcome outcome(Asked each) {
      try {
        return each.outcome().get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CancellationException("interrupted while waiting for pictures");
      } catch (TimeoutException | CancellationException e) {
        return failed(
            "the picture did not come within the "
                + bounds.patience().toMillis()
                + " ms a batch waits");
      } catch (ExecutionException e) {
        log.warn("fetching a picture failed unexpectedly", e.getCause());
        return failed("the picture could not be fetched: " + e.getCause());
      }
    }

    private static FetchOutcome failed(String detail) {
      return new FetchFailed(
          Rejection.newBuilder().setKind(RejectionKind.FETCH_FAILED).setDetail(detail).build(),
          true);
    }
  }
}
