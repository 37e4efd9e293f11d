package io.likeness.shard.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;

/**
 * Where snapshots lie: named things that appear whole or not at all, are never changed, and are
 * read back as they were. Names are paths with {@code /}.
 */
public interface SnapshotStore extends AutoCloseable {

  /** Bytes that can be read more than once, since a store may have to try again. */
  interface Content {
    long bytes();

    /** {@code from}: the position the stream begins at. */
    InputStream open(long from) throws IOException;
  }

  /** One thing in the store. */
  record Stored(String name, long bytes, Instant modified) {}

  boolean has(String name) throws IOException;

  /**
   * Makes a thing young again, so that pruning lets it be. False: it is not there, or too large for
   * that; then it has to be put again.
   */
  boolean refresh(String name) throws IOException;

  void put(String name, Content content) throws IOException;

  /** The caller closes it; a name that is not there is an error. */
  InputStream get(String name) throws IOException;

  /** Everything whose name begins so, in order of names. */
  List<Stored> list(String prefix) throws IOException;

  /** What is not there any more is fine. */
  void delete(String name) throws IOException;

  /** Takes away what uploads left that were never finished, and are this old. */
  void clean(Instant before) throws IOException;

  @Override
  void close();
}
