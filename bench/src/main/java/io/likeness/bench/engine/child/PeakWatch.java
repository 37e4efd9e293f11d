package io.likeness.bench.engine.child;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The most private memory this process has had while it is watched: heap, live or not, and what
 * lies outside of it, but no pages of files. Linux only; 0 elsewhere.
 */
final class PeakWatch implements AutoCloseable {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String PRIVATE = "RssAnon:";
  private static final long EVERY_MILLIS = 200;

  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread;
  private volatile long most;

  PeakWatch() {
    thread = Thread.ofPlatform().name("peak-watch").daemon(true).start(this::watch);
  }

  private void watch() {
    try {
      do {
        most = Math.max(most, privateBytes());
      } while (!stop.await(EVERY_MILLIS, TimeUnit.MILLISECONDS));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static long privateBytes() throws IOException {
    if (!Files.isReadable(STATUS)) {
      return 0;
    }
    return Files.readAllLines(STATUS).stream()
        .filter(line -> line.startsWith(PRIVATE))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
        .sum();
  }

  long mostBytes() {
    return most;
  }

  @Override
  public void close() throws IOException {
    stop.countDown();
    try {
      thread.join();
    } catch (InterruptedException e) {
      throw new IOException("interrupted", e);
    }
  }
}
