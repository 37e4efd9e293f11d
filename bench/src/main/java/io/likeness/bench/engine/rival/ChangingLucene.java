package io.likeness.bench.engine.rival;

import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.apache.lucene.index.ConcurrentMergeScheduler;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.KnnFloatVectorQuery;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.SearcherManager;
import org.apache.lucene.store.FSDirectory;

/** Lucene's HNSW over floats, with the merge policy it comes with. */
final class ChangingLucene implements Changing {

  private final FSDirectory directory;
  private final IndexWriter writer;
  private final ConcurrentMergeScheduler merges = new ConcurrentMergeScheduler();
  private final SearcherManager searchers;

  ChangingLucene(Path folder) throws IOException {
    directory = FSDirectory.open(folder);
    IndexWriterConfig config =
        new IndexWriterConfig()
            .setCodec(LuceneEngine.codec(LuceneEngine.Form.FLOAT))
            .setMergeScheduler(merges);
    writer = new IndexWriter(directory, config);
    searchers = new SearcherManager(writer, null);
  }

  @Override
  public void put(int number, float[] vector) throws IOException {
    LuceneEngine.Row row = new LuceneEngine.Row(vector.length);
    writer.updateDocument(LuceneEngine.Row.term(number), row.of(number, vector));
  }

  @Override
  public void remove(int number) throws IOException {
    Term term = LuceneEngine.Row.term(number);
    writer.deleteDocuments(term);
  }

  @Override
  public void show() throws IOException {
    searchers.maybeRefreshBlocking();
  }

  @Override
  public void commit() throws IOException {
    writer.commit();
  }

  @Override
  public void tidy() throws IOException {
    writer.maybeMerge();
    merges.sync();
    show();
  }

  @Override
  public void merge() throws IOException {
    writer.forceMerge(1);
  }

  @Override
  public int[] search(float[] query, int k, int effort) throws IOException {
    IndexSearcher searcher = searchers.acquire();
    try {
      int kept = Math.max(k, effort);
      ScoreDoc[] found =
          searcher.search(new KnnFloatVectorQuery(LuceneEngine.FIELD, query, kept), k).scoreDocs;
      int[] rows = new int[found.length];
      for (int i = 0; i < rows.length; i++) {
        LeafReaderContext leaf =
            searcher
                .getIndexReader()
                .leaves()
                .get(ReaderUtil.subIndex(found[i].doc, searcher.getIndexReader().leaves()));
        NumericDocValues numbers = leaf.reader().getNumericDocValues(LuceneEngine.Row.NUMBER);
        if (!numbers.advanceExact(found[i].doc - leaf.docBase)) {
          throw new IOException("document " + found[i].doc + " has no number");
        }
        rows[i] = (int) numbers.longValue();
      }
      return rows;
    } finally {
      searchers.release(searcher);
    }
  }

  @Override
  public OptionalInt ownEffort() {
    return OptionalInt.empty();
  }

  @Override
  public String state() throws IOException {
    IndexSearcher searcher = searchers.acquire();
    try {
      return "%,d documents, %d segments"
          .formatted(
              searcher.getIndexReader().numDocs(), searcher.getIndexReader().leaves().size());
    } finally {
      searchers.release(searcher);
    }
  }

  @Override
  public void close() throws IOException {
    searchers.close();
    writer.rollback();
    directory.close();
  }
}
