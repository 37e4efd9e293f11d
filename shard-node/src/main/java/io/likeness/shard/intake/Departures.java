package io.likeness.shard.intake;

import io.likeness.proto.wire.NewerFormatException;
import io.likeness.shard.index.Disk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes away the folders of slots that are not this node's any more: those just given up, and those
 * it finds at its start.
 *
 * <pre>
 * KEPT     another replica has to say that it serves and has all that the folder has
 *   |
 * RELEASED the intake's thread may take the folder's name away, unless the slot is wanted again
 *   |
 *  GONE    {@code <slot>.gone}; deleted now, or at the next start
 * </pre>
 *
 * <p>What stands in {@code assign} alone would not do: whoever is to serve may have nothing yet,
 * and the log may not reach back. A thread of its own asks and deletes, since both take time; only
 * the intake's thread opens slots and renames them, so nobody opens a folder that is about to go.
 */
final class Departures implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Departures.class);
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);
  private static final String GONE = ".gone";
  private static final Pattern FOLDER = Pattern.compile("(\\d{1,9})(\\.incoming)?");

  private final Path data;
  private final String logId;
  private final Supply supply;
  private final ShardMeters meters;
  private final Set<String> released = ConcurrentHashMap.newKeySet();
  private final Semaphore signals = new Semaphore(0);
  private final Thread thread;
  // Slots this node holds or shall hold; unknown until the assignments have been looked at.
  private volatile @Nullable Set<Integer> kept;
  private volatile boolean stopped;

  Departures(Path data, String logId, Supply supply, ShardMeters meters) {
    this.data = data;
    this.logId = logId;
    this.supply = supply;
    this.meters = meters;
    this.thread = Thread.ofPlatform().name("shard-release").daemon(true).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  // ---- The intake's thread ----

  /** Renames what has been released and is none of these. */
  void keep(Set<Integer> slots) {
    Set<Integer> before = kept;
    kept = Set.copyOf(slots);
    boolean news = !slots.equals(before);
    for (String name : released) {
      released.remove(name);
      Path folder = data.resolve(name);
      Path gone = data.resolve(name + GONE);
      if (slots.contains(slotOf(name)) || Files.exists(gone)) {
        continue;
      }
      try {
        Files.move(folder, gone, StandardCopyOption.ATOMIC_MOVE);
        news = true;
      } catch (IOException e) {
        log.warn("{} stays for now: {}", folder, e.toString());
      }
    }
    if (news) {
      signals.release();
    }
  }

  boolean hasReleased() {
    return !released.isEmpty();
  }

  private static int slotOf(String name) {
    Matcher matcher = FOLDER.matcher(name);
    return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
  }

  // ---- Its own thread ----

  private void run() {
    try {
      while (!stopped) {
        try {
          look();
        } catch (IOException | RuntimeException e) {
          log.warn("what is no longer needed in {} stays for now: {}", data, e.toString());
        }
        if (signals.tryAcquire(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)) {
          signals.drainPermits();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void look() throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> entries = Files.list(data)) {
      entries.filter(Files::isDirectory).forEach(found::add);
    }
    Set<Integer> needed = kept;
    for (Path folder : found) {
      String name = folder.getFileName().toString();
      if (stopped) {
        return;
      }
      if (name.endsWith(GONE)) {
        Disk.deleteTree(folder);
        log.info("{} is deleted", folder);
        meters.released();
      } else if (needed != null && slotOf(name) >= 0 && !needed.contains(slotOf(name))) {
        release(folder, name);
      }
    }
  }

  private void release(Path folder, String name) throws IOException {
    boolean isSlot = !name.endsWith(".incoming");
    long contained;
    try {
      contained =
          Checkpoint.read(folder)
              .filter(found -> found.log().equals(logId))
              .map(Checkpoint::nextOffset)
              .orElse(0L);
    } catch (NewerFormatException e) {
      log.warn("{} is no longer this node's and stays: {}", folder, e.getMessage());
      return;
    }
    if (!isSlot || supply.isElsewhere(slotOf(name), contained)) {
      released.add(name);
    }
  }

  @Override
  public void close() {
    stopped = true;
    signals.release();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
