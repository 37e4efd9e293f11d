package io.likeness.features.decode.pool;

import com.google.protobuf.ByteString;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.Decoder;
import io.likeness.features.decode.PictureDecoder;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decodes in child processes, one picture in each at a time. What a picture can do there is to cost
 * itself: a child that crashes is replaced and the picture tried once more, one that takes too long
 * is killed, one that runs out of memory says so and ends. Whatever can be refused by looking at
 * the file is refused here, before a child hears of it.
 *
 * <p>The life of a child, all of it under this object's lock but the start:
 *
 * <pre>
 * starting --says ready--> idle --taken--> busy --answers--> idle
 * busy --dies or is late--> gone             busy --enough pictures--> gone, another starts
 * starting --fails--> gone; none is started for a while, and pictures are decoded in this process
 * </pre>
 *
 * <p>One child starts a while after the pool, the others when they are first needed, so that a role
 * starts as fast without them, and its first picture does not wait for a JVM. Pipes carry both
 * ways: half a megabyte of pixels costs a third of the time its decoding takes. Shared memory was
 * left out: a full {@code /dev/shm} of a container is a fault in the middle of an access, which
 * would bring the harm back that the children are there to keep away.
 */
public final class DecoderPool implements Decoder {

  private static final Logger log = LoggerFactory.getLogger(DecoderPool.class);

  /** A child may have been killed for no fault of the picture's; twice in a row is the picture. */
  private static final int TRIES = 2;

  /** By the clock a picture may take this many deadlines of processor time. */
  private static final int PATIENCE = 5;

  /** The first child is there before the first picture, but not in the way of a role's start. */
  private static final Duration FIRST_AFTER = Duration.ofSeconds(3);

  private static final Duration PAUSE_FIRST = Duration.ofMillis(200);
  private static final Duration PAUSE_MAX = Duration.ofMinutes(1);

  private final PictureDecoder here;
  private final PoolConfig config;
  private final Path temporary;
  private final List<String> command;
  private final Semaphore turns;
  private final ScheduledThreadPoolExecutor watch;
  private final Deque<Child> idle = new ArrayDeque<>();
  private final LongAdder pictures = new LongAdder();
  private final LongAdder starts = new LongAdder();
  private final LongAdder crashes = new LongAdder();
  private final LongAdder kills = new LongAdder();
  private int living;
  private int failedStarts;
  private long nextStartNanos;
  private boolean closed;

  private DecoderPool(DecodeLimits limits, PoolConfig config, Path temporary) {
    this(limits, config, temporary, Child.command(config, temporary));
  }

  /** With another program than the usual one. */
  DecoderPool(DecodeLimits limits, PoolConfig config, Path temporary, List<String> command) {
    this.here = new PictureDecoder(limits);
    this.config = config;
    this.temporary = temporary;
    this.command = List.copyOf(command);
    this.turns = new Semaphore(config.children(), true);
    this.watch =
        new ScheduledThreadPoolExecutor(
            1, task -> Thread.ofPlatform().name("decoder-watch").daemon(true).unstarted(task));
    this.watch.setRemoveOnCancelPolicy(true);
  }

  /** A pool, or a decoder in this process where the configuration wants no children. */
  public static Decoder open(DecodeLimits limits, PoolConfig config) {
    if (config.children() == 0) {
      return new PictureDecoder(limits);
    }
    try {
      DecoderPool pool =
          new DecoderPool(limits, config, Files.createTempDirectory("likeness-decoders-"));
      pool.watch.schedule(pool::startIdle, FIRST_AFTER.toMillis(), TimeUnit.MILLISECONDS);
      return pool;
    } catch (IOException unwritable) {
      log.warn(
          "pictures are decoded in this process: no folder for decoding processes can be made",
          unwritable);
      return new PictureDecoder(limits);
    }
  }

  @Override
  public DecodeOutcome decode(
      ByteString content, Optional<Box> crop, PictureRule rule, int sideWanted) {
    Optional<Rejection> fault = here.fault(content, crop, rule);
    if (fault.isPresent()) {
      return new DecodeOutcome.Undecodable(fault.get());
    }
    Wire.Question question = new Wire.Question(content, crop, sideWanted);
    turns.acquireUninterruptibly();
    try {
      for (int i = 0; i < TRIES; i++) {
        // What killed a child may have killed the idle ones too: the last word is a new one's.
        Child child = i == 0 ? take() : takeNew();
        if (child == null) {
          return here.decode(content, crop, rule, sideWanted);
        }
        Optional<DecodeOutcome> outcome = ask(child, question);
        if (outcome.isPresent()) {
          return outcome.get();
        }
      }
      return undecodable("%d processes in a row died decoding the picture".formatted(TRIES));
    } finally {
      turns.release();
    }
  }

  /** Empty where the child died by itself. */
  private Optional<DecodeOutcome> ask(Child child, Wire.Question question) {
    pictures.increment();
    Watch watching = new Watch(child);
    watching.begin();
    try {
      Wire.Answer answer = child.decode(question);
      boolean late = watching.end();
      if (late || answer.last()) {
        drop(child);
      } else {
        giveBack(child);
      }
      return Optional.of(answer.outcome());
    } catch (IOException died) {
      boolean late = watching.end();
      child.kill();
      drop(child);
      if (late) {
        kills.increment();
        return Optional.of(
            undecodable(
                "decoding the picture took more than %d ms"
                    .formatted(config.deadline().toMillis())));
      }
      crashes.increment();
      log.warn(
          "decoding process {} died with a picture of {} bytes in hand ({}); it said: {}",
          child.pid(),
          question.content().size(),
          died.getMessage(),
          child.complaint());
      return Optional.empty();
    }
  }

  private static DecodeOutcome undecodable(String detail) {
    return new DecodeOutcome.Undecodable(
        Rejection.newBuilder().setKind(RejectionKind.BROKEN_PICTURE).setDetail(detail).build());
  }

  /** An idle child or a new one; null where none can be started now. */
  private @Nullable Child take() {
    synchronized (this) {
      for (Child child = idle.pollFirst(); child != null; child = idle.pollFirst()) {
        if (child.isAlive()) {
          return child;
        }
        drop(child);
      }
    }
    return takeNew();
  }

  /** In an idle child's place where all places are taken; null where none can be started now. */
  private @Nullable Child takeNew() {
    synchronized (this) {
      if (closed || (failedStarts > 0 && System.nanoTime() - nextStartNanos < 0)) {
        return null;
      }
      if (living >= config.children() && !idle.isEmpty()) {
        drop(idle.removeLast());
      }
      living++;
    }
    return start();
  }

  /** The place among the living was taken before. */
  private @Nullable Child start() {
    try {
      Child child = Child.start(command, temporary);
      starts.increment();
      synchronized (this) {
        if (failedStarts > 0) {
          log.info("pictures are decoded in processes of their own again");
        }
        failedStarts = 0;
      }
      return child;
    } catch (IOException failed) {
      synchronized (this) {
        living--;
        if (failedStarts++ == 0) {
          log.warn("pictures are decoded in this process for now: {}", failed.getMessage());
        }
        long pause = PAUSE_FIRST.toNanos() << Math.min(failedStarts, 20);
        nextStartNanos = System.nanoTime() + Math.min(pause, PAUSE_MAX.toNanos());
      }
      return null;
    }
  }

  private void giveBack(Child child) {
    boolean worn = child.pictures() >= config.picturesEach();
    synchronized (this) {
      if (!worn && !closed && living <= config.children()) {
        idle.addFirst(child);
        return;
      }
    }
    drop(child);
    if (worn) {
      // Its follower is there before the next picture has to wait for it.
      Thread.ofVirtual().name("start-decoder").start(this::startIdle);
    }
  }

  private void startIdle() {
    synchronized (this) {
      if (closed || living >= config.children()) {
        return;
      }
      living++;
    }
    Child child = start();
    if (child != null) {
      giveBack(child);
    }
  }

  private void drop(Child child) {
    synchronized (this) {
      living--;
    }
    // It ends when its input does; nobody needs to wait for that.
    Thread.ofVirtual().name("end-decoder-" + child.pid()).start(child::close);
  }

  public PoolCounts counts() {
    synchronized (this) {
      return new PoolCounts(
          pictures.sum(), starts.sum(), crashes.sum(), kills.sum(), Math.max(0, living));
    }
  }

  /** Of the children that wait for a picture. */
  synchronized List<Long> idlePids() {
    return idle.stream().map(Child::pid).toList();
  }

  /** The callers have ended before. */
  @Override
  public void close() {
    List<Child> last;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      last = List.copyOf(idle);
      idle.clear();
      living -= last.size();
    }
    watch.shutdownNow();
    last.forEach(Child::close);
    deleteTemporary();
  }

  private void deleteTemporary() {
    try (Stream<Path> files = Files.walk(temporary)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException left) {
      log.debug("the folder {} stays", temporary, left);
    }
  }

  /**
   * Kills a child that uses too much processor time on a picture, or is not done after a much
   * longer time by the clock (it may be stopped, or wait for something). Only slow pictures are
   * looked at: the first look, after half the deadline, notes the time used so far.
   */
  private final class Watch {

    private final Child child;
    private final long begunNanos = System.nanoTime();
    private @Nullable Duration usedAtFirstLook;
    private @Nullable ScheduledFuture<?> next;
    private boolean over;
    private boolean late;

    Watch(Child child) {
      this.child = child;
    }

    void begin() {
      lookAfter(config.deadline().dividedBy(2));
    }

    private synchronized void lookAfter(Duration pause) {
      if (!over) {
        next = watch.schedule(this::look, pause.toNanos(), TimeUnit.NANOSECONDS);
      }
    }

    private synchronized void look() {
      if (over) {
        return;
      }
      Duration passed = Duration.ofNanos(System.nanoTime() - begunNanos);
      // Where the system does not tell the processor time, the clock has to do.
      Duration used = child.processorTime().orElse(passed);
      Duration half = config.deadline().dividedBy(2);
      if (usedAtFirstLook == null) {
        usedAtFirstLook = used;
      }
      Duration left = half.minus(used.minus(usedAtFirstLook));
      if (left.isPositive() && passed.compareTo(config.deadline().multipliedBy(PATIENCE)) < 0) {
        lookAfter(left);
        return;
      }
      late = true;
      child.kill();
    }

    /** Whether the child was killed. */
    synchronized boolean end() {
      over = true;
      if (next != null) {
        next.cancel(false);
      }
      return late;
    }
  }
}
