package io.likeness.shard.index;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SegmentReader;

/**
 * Reads what a shard has on disk against its checksums, beside searches and at the pace it is
 * given: first what nobody has used since the shard was opened, and now and then everything again,
 * since disks forget. Files of the vector half are let go one by one, so that a walk of hours does
 * not keep what was replaced.
 */
public final class Scrub {

  /** Says how fast. */
  @FunctionalInterface
  public interface Pace {
    /** Waits until so many bytes may be read. False: it is time to stop. */
    boolean mayRead(long bytes) throws InterruptedException;
  }

  private final Shard shard;
  private final Pace pace;

  public Scrub(Shard shard, Pace pace) {
    this.shard = shard;
    this.pace = pace;
  }

  /**
   * Reads the blocks of rows that nobody has read yet. False: it was stopped.
   *
   * @throws CorruptShardException where one is not what was written
   */
  public boolean unread() throws IOException, InterruptedException {
    return segments(false);
  }

  /** Reads everything, Lucene's files included. False: it was stopped. */
  public boolean everything() throws IOException, InterruptedException {
    return segments(true) && lucene();
  }

  private boolean segments(boolean again) throws IOException, InterruptedException {
    Set<Long> done = new HashSet<>();
    for (Optional<Segment> next = next(done); next.isPresent(); next = next(done)) {
      Segment segment = next.get();
      try {
        done.add(segment.entry().generation());
        if (!read(segment, again)) {
          return false;
        }
      } finally {
        segment.release();
      }
    }
    return true;
  }

  private Optional<Segment> next(Set<Long> done) throws IOException {
    try (View view = shard.view()) {
      return view.retainSegment(segment -> !done.contains(segment.entry().generation()));
    }
  }

  private boolean read(Segment segment, boolean again) throws IOException, InterruptedException {
    BlockChecks checks = segment.checks();
    if (!again && checks.isWhole()) {
      return true;
    }
    ByteBuffer scratch = ByteBuffer.allocate(checks.blockBytes());
    for (int block = 0; block < checks.blocks() && !segment.isReplaced(); block++) {
      if (again || !checks.isChecked(block)) {
        if (shard.isClosing() || !pace.mayRead(checks.bytes(block))) {
          return false;
        }
        checks.check(block, scratch);
      }
    }
    return true;
  }

  private boolean lucene() throws IOException, InterruptedException {
    try (View view = shard.view()) {
      for (LeafReaderContext leaf : view.reader().leaves()) {
        long bytes =
            leaf.reader() instanceof SegmentReader segment
                ? segment.getSegmentInfo().sizeInBytes()
                : 0;
        if (shard.isClosing() || !pace.mayRead(bytes)) {
          return false;
        }
        leaf.reader().checkIntegrity();
      }
    }
    return true;
  }
}
