package io.likeness.shard.index;

import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.likeness.bench.engine.data.Generator;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The loops a search of vectors spends its time in, over generated rows. What is called {@code
 * Near} stays in the cache, what is called {@code Far} comes from memory in random order, as rows
 * do on a walk. In this package, because the loops are nobody else's business.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class IndexLoops {

  private static final int MANY = 1_024;
  private static final int FEW = 8;
  private static final int EFFORT = 64;
  private static final int DEGREE = 32;
  private static final int BEAM = 100;
  private static final int MARGIN = 10;

  @Param("20000")
  public int rows;

  @Param("512")
  public int dimensions;

  @Param("64")
  public int codeBytes;

  private final Deadline never = new Deadline(System.nanoTime() + Long.MAX_VALUE / 2);
  private final int[] order = new int[MANY];
  private @Nullable Made made;
  private int turn;

  /** Everything the loops read. */
  private record Made(
      Arena arena,
      MemorySegment values,
      float[][] queries,
      Bf16Scores halves,
      Codec codec,
      GraphFile graph,
      Codes.Scorer scorer,
      Scratch scratch) {}

  @Setup(Level.Trial)
  public void make() throws IOException {
    Arena arena = Arena.ofShared();
    Generator generator = new Generator(dimensions, Generator.SEED);
    MemorySegment values = arena.allocate((long) rows * dimensions * Float.BYTES, 64);
    float[] row = new float[dimensions];
    for (int i = 0; i < rows; i++) {
      generator.rows(Generator.Kind.BASE, i, 1, row, new int[1]);
      MemorySegment.copy(row, 0, values, RowFile.FLOAT, offset(i), dimensions);
    }
    float[][] queries = new float[FEW][dimensions];
    for (int i = 0; i < FEW; i++) {
      generator.rows(Generator.Kind.QUERY, i, 1, queries[i], new int[1]);
    }
    Generated block = new Generated(values, rows, dimensions);
    Bf16Scores halves = new Bf16Scores(block::copyTo, rows, dimensions, arena);
    Codec codec =
        Codec.learn(
            block, Projection.learn(block, dimensions, Codec.directionsMax(codeBytes)), codeBytes);
    GraphFile graph = graph(block, halves, codec, arena);
    Codes.Scorer scorer = graph.codes().scorer(queries[0]);
    made = new Made(arena, values, queries, halves, codec, graph, scorer, Scratch.own());
    Random random = new Random(1);
    for (int i = 0; i < MANY; i++) {
      order[i] = random.nextInt(rows);
    }
  }

  private GraphFile graph(Generated block, Bf16Scores halves, Codec codec, Arena arena)
      throws IOException {
    ForkJoinPool pool = ForkJoinPool.commonPool();
    try (GraphIndexBuilder builder =
        new GraphIndexBuilder(
            halves, halves.dimensions(), DEGREE, BEAM, 1.2f, 1.2f, true, false, pool, pool)) {
      int[] vids = new int[rows];
      for (int node = 0; node < rows; node++) {
        vids[node] = node;
        builder.addGraphNode(node, halves.searchProviderFor(node));
      }
      builder.cleanup();
      return GraphFile.make(builder.getGraph(), vids, block, codec, arena);
    }
  }

  @TearDown(Level.Trial)
  public void free() {
    made().arena().close();
  }

  private Made made() {
    if (made == null) {
      throw new IllegalStateException("not set up");
    }
    return made;
  }

  private long offset(int row) {
    return (long) row * dimensions * Float.BYTES;
  }

  // ---- Scores ----

  @Benchmark
  @OperationsPerInvocation(MANY)
  public float dotNear() {
    Made m = made();
    float sum = 0;
    for (int i = 0; i < MANY; i++) {
      sum += Dots.dot(m.values(), offset(i % FEW), m.queries()[0]);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public float dotFar() {
    Made m = made();
    float sum = 0;
    for (int row : nextOrder()) {
      sum += Dots.dot(m.values(), offset(row), m.queries()[0]);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public float halvesNear() {
    Made m = made();
    float sum = 0;
    for (int i = 0; i < MANY; i++) {
      sum += m.halves().dot(i % FEW, FEW);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public float halvesFar() {
    Made m = made();
    float sum = 0;
    for (int row : nextOrder()) {
      sum += m.halves().dot(row, 0);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public float codeNear() {
    Made m = made();
    float sum = 0;
    for (int i = 0; i < MANY; i++) {
      sum += m.scorer().score(i % FEW);
    }
    return sum;
  }

  /** In order of rows, as a scan reads them. */
  @Benchmark
  @OperationsPerInvocation(MANY)
  public float codeScan() {
    Made m = made();
    int from = Math.floorMod(turn++ * MANY, Math.max(1, rows - MANY));
    float sum = 0;
    for (int i = 0; i < MANY; i++) {
      sum += m.scorer().score(from + i);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(MANY)
  public float codeFar() {
    Made m = made();
    float sum = 0;
    for (int row : nextOrder()) {
      sum += m.scorer().score(row);
    }
    return sum;
  }

  /** Other rows each time, or they would be in the cache. */
  private int[] nextOrder() {
    int step = 1 + turn++ % MARGIN;
    for (int i = 0; i < MANY; i++) {
      order[i] = Math.floorMod(order[i] * 31 + step, rows);
    }
    return order;
  }

  // ---- Parts of a search ----

  /** From a vector to what codes are multiplied with. */
  @Benchmark
  public Codec.Query codeQuery() {
    Made m = made();
    return m.codec().query(m.queries()[turn++ & (FEW - 1)]);
  }

  /** From a vector to the rows nearest by their codes. */
  @Benchmark
  public int walk() {
    Made m = made();
    float[] query = m.queries()[turn++ & (FEW - 1)];
    Codec.Query coded = m.codec().query(query);
    GraphWalk walk = new GraphWalk(m.graph(), m.graph().codes().scorer(coded), m.scratch(), never);
    walk.run(m.graph().start(coded), row -> true, EFFORT, Float.NEGATIVE_INFINITY);
    return m.scratch().frontier.size();
  }

  /** What a walk offers its frontier: scores that rise at first and then hardly. */
  @Benchmark
  @OperationsPerInvocation(MANY)
  public int frontier() {
    Frontier frontier = made().scratch().frontier;
    frontier.reset(EFFORT);
    for (int i = 0; i < MANY; i++) {
      float score = (i * 0x9e3779b9 >>> 8) * 0x1p-24f;
      if (score > frontier.bound()) {
        frontier.offer(score, i, true);
      }
    }
    return frontier.size();
  }

  /** Rows of the generator, none of them coded. */
  private record Generated(MemorySegment values, int rows, int dimensions) implements RowBlock {

    @Override
    public int firstVid() {
      return 0;
    }

    @Override
    public int endVid() {
      return rows;
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
      return Dots.dot(values, (long) row * dimensions * Float.BYTES, query);
    }

    @Override
    public void copyTo(int row, float[] target) {
      long at = (long) row * dimensions * Float.BYTES;
      MemorySegment.copy(values, RowFile.FLOAT, at, target, 0, dimensions);
    }

    @Override
    public @Nullable Codes codes() {
      return null;
    }
  }
}
