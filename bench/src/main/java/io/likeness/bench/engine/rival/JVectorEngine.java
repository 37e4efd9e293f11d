package io.likeness.bench.engine.rival;

import io.github.jbellis.jvector.disk.ReaderSupplier;
import io.github.jbellis.jvector.disk.ReaderSupplierFactory;
import io.github.jbellis.jvector.disk.SimpleWriter;
import io.github.jbellis.jvector.graph.GraphIndexBuilder;
import io.github.jbellis.jvector.graph.GraphSearcher;
import io.github.jbellis.jvector.graph.ImmutableGraphIndex;
import io.github.jbellis.jvector.graph.ListRandomAccessVectorValues;
import io.github.jbellis.jvector.graph.RandomAccessVectorValues;
import io.github.jbellis.jvector.graph.SearchResult;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndex;
import io.github.jbellis.jvector.graph.disk.OnDiskGraphIndexWriter;
import io.github.jbellis.jvector.graph.disk.feature.Feature;
import io.github.jbellis.jvector.graph.disk.feature.FeatureId;
import io.github.jbellis.jvector.graph.disk.feature.FusedPQ;
import io.github.jbellis.jvector.graph.disk.feature.InlineVectors;
import io.github.jbellis.jvector.graph.similarity.BuildScoreProvider;
import io.github.jbellis.jvector.graph.similarity.DefaultSearchScoreProvider;
import io.github.jbellis.jvector.graph.similarity.ScoreFunction;
import io.github.jbellis.jvector.quantization.KMeansPlusPlusClusterer;
import io.github.jbellis.jvector.quantization.PQVectors;
import io.github.jbellis.jvector.quantization.ProductQuantization;
import io.github.jbellis.jvector.util.Bits;
import io.github.jbellis.jvector.vector.VectorSimilarityFunction;
import io.github.jbellis.jvector.vector.VectorizationProvider;
import io.github.jbellis.jvector.vector.types.VectorFloat;
import io.github.jbellis.jvector.vector.types.VectorTypeSupport;
import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Subset;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ForkJoinPool;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * JVector's own searcher over its own files, vectors inline. The graph is built once with exact
 * scores and written in both forms, which therefore share a folder.
 */
final class JVectorEngine implements Engine {

  /** Where the codes lie that lead the walk. */
  enum Form {
    /** Product quantisation in memory. */
    PQ,
    /** Beside each node's links, on disk. */
    FUSED
  }

  private static final int DEGREE = 32;
  private static final int BEAM = 100;
  private static final float OVERFLOW = 1.2f;
  private static final float ALPHA = 1.2f;
  private static final int SUBSPACES = 64;
  private static final int CLUSTERS = 256;
  private static final int EFFORT_MOST = 1_024;
  private static final VectorSimilarityFunction SIMILARITY = VectorSimilarityFunction.DOT_PRODUCT;

  private static final String PLAIN_GRAPH = "inline.graph";
  private static final String FUSED_GRAPH = "fused.graph";
  private static final String CODES = "pq.codes";

  private final Form form;
  private Bits wanted = Bits.ALL;
  private @Nullable Opened opened;

  private record Opened(
      Path folder,
      DataSet data,
      ReaderSupplier supplier,
      OnDiskGraphIndex graph,
      GraphSearcher searcher,
      @Nullable PQVectors codes) {}

  JVectorEngine(Form form) {
    this.form = form;
  }

  private static VectorTypeSupport types() {
    return VectorizationProvider.getInstance().getVectorTypeSupport();
  }

  @Override
  public String version() {
    return "jvector-4.0.2-degree%d-beam%d-pq%d-1".formatted(DEGREE, BEAM, SUBSPACES);
  }

  // ---- Building ----

  @Override
  public void build(Path folder, DataSet data) throws IOException {
    int dimensions = data.base().dimensions();
    if (data.base().count() < CLUSTERS) {
      throw new IOException(
          "JVector's product quantisation needs %d rows, there are %d"
              .formatted(CLUSTERS, data.base().count()));
    }
    List<VectorFloat<?>> rows = new ArrayList<>(data.base().count());
    for (int row = 0; row < data.base().count(); row++) {
      rows.add(types().createFloatVector(data.base().row(row)));
    }
    RandomAccessVectorValues values = new ListRandomAccessVectorValues(rows, dimensions);
    try (ForkJoinPool pool = new ForkJoinPool(Runtime.getRuntime().availableProcessors());
        GraphIndexBuilder builder =
            new GraphIndexBuilder(
                BuildScoreProvider.randomAccessScoreProvider(values, SIMILARITY),
                dimensions,
                DEGREE,
                BEAM,
                OVERFLOW,
                ALPHA,
                true,
                true,
                pool,
                pool)) {
      ImmutableGraphIndex graph = builder.build(values);
      ProductQuantization quantiser =
          ProductQuantization.compute(
              values,
              Math.min(SUBSPACES, dimensions),
              CLUSTERS,
              false,
              KMeansPlusPlusClusterer.UNWEIGHTED,
              pool,
              pool);
      PQVectors codes = quantiser.encodeAll(values, pool);
      try (SimpleWriter writer = new SimpleWriter(folder.resolve(CODES))) {
        codes.write(writer);
      }
      write(folder.resolve(PLAIN_GRAPH), graph, values, null);
      write(folder.resolve(FUSED_GRAPH), graph, values, codes);
    }
  }

  /** With the codes of its neighbours in each node where they are given. */
  private static void write(
      Path file,
      ImmutableGraphIndex graph,
      RandomAccessVectorValues values,
      @Nullable PQVectors codes)
      throws IOException {
    var builder = new OnDiskGraphIndexWriter.Builder(graph, file);
    builder.with(new InlineVectors(values.dimension()));
    Map<FeatureId, IntFunction<Feature.State>> states = new EnumMap<>(FeatureId.class);
    states.put(FeatureId.INLINE_VECTORS, node -> new InlineVectors.State(values.getVector(node)));
    try (ImmutableGraphIndex.View view = graph.getView()) {
      if (codes != null) {
        builder.with(new FusedPQ(graph.maxDegree(), codes.getCompressor()));
        states.put(FeatureId.FUSED_PQ, node -> new FusedPQ.State(view, codes, node));
      }
      try (OnDiskGraphIndexWriter writer = builder.build()) {
        writer.write(states);
      }
    }
  }

  // ---- Searching ----

  @Override
  public void open(Path folder, DataSet data) throws IOException {
    if (VectorizationProvider.getInstance().getClass().getSimpleName().startsWith("Default")) {
      throw new IOException("JVector runs without vector instructions: no fair comparison");
    }
    PQVectors codes = null;
    if (form == Form.PQ) {
      try (ReaderSupplier supplier = ReaderSupplierFactory.open(folder.resolve(CODES))) {
        codes = PQVectors.load(supplier.get());
      }
    }
    ReaderSupplier supplier = ReaderSupplierFactory.open(folder.resolve(graphFile()));
    OnDiskGraphIndex graph = OnDiskGraphIndex.load(supplier);
    opened = new Opened(folder, data, supplier, graph, new GraphSearcher(graph), codes);
  }

  private String graphFile() {
    return switch (form) {
      case PQ -> PLAIN_GRAPH;
      case FUSED -> FUSED_GRAPH;
    };
  }

  private Opened opened() {
    if (opened == null) {
      throw new IllegalStateException("not open");
    }
    return opened;
  }

  @Override
  public void restrict(Subset subset) {
    if (subset == Subset.ALL) {
      wanted = Bits.ALL;
    } else {
      BitSet members = opened().data().members(subset);
      wanted = members::get;
    }
  }

  @Override
  public int[] search(float[] query, int k, int effort) {
    Opened now = opened();
    VectorFloat<?> vector = types().createFloatVector(query);
    var view = (OnDiskGraphIndex.View) now.searcher().getView();
    ScoreFunction.ApproximateScoreFunction rough =
        now.codes() == null
            ? view.approximateScoreFunctionFor(vector, SIMILARITY)
            : now.codes().precomputedScoreFunctionFor(vector, SIMILARITY);
    ScoreFunction.ExactScoreFunction exact = view.rerankerFor(vector, SIMILARITY);
    SearchResult found =
        now.searcher()
            .search(
                new DefaultSearchScoreProvider(rough, exact), k, Math.max(k, effort), 0, 0, wanted);
    SearchResult.NodeScore[] nodes = found.getNodes();
    int[] ordinals = new int[nodes.length];
    for (int i = 0; i < nodes.length; i++) {
      ordinals[i] = nodes[i].node;
    }
    return ordinals;
  }

  @Override
  public int[] efforts(int k) {
    return Engines.ladder(k, EFFORT_MOST);
  }

  @Override
  public long bytesOnDisk() throws IOException {
    Path folder = opened().folder();
    long codes = form == Form.PQ ? Files.size(folder.resolve(CODES)) : 0;
    return Files.size(folder.resolve(graphFile())) + codes;
  }

  @Override
  public Path files() {
    return opened().folder();
  }

  @Override
  public void close() throws IOException {
    if (opened != null) {
      opened.searcher().close();
      opened.graph().close();
      // The graph leaves its files mapped.
      try {
        opened.supplier().close();
      } finally {
        opened = null;
      }
    }
  }
}
