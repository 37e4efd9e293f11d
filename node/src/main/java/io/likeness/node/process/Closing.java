package io.likeness.node.process;

import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Closing what may fail or hang, without letting it stop the closing of the rest. */
public final class Closing {

  private static final Logger log = LoggerFactory.getLogger(Closing.class);
  private static final long SECONDS_MAX = 10;

  private Closing() {}

  /** Closes one thing; a failure is logged. */
  public static void quietly(AutoCloseable thing) {
    try {
      thing.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      log.warn("closing {} failed", thing, e);
    }
  }

  /** Waits for a close that was begun; off the event loop. */
  public static void await(Future<?> closing, String what) {
    try {
      closing.toCompletionStage().toCompletableFuture().get(SECONDS_MAX, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.warn("closing {} failed", what, e);
    }
  }
}
