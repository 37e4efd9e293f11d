package io.likeness.features;

import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Who may use the cores for the next picture. In a process that holds several roles the threads of
 * imports and of searches outnumber the cores, and the system's scheduler gives each the same: a
 * search beside a bulk import would take as long as its pictures take turns.
 *
 * <p>A query begins at once, whatever runs: waiting for a picture in hand, which may be a huge one,
 * would cost it more than sharing the cores with it for a moment. A picture of an import begins
 * only where a core is free and no query waits or would: pictures in hand, of both kinds, are fewer
 * than the cores. Nothing is interrupted. A stream of queries that leaves no core free lets a
 * picture of an import through after {@value #PASSED_BY_MAX} of them, so an import is slow then,
 * but ends.
 */
final class CoreGate {

  /** Queries that may begin while one picture of an import waits for its turn. */
  static final int PASSED_BY_MAX = 16;

  /** One for the process, for they all use the same cores. */
  static final CoreGate OF_THIS_PROCESS = new CoreGate(Runtime.getRuntime().availableProcessors());

  private final int cores;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition queryMayBegin = lock.newCondition();
  private final Condition ingestMayBegin = lock.newCondition();
  private int queries;
  private int ingests;
  private int queriesWaiting;
  private int ingestsWaiting;
  private int passedBy;

  CoreGate(int cores) {
    this.cores = cores;
  }

  void enter(Lane lane) {
    lock.lock();
    try {
      switch (lane) {
        case QUERY -> {
          queriesWaiting++;
          try {
            while (queries >= cores) {
              queryMayBegin.await();
            }
            queries++;
            passedBy = ingestsWaiting > 0 ? passedBy + 1 : 0;
          } finally {
            queriesWaiting--;
          }
          if (passedBy >= PASSED_BY_MAX) {
            ingestMayBegin.signal();
          }
        }
        case INGEST -> {
          ingestsWaiting++;
          try {
            while (!ingestMayEnter()) {
              ingestMayBegin.await();
            }
            ingests++;
            passedBy = 0;
          } finally {
            ingestsWaiting--;
          }
        }
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while waiting for a core");
    } finally {
      lock.unlock();
    }
  }

  private boolean ingestMayEnter() {
    if (ingests >= cores) {
      return false;
    }
    return passedBy >= PASSED_BY_MAX || (queriesWaiting == 0 && queries + ingests < cores);
  }

  void leave(Lane lane) {
    lock.lock();
    try {
      switch (lane) {
        case QUERY -> queries--;
        case INGEST -> ingests--;
      }
      queryMayBegin.signal();
      if (ingestMayEnter()) {
        ingestMayBegin.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  /** How many wait for their turn. */
  int waiting(Lane lane) {
    lock.lock();
    try {
      return lane == Lane.QUERY ? queriesWaiting : ingestsWaiting;
    } finally {
      lock.unlock();
    }
  }
}
