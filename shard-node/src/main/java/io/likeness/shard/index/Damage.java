package io.likeness.shard.index;

import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.IndexFormatTooOldException;

/**
 * Tells whether something failed because a shard's files are not what was written. Then the shard
 * has to go and be built again, while all others go on; anything else is a bug or the disk's state.
 *
 * <p>A page of a mapped file that cannot be read becomes an {@link InternalError} "a fault occurred
 * in an unsafe memory access operation": it is the shard's misfortune, not the process's. The JVM
 * turns the signal into that error only in compiled code that holds a plain access to memory, see
 * {@link Dots}.
 */
public final class Damage {

  private static final int CAUSES_MAX = 20;

  private Damage() {}

  /** What is wrong with the shard; empty where it is not the files' fault. */
  public static Optional<CorruptShardException> of(Throwable failure) {
    Throwable each = failure;
    for (int depth = 0; each != null && depth < CAUSES_MAX; depth++) {
      if (each instanceof CorruptShardException known) {
        return Optional.of(known);
      }
      if (isDamage(each)) {
        return Optional.of(new CorruptShardException(String.valueOf(each.getMessage()), failure));
      }
      each = each.getCause();
    }
    return Optional.empty();
  }

  /**
   * A call to the disk that failed somewhere below. The files may be sound; what was to be written
   * is not there.
   */
  public static Optional<IOException> troubleOfTheDisk(Throwable failure) {
    Throwable each = failure;
    for (int depth = 0; each != null && depth < CAUSES_MAX; depth++) {
      if (each instanceof NoMemoryException || each instanceof ShardClosedException) {
        return Optional.empty();
      }
      if (each instanceof IOException trouble) {
        return Optional.of(trouble);
      }
      each = each.getCause();
    }
    return Optional.empty();
  }

  private static boolean isDamage(Throwable failure) {
    return failure instanceof CorruptIndexException
        || failure instanceof IndexFormatTooOldException
        || failure instanceof EOFException
        || (failure instanceof InternalError
            && String.valueOf(failure.getMessage()).contains("unsafe memory access"));
  }
}
