package io.likeness.shard.copy;

import io.vertx.core.Future;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waiting for the answers of other nodes. */
final class Answers {

  private static final long LOOK_MILLIS = 200;

  /** Throws where the answer is not wanted any more. */
  interface Check {
    void run() throws IOException;
  }

  private Answers() {}

  /** Looks now and then whether the answer is still wanted. */
  static <T> T get(Future<T> answer, Duration most, Check wanted) throws IOException {
    long giveUpAt = System.nanoTime() + most.toNanos();
    var waiting = answer.toCompletionStage().toCompletableFuture();
    while (true) {
      try {
        return waiting.get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        wanted.run();
        if (System.nanoTime() > giveUpAt) {
          throw new IOException("no answer within " + most, e);
        }
      } catch (ExecutionException e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        throw new IOException(cause.toString(), cause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
    }
  }
}
