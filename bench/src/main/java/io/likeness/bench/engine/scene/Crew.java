package io.likeness.bench.engine.scene;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** Threads that work beside the one that measures. What fails in one ends the scene. */
final class Crew implements AutoCloseable {

  /** What a member does. */
  interface Work {
    void run() throws IOException;
  }

  private final List<Thread> members = new ArrayList<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();

  void run(String name, Work work) {
    members.add(
        Thread.ofPlatform()
            .name("scene-" + name)
            .daemon(true)
            .start(
                () -> {
                  try {
                    work.run();
                  } catch (IOException | RuntimeException | Error e) {
                    failure.compareAndSet(null, e);
                  }
                }));
  }

  /** Again this long after it was last done. */
  void every(String name, long millis, Work work) {
    run(
        name,
        () -> {
          try {
            while (!stop.await(millis, TimeUnit.MILLISECONDS)) {
              work.run();
            }
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  boolean hasFailed() {
    return failure.get() != null;
  }

  /** Waits until all have ended. */
  @Override
  public void close() throws IOException, InterruptedException {
    stop.countDown();
    if (hasFailed()) {
      members.forEach(Thread::interrupt);
    }
    for (Thread member : members) {
      member.join();
    }
    Throwable cause = failure.get();
    if (cause != null) {
      throw new IOException(cause);
    }
  }
}
