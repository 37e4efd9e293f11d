package io.likeness.shard.index;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinWorkerThread;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that a build may take, behind all that have to answer somebody: where there are
 * fewer cores than threads with work, a build of the same rank would hold up a search for
 * milliseconds whenever it has a core.
 */
final class BuildThread extends ForkJoinWorkerThread {

  private static final Logger log = LoggerFactory.getLogger(BuildThread.class);

  private static final int THIS_THREAD = 0;

  /**
   * Beside a thread of the usual rank it gets a quarter of a core, alone all of it. Less would keep
   * a busy machine from ever making graphs, without which searches make it busier.
   */
  private static final int NICE = 5;

  /** What is done on it. */
  interface Work<T> {
    /**
     * @param pool of this thread alone, for libraries that want one
     */
    T on(ForkJoinPool pool) throws IOException;
  }

  private BuildThread(ForkJoinPool pool) {
    super(pool);
    setName("shard-graph");
  }

  /** Waits for the work, whatever interrupts the caller: it ends by itself when cancelled. */
  static <T> T run(Work<T> work) throws IOException {
    try (ForkJoinPool pool = new ForkJoinPool(1, BuildThread::new, null, false)) {
      return CompletableFuture.supplyAsync(() -> done(work, pool), pool).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UncheckedIOException failed) {
        throw failed.getCause();
      }
      if (e.getCause() instanceof RuntimeException failed) {
        throw failed;
      }
      if (e.getCause() instanceof Error failed) {
        throw failed;
      }
      throw e;
    }
  }

  private static <T> T done(Work<T> work, ForkJoinPool pool) {
    try {
      return work.on(pool);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  protected void onStart() {
    super.onStart();
    if (!Linux.IS_HERE) {
      return;
    }
    MethodHandle call = Linux.call("setpriority", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT);
    try {
      int failed = (int) call.invokeExact(0, THIS_THREAD, NICE);
      if (failed != 0) {
        log.debug("a build runs with the rank of searches");
      }
    } catch (Throwable e) {
      throw new IllegalStateException("setpriority cannot be called", e);
    }
  }
}
