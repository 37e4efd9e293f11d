package io.likeness.bench.engine.data;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.jspecify.annotations.Nullable;

/**
 * Exact search. For many queries the rows are read once: a block of them stays in the cache while
 * all queries pass by, and two rows meet four queries at a time, so that each value loaded is used
 * more than once.
 */
public final class Exact {

  private static final VectorSpecies<Float> LANES = FloatVector.SPECIES_PREFERRED;
  private static final int WIDTH = LANES.length();
  private static final int BLOCK_ROWS = 256;
  private static final int QUERIES = 4;
  private static final int PAIR = 2;

  private Exact() {}

  public static float dot(MemorySegment rows, long offset, float[] query) {
    FloatVector even = FloatVector.zero(LANES);
    FloatVector odd = even;
    int i = 0;
    for (; i + 2 * WIDTH <= query.length; i += 2 * WIDTH) {
      even = lanes(rows, offset, i).fma(FloatVector.fromArray(LANES, query, i), even);
      odd = lanes(rows, offset, i + WIDTH).fma(FloatVector.fromArray(LANES, query, i + WIDTH), odd);
    }
    float sum = even.add(odd).reduceLanes(VectorOperators.ADD);
    for (; i < query.length; i++) {
      sum += rows.get(Rows.FLOAT, offset + (long) i * Float.BYTES) * query[i];
    }
    return sum;
  }

  private static FloatVector lanes(MemorySegment rows, long offset, int i) {
    return FloatVector.fromMemorySegment(
        LANES, rows, offset + (long) i * Float.BYTES, ByteOrder.LITTLE_ENDIAN);
  }

  /** One query over all rows, or over those wanted. */
  public static Nearest scan(Rows rows, float[] query, int k, @Nullable BitSet wanted) {
    Nearest nearest = new Nearest(k);
    MemorySegment values = rows.values();
    if (wanted == null) {
      for (int row = 0; row < rows.count(); row++) {
        nearest.offer(dot(values, rows.offset(row), query), row);
      }
      return nearest;
    }
    for (int row = wanted.nextSetBit(0); row >= 0; row = wanted.nextSetBit(row + 1)) {
      nearest.offer(dot(values, rows.offset(row), query), row);
    }
    return nearest;
  }

  /**
   * The nearest of each set for each query: {@code answer.get(set)[query]}. The scores are computed
   * once for all sets.
   */
  public static List<Nearest[]> nearest(
      Rows rows, float[][] queries, int k, List<BitSet> sets, int threads, IntConsumer rowsDone) {
    AtomicInteger next = new AtomicInteger();
    AtomicInteger done = new AtomicInteger();
    List<Future<List<Nearest[]>>> parts = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        parts.add(
            pool.submit(
                () -> {
                  Worker worker = new Worker(rows, queries, k, sets);
                  for (int from = next.getAndAdd(BLOCK_ROWS);
                      from < rows.count();
                      from = next.getAndAdd(BLOCK_ROWS)) {
                    int end = Math.min(rows.count(), from + BLOCK_ROWS);
                    worker.block(from, end);
                    rowsDone.accept(done.addAndGet(end - from));
                  }
                  return worker.best;
                }));
      }
      List<Nearest[]> all = empty(queries.length, k, sets.size());
      for (Future<List<Nearest[]>> part : parts) {
        List<Nearest[]> found = part.get();
        for (int set = 0; set < all.size(); set++) {
          for (int query = 0; query < queries.length; query++) {
            all.get(set)[query].offerAll(found.get(set)[query]);
          }
        }
      }
      return all;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while computing exact answers", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  private static List<Nearest[]> empty(int queries, int k, int sets) {
    List<Nearest[]> all = new ArrayList<>();
    for (int set = 0; set < sets; set++) {
      Nearest[] each = new Nearest[queries];
      for (int i = 0; i < queries; i++) {
        each[i] = new Nearest(k);
      }
      all.add(each);
    }
    return all;
  }

  private static final class Worker {

    private final Rows rows;
    private final int dimensions;
    private final float[][] queries;
    private final List<BitSet> sets;
    private final List<Nearest[]> best;
    private final float[] block;
    private final int[] wanted = new int[BLOCK_ROWS];
    private final float[] scores = new float[PAIR * QUERIES];

    Worker(Rows rows, float[][] queries, int k, List<BitSet> sets) {
      this.rows = rows;
      this.dimensions = rows.dimensions();
      this.queries = queries;
      this.sets = sets;
      this.best = empty(queries.length, k, sets.size());
      this.block = new float[(BLOCK_ROWS + 1) * dimensions];
    }

    void block(int from, int end) {
      int count = 0;
      for (int row = from; row < end; row++) {
        if (isWanted(row)) {
          rows.copyTo(row, block, count * dimensions);
          wanted[count++] = row;
        }
      }
      for (int query = 0; query < queries.length; query += QUERIES) {
        int last = queries.length - 1;
        float[] a = queries[query];
        float[] b = queries[Math.min(last, query + 1)];
        float[] c = queries[Math.min(last, query + 2)];
        float[] d = queries[Math.min(last, query + 3)];
        for (int i = 0; i < count; i += PAIR) {
          score(i * dimensions, a, b, c, d);
          for (int row = 0; row < Math.min(PAIR, count - i); row++) {
            offer(wanted[i + row], row * QUERIES, query);
          }
        }
      }
    }

    private boolean isWanted(int row) {
      for (BitSet set : sets) {
        if (set.get(row)) {
          return true;
        }
      }
      return false;
    }

    private void offer(int row, int at, int query) {
      for (int set = 0; set < sets.size(); set++) {
        if (sets.get(set).get(row)) {
          Nearest[] each = best.get(set);
          for (int i = 0; i < Math.min(QUERIES, queries.length - query); i++) {
            each[query + i].offer(scores[at + i], row);
          }
        }
      }
    }

    /** The row behind the last of a block is whatever was there: its scores are not looked at. */
    private void score(int at, float[] a, float[] b, float[] c, float[] d) {
      int below = at + dimensions;
      FloatVector a0 = FloatVector.zero(LANES);
      FloatVector b0 = a0;
      FloatVector c0 = a0;
      FloatVector d0 = a0;
      FloatVector a1 = a0;
      FloatVector b1 = a0;
      FloatVector c1 = a0;
      FloatVector d1 = a0;
      int i = 0;
      for (; i + WIDTH <= dimensions; i += WIDTH) {
        FloatVector row0 = FloatVector.fromArray(LANES, block, at + i);
        FloatVector row1 = FloatVector.fromArray(LANES, block, below + i);
        FloatVector query = FloatVector.fromArray(LANES, a, i);
        a0 = query.fma(row0, a0);
        a1 = query.fma(row1, a1);
        query = FloatVector.fromArray(LANES, b, i);
        b0 = query.fma(row0, b0);
        b1 = query.fma(row1, b1);
        query = FloatVector.fromArray(LANES, c, i);
        c0 = query.fma(row0, c0);
        c1 = query.fma(row1, c1);
        query = FloatVector.fromArray(LANES, d, i);
        d0 = query.fma(row0, d0);
        d1 = query.fma(row1, d1);
      }
      scores[0] = a0.reduceLanes(VectorOperators.ADD) + rest(at, a, i);
      scores[1] = b0.reduceLanes(VectorOperators.ADD) + rest(at, b, i);
      scores[2] = c0.reduceLanes(VectorOperators.ADD) + rest(at, c, i);
      scores[3] = d0.reduceLanes(VectorOperators.ADD) + rest(at, d, i);
      scores[QUERIES] = a1.reduceLanes(VectorOperators.ADD) + rest(below, a, i);
      scores[QUERIES + 1] = b1.reduceLanes(VectorOperators.ADD) + rest(below, b, i);
      scores[QUERIES + 2] = c1.reduceLanes(VectorOperators.ADD) + rest(below, c, i);
      scores[QUERIES + 3] = d1.reduceLanes(VectorOperators.ADD) + rest(below, d, i);
    }

    private float rest(int at, float[] query, int from) {
      float sum = 0;
      for (int i = from; i < dimensions; i++) {
        sum += block[at + i] * query[i];
      }
      return sum;
    }
  }
}
