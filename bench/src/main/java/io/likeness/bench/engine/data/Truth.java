package io.likeness.bench.engine.data;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * The exact nearest rows of each query, best first. In a file: count and k, then all ordinals, then
 * all cosines, little-endian; an ordinal of -1 stands where fewer than k rows are wanted.
 */
public final class Truth {

  private static final int HEAD_BYTES = 2 * Integer.BYTES;

  /** Two ways of adding up the same products differ by less. */
  static final float SLACK = 2e-6f;

  private final int k;
  private final int[][] ordinals;
  private final float[][] cosines;

  Truth(int k, int[][] ordinals, float[][] cosines) {
    this.k = k;
    this.ordinals = ordinals;
    this.cosines = cosines;
  }

  public static Truth of(Nearest[] found, int k) {
    int[][] ordinals = new int[found.length][];
    float[][] cosines = new float[found.length][];
    for (int i = 0; i < found.length; i++) {
      ordinals[i] = found[i].ordinals();
      cosines[i] = found[i].scores();
    }
    return new Truth(k, ordinals, cosines);
  }

  public int queries() {
    return ordinals.length;
  }

  public int k() {
    return k;
  }

  public int[] ordinals(int query) {
    return ordinals[query];
  }

  /** How many of the places {@code [from, from + wanted)} there are. */
  public int due(int query, int from, int wanted) {
    return Math.max(0, Math.min(ordinals[query].length - from, wanted));
  }

  /**
   * How many of these rows truly belong to the places {@code [from, from + wanted)}. A row that is
   * exactly as near as the last (or first) of them counts as well: which of several equal rows is
   * listed is chance. A nearer one that is not listed does not: it was not wanted.
   */
  public int hits(int query, int from, int wanted, int[] answer, Rows rows, float[] vector) {
    int due = due(query, from, wanted);
    if (due == 0) {
      return 0;
    }
    float last = cosines[query][from + due - 1];
    float first = from == 0 ? last : cosines[query][from];
    int[] listed = Arrays.copyOfRange(ordinals[query], from, from + due);
    Arrays.sort(listed);
    int[] given = Arrays.copyOf(answer, answer.length);
    Arrays.sort(given);
    int hits = 0;
    for (int i = 0; i < given.length; i++) {
      if (i > 0 && given[i] == given[i - 1]) {
        continue;
      }
      boolean isListed = Arrays.binarySearch(listed, given[i]) >= 0;
      if (isListed || isAsNear(given[i], rows, vector, first, last)) {
        hits++;
      }
    }
    return Math.min(hits, due);
  }

  private static boolean isAsNear(int row, Rows rows, float[] vector, float first, float last) {
    if (row >= rows.count()) {
      // Added since: the exact answers know nothing of it.
      return false;
    }
    MemorySegment values = rows.values();
    float cosine = Exact.dot(values, rows.offset(row), vector);
    return Math.abs(cosine - last) <= SLACK || Math.abs(cosine - first) <= SLACK;
  }

  // ---- Files ----

  void write(Path file) throws IOException {
    int cells = queries() * k;
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.addExact(HEAD_BYTES, Math.multiplyExact(cells, 8)))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(queries()).putInt(k);
    for (int[] each : ordinals) {
      for (int i = 0; i < k; i++) {
        bytes.putInt(i < each.length ? each[i] : -1);
      }
    }
    for (float[] each : cosines) {
      for (int i = 0; i < k; i++) {
        bytes.putFloat(i < each.length ? each[i] : 0);
      }
    }
    bytes.flip();
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  static Truth read(Path file) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.remaining() < HEAD_BYTES) {
      throw new IOException(file + " has " + bytes.remaining() + " bytes, too few for a head");
    }
    int count = bytes.getInt();
    int k = bytes.getInt();
    long expected = (long) count * k * (Integer.BYTES + Float.BYTES);
    if (count < 0 || k < 1 || bytes.remaining() != expected) {
      throw new IOException(
          "%s says %d queries of %d neighbours, which take %d bytes, and has %d"
              .formatted(file, count, k, expected, bytes.remaining()));
    }
    int[][] ordinals = new int[count][];
    for (int i = 0; i < count; i++) {
      int[] all = new int[k];
      int found = 0;
      for (int j = 0; j < k; j++) {
        int ordinal = bytes.getInt();
        if (ordinal >= 0) {
          all[found++] = ordinal;
        }
      }
      ordinals[i] = Arrays.copyOf(all, found);
    }
    float[][] cosines = new float[count][];
    for (int i = 0; i < count; i++) {
      cosines[i] = new float[ordinals[i].length];
      for (int j = 0; j < k; j++) {
        float cosine = bytes.getFloat();
        if (j < cosines[i].length) {
          cosines[i][j] = cosine;
        }
      }
    }
    return new Truth(k, ordinals, cosines);
  }
}
