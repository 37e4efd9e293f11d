package io.likeness.shard.index;

import org.jspecify.annotations.Nullable;

/** Rows of a test, with vids from 0. */
record RowsInMemory(float[][] values) implements RowBlock {

  @Override
  public int firstVid() {
    return 0;
  }

  @Override
  public int endVid() {
    return values.length;
  }

  @Override
  public int rows() {
    return values.length;
  }

  @Override
  public int vid(int row) {
    return row;
  }

  @Override
  public int rowOf(int vid, int from) {
    return vid;
  }

  @Override
  public float score(int row, float[] query) {
    return Dots.dot(values[row], query);
  }

  @Override
  public void copyTo(int row, float[] target) {
    System.arraycopy(values[row], 0, target, 0, target.length);
  }

  @Override
  public @Nullable Codes codes() {
    return null;
  }
}
