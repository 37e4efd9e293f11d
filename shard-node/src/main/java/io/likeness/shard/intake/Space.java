package io.likeness.shard.intake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the disk has room for more pictures. Some of it is kept free, so that deletes can still
 * be committed when adds have to wait: a delete takes some bytes, too. A limit that does not show
 * in the free space (a quota, the number of files) is noticed by calls that fail, and waited out.
 */
final class Space {

  private static final Logger log = LoggerFactory.getLogger(Space.class);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(500);

  /** After a call failed for want of room though there seems to be some; doubles if it recurs. */
  private static final Duration DISTRUST = Duration.ofSeconds(10);

  private static final Duration DISTRUST_MAX = Duration.ofMinutes(2);

  /** What is said again and again is said this seldom. */
  private static final Duration SAY_AGAIN = Duration.ofMinutes(10);

  private final Path folder;
  private final FileStore store;
  private final long reserve;
  private final InstantSource clock;
  private long lookedAt = Long.MIN_VALUE;
  private long distrust = DISTRUST.toMillis();
  private long distrustUntil;
  private long saidAt = Long.MIN_VALUE;
  private volatile boolean isShort;
  private volatile long free = Long.MAX_VALUE;

  Space(Path folder, long reserve, InstantSource clock) throws IOException {
    this.folder = folder;
    this.store = Files.getFileStore(folder);
    this.reserve = reserve;
    this.clock = clock;
  }

  /** Looks, unless it has just looked. */
  synchronized boolean isShort() {
    long now = clock.millis();
    if (now - LOOK_AGAIN.toMillis() < lookedAt && lookedAt <= now) {
      return isShort;
    }
    lookedAt = now;
    free = usable();
    // Adds come back when there is a quarter more than is kept, or they would come and go.
    long wanted = isShort ? reserve + reserve / 4 : reserve;
    set(free < wanted || now < distrustUntil);
    return isShort;
  }

  /** A call failed, for want of room or for another reason. */
  synchronized void failed(IOException cause) {
    free = usable();
    String text = String.valueOf(cause.getMessage());
    if (free < reserve || text.contains("No space left") || text.contains("quota")) {
      long now = clock.millis();
      if (now > distrustUntil) {
        boolean recurs = now - distrustUntil < distrust;
        distrust = recurs ? Math.min(2 * distrust, DISTRUST_MAX.toMillis()) : DISTRUST.toMillis();
      }
      distrustUntil = now + distrust;
      set(true);
    }
  }

  private void set(boolean shortNow) {
    long now = clock.millis();
    if (shortNow && !isShort && (saidAt == Long.MIN_VALUE || now - saidAt > SAY_AGAIN.toMillis())) {
      saidAt = now;
      log.error("{}; searches and deletes go on", reason());
    } else if (!shortNow && isShort) {
      log.debug("the disk of {} has {} bytes free: pictures are added again", folder, free);
    }
    isShort = shortNow;
  }

  /** What to tell an operator; empty while there is room. */
  String tell() {
    return isShort ? reason() : "";
  }

  private String reason() {
    return "the disk of %s has %d bytes free and %d are kept: pictures wait in the log"
        .formatted(folder, free, reserve);
  }

  private long usable() {
    try {
      return store.getUsableSpace();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
