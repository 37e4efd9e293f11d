package io.likeness.shard.index;

import org.jspecify.annotations.Nullable;

/**
 * A run of vectors. Blocks of a shard lie one after the other in the space of vector ids: every
 * live id of {@code [firstVid, endVid)} has its row in this block, and ids rise with rows.
 */
interface RowBlock {

  int firstVid();

  int endVid();

  int rows();

  int vid(int row);

  /** The row of a vid that has one here; {@code from} is a row at or before it, found earlier. */
  int rowOf(int vid, int from);

  float score(int row, float[] query);

  void copyTo(int row, float[] target);

  /** The rows' codes, where there are any. */
  @Nullable Codes codes();

  /**
   * Scores every wanted row. False: the deadline passed on the way, and {@code top} is of no use.
   */
  default boolean scan(float[] query, VidSet wanted, TopVids top, Deadline deadline) {
    int row = 0;
    int untilCheck = ROWS_PER_CHECK;
    for (int vid = wanted.nextFrom(firstVid());
        vid >= 0 && vid < endVid();
        vid = wanted.nextFrom(vid + 1)) {
      row = rowOf(vid, row);
      top.offer(score(row, query), vid);
      if (--untilCheck == 0) {
        if (deadline.hasPassed()) {
          return false;
        }
        untilCheck = ROWS_PER_CHECK;
      }
    }
    return true;
  }

  /** About a tenth of a millisecond of work. */
  int ROWS_PER_CHECK = 1024;
}
