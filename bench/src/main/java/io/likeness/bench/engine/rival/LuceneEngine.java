package io.likeness.bench.engine.rival;

import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.data.Nearest;
import io.likeness.bench.engine.data.Subset;
import io.likeness.shard.index.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import org.apache.lucene.codecs.Codec;
import org.apache.lucene.codecs.KnnVectorsFormat;
import org.apache.lucene.codecs.lucene104.Lucene104Codec;
import org.apache.lucene.codecs.lucene104.Lucene104HnswScalarQuantizedVectorsFormat;
import org.apache.lucene.codecs.lucene99.Lucene99HnswVectorsFormat;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.KnnFloatVectorField;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.LogByteSizeMergePolicy;
import org.apache.lucene.index.Term;
import org.apache.lucene.index.VectorSimilarityFunction;
import org.apache.lucene.search.AcceptDocs;
import org.apache.lucene.search.ConstantScoreScorer;
import org.apache.lucene.search.ConstantScoreWeight;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.QueryVisitor;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.ScorerSupplier;
import org.apache.lucene.search.TopKnnCollector;
import org.apache.lucene.search.VectorScorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.BitSetIterator;
import org.apache.lucene.util.FixedBitSet;
import org.apache.lucene.util.Version;
import org.apache.lucene.util.quantization.QuantizedByteVectorValues.ScalarEncoding;
import org.jspecify.annotations.Nullable;

/**
 * Lucene's HNSW with its default parameters, merged into one segment, so that a document's number
 * is the row's. Without a filter the segment is asked directly, which spares Lucene the rewriting
 * of a query; with one, by {@code KnnFloatVectorQuery}, which knows when to search exactly.
 * Quantised forms look at the candidates once more in full precision.
 */
final class LuceneEngine implements Engine {

  /** How vectors are kept for the walk. */
  enum Form {
    FLOAT,
    INT8,
    ONE_BIT;

    KnnVectorsFormat format() {
      return switch (this) {
        case FLOAT -> new Lucene99HnswVectorsFormat(LINKS, BEAM);
        case INT8 ->
            new Lucene104HnswScalarQuantizedVectorsFormat(
                ScalarEncoding.UNSIGNED_BYTE, LINKS, BEAM);
        case ONE_BIT ->
            new Lucene104HnswScalarQuantizedVectorsFormat(
                ScalarEncoding.SINGLE_BIT_QUERY_NIBBLE, LINKS, BEAM);
      };
    }
  }

  private static final int LINKS = 16;
  private static final int BEAM = 100;
  private static final int BUFFER_MIB = 1_900;
  static final String FIELD = "v";

  private final Form form;
  private @Nullable Opened opened;

  private record Opened(
      Path folder,
      DataSet data,
      DirectoryReader reader,
      LeafReader leaf,
      IndexSearcher searcher,
      AcceptDocs all,
      @Nullable Query filter) {}

  LuceneEngine(Form form) {
    this.form = form;
  }

  @Override
  public String version() {
    return "lucene-%s-%s-m%d-beam%d-2".formatted(Version.LATEST, form, LINKS, BEAM);
  }

  static Codec codec(Form form) {
    return new Lucene104Codec() {
      @Override
      public KnnVectorsFormat getKnnVectorsFormatForField(String field) {
        return form.format();
      }
    };
  }

  /** A document: a number to find it by, and a vector. Used again for the next. */
  static final class Row {

    static final String NUMBER = "n";
    private static final String ID = "id";

    private final Document document = new Document();
    private final StringField id = new StringField(ID, "", Field.Store.NO);
    private final NumericDocValuesField number = new NumericDocValuesField(NUMBER, 0);
    private final KnnFloatVectorField vector;

    Row(int dimensions) {
      vector =
          new KnnFloatVectorField(
              FIELD, new float[dimensions], VectorSimilarityFunction.DOT_PRODUCT);
      document.add(id);
      document.add(number);
      document.add(vector);
    }

    static Term term(int number) {
      return new Term(ID, Integer.toString(number));
    }

    Document of(int row, float[] values) {
      id.setStringValue(Integer.toString(row));
      number.setLongValue(row);
      vector.setVectorValue(values);
      return document;
    }
  }

  @Override
  public void build(Path folder, DataSet data) throws IOException {
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(codec(form))
            // Merges neighbours only, so that documents keep their order.
            .setMergePolicy(new LogByteSizeMergePolicy())
            .setUseCompoundFile(false)
            .setRAMBufferSizeMB(BUFFER_MIB);
    try (FSDirectory directory = FSDirectory.open(folder);
        IndexWriter writer = new IndexWriter(directory, config)) {
      Row document = new Row(data.base().dimensions());
      for (int row = 0; row < data.base().count(); row++) {
        writer.addDocument(document.of(row, data.base().row(row)));
      }
      writer.forceMerge(1);
      writer.commit();
    }
  }

  @Override
  public void open(Path folder, DataSet data) throws IOException {
    DirectoryReader reader = DirectoryReader.open(FSDirectory.open(folder));
    if (reader.leaves().size() != 1 || reader.maxDoc() != data.base().count()) {
      throw new IOException(
          "%s has %d documents in %d segments, expected %d in one"
              .formatted(folder, reader.maxDoc(), reader.leaves().size(), data.base().count()));
    }
    LeafReader leaf = reader.leaves().getFirst().reader();
    IndexSearcher searcher = new IndexSearcher(reader);
    searcher.setQueryCache(null);
    AcceptDocs all = AcceptDocs.fromLiveDocs(null, leaf.maxDoc());
    opened = new Opened(folder, data, reader, leaf, searcher, all, null);
  }

  private Opened opened() {
    if (opened == null) {
      throw new IllegalStateException("not open");
    }
    return opened;
  }

  @Override
  public void restrict(Subset subset) {
    Opened now = opened();
    Query filter =
        subset == Subset.ALL
            ? null
            : new Members(now.data().members(subset), now.data().base().count());
    opened =
        new Opened(
            now.folder(), now.data(), now.reader(), now.leaf(), now.searcher(), now.all(), filter);
  }

  @Override
  public int[] search(float[] query, int k, int effort) throws IOException {
    Opened now = opened();
    int kept = Math.max(k, effort);
    ScoreDoc[] found;
    if (now.filter() == null) {
      TopKnnCollector collector = new TopKnnCollector(kept, Integer.MAX_VALUE);
      now.leaf().searchNearestVectors(FIELD, query, collector, now.all());
      found = collector.topDocs().scoreDocs;
    } else {
      KnnFloatVectorQuery wanted = new KnnFloatVectorQuery(FIELD, query, kept, now.filter());
      found = now.searcher().search(wanted, kept).scoreDocs;
    }
    if (form != Form.FLOAT) {
      return rescored(now.leaf(), query, k, found);
    }
    int[] ordinals = new int[Math.min(k, found.length)];
    for (int i = 0; i < ordinals.length; i++) {
      ordinals[i] = found[i].doc;
    }
    return ordinals;
  }

  private static int[] rescored(LeafReader leaf, float[] query, int k, ScoreDoc[] found)
      throws IOException {
    int[] docs = new int[found.length];
    for (int i = 0; i < docs.length; i++) {
      docs[i] = found[i].doc;
    }
    Arrays.sort(docs);
    VectorScorer scorer = leaf.getFloatVectorValues(FIELD).rescorer(query);
    DocIdSetIterator at = scorer.iterator();
    Nearest nearest = new Nearest(k);
    for (int doc : docs) {
      at.advance(doc);
      nearest.offer(scorer.score(), doc);
    }
    return nearest.ordinals();
  }

  @Override
  public int[] efforts(int k) {
    return Engines.ladder(k, form == Form.FLOAT ? 1_024 : 2_048);
  }

  @Override
  public long bytesOnDisk() throws IOException {
    return Disk.bytesBelow(opened().folder());
  }

  @Override
  public Path files() {
    return opened().folder();
  }

  @Override
  public void close() throws IOException {
    if (opened != null) {
      opened.reader().close();
      opened.reader().directory().close();
      opened = null;
    }
  }

  /** A filter that costs nothing to evaluate: its documents are known beforehand. */
  private static final class Members extends Query {

    private final FixedBitSet bits;
    private final int count;

    Members(BitSet members, int rows) {
      this.bits = new FixedBitSet(rows);
      members.stream().forEach(bits::set);
      this.count = members.cardinality();
    }

    @Override
    public Weight createWeight(IndexSearcher searcher, ScoreMode mode, float boost) {
      return new ConstantScoreWeight(this, boost) {
        @Override
        public ScorerSupplier scorerSupplier(LeafReaderContext context) {
          return ConstantScoreScorerSupplier.of(bits, count, score(), mode);
        }

        @Override
        public boolean isCacheable(LeafReaderContext context) {
          return false;
        }
      };
    }

    @Override
    public String toString(String field) {
      return "members(" + count + ")";
    }

    @Override
    public void visit(QueryVisitor visitor) {
      visitor.visitLeaf(this);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return this == other;
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  private static final class ConstantScoreScorerSupplier {

    private ConstantScoreScorerSupplier() {}

    static ScorerSupplier of(FixedBitSet bits, int count, float score, ScoreMode mode) {
      return new ScorerSupplier() {
        @Override
        public ConstantScoreScorer get(long leadCost) {
          return new ConstantScoreScorer(score, mode, new BitSetIterator(bits, count));
        }

        @Override
        public long cost() {
          return count;
        }
      };
    }
  }
}
