package io.likeness.node.process;

import java.io.IOException;
import java.io.InputStream;

/**
 * Ends this process when the one that started it is gone, however that one ended: its end of our
 * standard input closes with it. Only a process told so watches, since the input of others may be
 * closed from the beginning.
 */
public final class ParentWatch {

  /** The system property a parent sets to {@code true} for its children. */
  public static final String PROPERTY = "likeness.parent-watch";

  private static final long STOP_MILLIS_MAX = 5_000;

  private ParentWatch() {}

  /** Watches where this process was told to. */
  public static void startIfTold() {
    if (Boolean.getBoolean(PROPERTY)) {
      Thread.ofPlatform().name("parent-watch").daemon(true).start(() -> watch(System.in));
    }
  }

  private static void watch(InputStream parent) {
    try {
      while (parent.read() >= 0) {
        // A parent says nothing; what counts is the end.
      }
    } catch (IOException e) {
      // a broken pipe is an end as well
    }
    // The others end at the same time, so a clean stop may wait for one that is gone: not for long.
    Thread.ofPlatform().name("parent-gone").daemon(true).start(ParentWatch::haltSoon);
    System.exit(1);
  }

  private static void haltSoon() {
    try {
      Thread.sleep(STOP_MILLIS_MAX);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(1);
  }
}
