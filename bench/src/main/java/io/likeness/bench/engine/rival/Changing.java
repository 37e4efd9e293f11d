package io.likeness.bench.engine.rival;

import java.io.IOException;
import java.util.OptionalInt;

/**
 * An index whose rows come and go while it is searched. Rows are named by numbers. One thread
 * changes it; any may show, commit, compact and search.
 */
public interface Changing extends AutoCloseable {

  /** A row of this number that is there already is replaced. */
  void put(int number, float[] vector) throws IOException;

  void remove(int number) throws IOException;

  /** Searches that begin from now on see all changes. */
  void show() throws IOException;

  void commit() throws IOException;

  /** Does the merges and builds that are due, on this thread; returns when none is left. */
  void tidy() throws IOException;

  /** Does as large a merge as there is to do, on this thread. */
  void merge() throws IOException;

  /** Numbers of the nearest it finds. Safe for many threads. */
  int[] search(float[] query, int k, int effort) throws IOException;

  /** The effort by which it chooses for itself how hard to look, where it does. */
  OptionalInt ownEffort();

  /** Of what it consists, for people. */
  String state() throws IOException;

  @Override
  void close() throws IOException;
}
