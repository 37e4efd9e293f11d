package io.likeness.shard.intake;

import java.io.IOException;
import java.io.InterruptedIOException;

/** Where else a slot's data is: with other replicas, or in a store of snapshots. */
public interface Supply {

  /**
   * What a slot has and lacks.
   *
   * @param log identity of the log
   * @param contained every record before it is in the slot's folder already
   * @param logBegins the first record the log still has
   * @param logEnds the offset after its last
   */
  record Want(int slot, String log, long contained, long logBegins, long logEnds) {

    /** Whether the log alone would do, given time. */
    public boolean isInLog() {
      return logBegins <= contained;
    }
  }

  /** What came of an attempt. */
  sealed interface Outcome {
    /** The slot's folder stands. */
    record Landed(long nextOffset) implements Outcome {}

    /** Somebody has it, and cannot give it now though all is well with them. */
    record Busy(String reason) implements Outcome {}

    record Failed(String reason) implements Outcome {}

    /** Nobody is known to have it. */
    record Nowhere(String reason) implements Outcome {}
  }

  /** Told of an attempt as it goes on. */
  interface Progress {
    void toCopy(long bytes);

    void copied(long bytes);

    /**
     * @throws InterruptedIOException where nobody wants the slot any more
     */
    void check() throws InterruptedIOException;
  }

  /** Ends what a process left half done; before any slot is opened. */
  void recover() throws IOException;

  /** Whether trying is worth while; asks nobody. */
  boolean mayHave(int slot);

  /** One attempt to bring the slot's folder, which nobody has open; may take hours. */
  Outcome bring(Want want, Progress progress);

  /** Deletes what attempts left. */
  void discard(int slot) throws IOException;

  /**
   * Whether another replica that is to stay answers for this slot, and has every record before this
   * offset. Asks it.
   */
  boolean isElsewhere(int slot, long offset);
}
