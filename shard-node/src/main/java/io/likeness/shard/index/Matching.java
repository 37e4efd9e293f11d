package io.likeness.shard.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.FixedBitSet;
import org.roaringbitmap.BatchIterator;
import org.roaringbitmap.BitSetUtil;
import org.roaringbitmap.RoaringBitmap;
import org.roaringbitmap.RoaringBitmapWriter;

/**
 * Who fulfils a condition in one view. Lucene answers the leaves, segment by segment; they are put
 * together as bitmaps of documents. NOT is a complement within the images that exist: as a clause
 * of a Lucene query it would walk all of them, at 40 times the cost. Which documents are still
 * alive is looked at last, so everything before can be kept ({@link FilterCache}).
 */
final class Matching {

  private static final int BATCH = 256;
  private static final int DOCS_PER_CHECK = 1 << 16;

  /** Fewer than one in so many documents: taken one by one. */
  private static final int SPARSE = 32;

  /** Never leaves this class. */
  private static final class LateException extends Exception {
    private static final long serialVersionUID = 1L;

    LateException() {
      super("the deadline passed", null, false, false);
    }
  }

  private final IndexSearcher searcher;
  private final FilterCache cache;
  private final Deadline deadline;
  private final Map<FilterKey, Weight> weights = new HashMap<>();

  Matching(IndexSearcher searcher, FilterCache cache, Deadline deadline) {
    this.searcher = searcher;
    this.cache = cache;
    this.deadline = deadline;
  }

  /** The vector ids of those alive; not to be changed. Empty: late. */
  Optional<VidSet> vids(Condition condition, int endVid) throws IOException {
    Optional<VidSet> kept = cache.vids(searcher.getIndexReader(), condition.key());
    if (kept.isPresent()) {
      return kept;
    }
    VidSet vids = new VidSet(endVid);
    try {
      for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
        addVids(leaf, docs(condition, leaf), vids);
      }
    } catch (LateException late) {
      return Optional.empty();
    }
    cache.offer(searcher.getIndexReader(), condition.key(), vids);
    return Optional.of(vids);
  }

  /**
   * Documents, segment by segment.
   *
   * @param docs deleted ones included; not to be changed
   * @param alive how many of them are not deleted
   */
  record Documents(List<RoaringBitmap> docs, long alive) {}

  /** Empty: late. */
  Optional<Documents> documents(Condition condition) throws IOException {
    List<RoaringBitmap> all = new ArrayList<>();
    long alive = 0;
    try {
      for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
        RoaringBitmap docs = docs(condition, leaf);
        all.add(docs);
        alive += count(docs, leaf.reader());
      }
    } catch (LateException late) {
      return Optional.empty();
    }
    return Optional.of(new Documents(all, alive));
  }

  private static long count(RoaringBitmap docs, LeafReader leaf) {
    Bits live = leaf.getLiveDocs();
    if (live == null || docs.isEmpty()) {
      return docs.getLongCardinality();
    }
    long sum = 0;
    int[] batch = new int[BATCH];
    BatchIterator each = docs.getBatchIterator();
    while (each.hasNext()) {
      int count = each.nextBatch(batch);
      for (int i = 0; i < count; i++) {
        sum += live.get(batch[i]) ? 1 : 0;
      }
    }
    return sum;
  }

  // ---- Documents of one segment ----

  private RoaringBitmap docs(Condition condition, LeafReaderContext leaf)
      throws IOException, LateException {
    if (condition instanceof Condition.Nothing) {
      return new RoaringBitmap();
    }
    Optional<RoaringBitmap> kept = cache.docs(leaf, condition.key());
    if (kept.isPresent()) {
      return kept.get();
    }
    if (deadline.hasPassed()) {
      throw new LateException();
    }
    RoaringBitmap found =
        switch (condition) {
          case Condition.All all -> ask(EXISTING, leaf);
          case Condition.Nothing nothing -> new RoaringBitmap();
          case Condition.Leaf asked -> ask(asked, leaf);
          case Condition.AllOf all -> allOf(all.parts(), leaf);
          case Condition.AnyOf any -> anyOf(any.parts(), leaf);
          case Condition.NoneOf none ->
              RoaringBitmap.andNot(docs(Condition.ALL, leaf), docs(none.part(), leaf));
        };
    cache.offer(leaf, condition.key(), found);
    return found;
  }

  private static final Condition.Leaf EXISTING =
      new Condition.Leaf(Filters.EXISTING, Condition.ALL.key());

  /** What must not be is taken away from what must, so its complement is never made. */
  private RoaringBitmap allOf(List<Condition> parts, LeafReaderContext leaf)
      throws IOException, LateException {
    List<RoaringBitmap> wanted = new ArrayList<>();
    List<Condition> unwanted = new ArrayList<>();
    for (Condition part : parts) {
      if (part instanceof Condition.NoneOf none) {
        unwanted.add(none.part());
      } else {
        wanted.add(docs(part, leaf));
      }
    }
    if (wanted.isEmpty()) {
      wanted.add(docs(Condition.ALL, leaf));
    }
    wanted.sort(Comparator.comparingLong(RoaringBitmap::getLongCardinality));
    RoaringBitmap both = wanted.getFirst().clone();
    for (int i = 1; i < wanted.size() && !both.isEmpty(); i++) {
      both.and(wanted.get(i));
    }
    for (int i = 0; i < unwanted.size() && !both.isEmpty(); i++) {
      both.andNot(docs(unwanted.get(i), leaf));
    }
    return both;
  }

  private RoaringBitmap anyOf(List<Condition> parts, LeafReaderContext leaf)
      throws IOException, LateException {
    RoaringBitmap any = new RoaringBitmap();
    for (Condition part : parts) {
      any.or(docs(part, leaf));
    }
    return any;
  }

  private RoaringBitmap ask(Condition.Leaf asked, LeafReaderContext leaf)
      throws IOException, LateException {
    Weight weight = weights.get(asked.key());
    if (weight == null) {
      weight =
          searcher.createWeight(searcher.rewrite(asked.query()), ScoreMode.COMPLETE_NO_SCORES, 1);
      weights.put(asked.key(), weight);
    }
    Scorer scorer = weight.scorer(leaf);
    if (scorer == null) {
      return new RoaringBitmap();
    }
    DocIdSetIterator docs = scorer.iterator();
    return docs.cost() > leaf.reader().maxDoc() / SPARSE
        ? many(docs, leaf.reader().maxDoc())
        : few(docs);
  }

  private RoaringBitmap few(DocIdSetIterator docs) throws IOException, LateException {
    RoaringBitmapWriter<RoaringBitmap> found = RoaringBitmapWriter.writer().get();
    int untilCheck = RowBlock.ROWS_PER_CHECK;
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      found.add(doc);
      if (--untilCheck == 0) {
        if (deadline.hasPassed()) {
          throw new LateException();
        }
        untilCheck = RowBlock.ROWS_PER_CHECK;
      }
    }
    return found.get();
  }

  /** Lucene hands over whole words where it has them. */
  private RoaringBitmap many(DocIdSetIterator docs, int maxDoc) throws IOException, LateException {
    FixedBitSet bits = new FixedBitSet(maxDoc);
    docs.nextDoc();
    for (int end = DOCS_PER_CHECK; docs.docID() < maxDoc; end += DOCS_PER_CHECK) {
      docs.intoBitSet(Math.min(end, maxDoc), bits, 0);
      if (deadline.hasPassed()) {
        throw new LateException();
      }
    }
    return BitSetUtil.bitmapOf(bits.getBits());
  }

  // ---- From documents to vector ids ----

  private void addVids(LeafReaderContext leaf, RoaringBitmap docs, VidSet vids)
      throws IOException, LateException {
    if (docs.isEmpty()) {
      return;
    }
    Optional<int[]> column = cache.vidColumn(leaf, () -> vidColumn(leaf.reader()));
    NumericDocValues values =
        column.isPresent() ? null : DocValues.getNumeric(leaf.reader(), ImageDocs.VID);
    int[] known = column.orElse(new int[0]);
    Bits live = leaf.reader().getLiveDocs();
    int[] batch = new int[BATCH];
    BatchIterator each = docs.getBatchIterator();
    while (each.hasNext()) {
      int count = each.nextBatch(batch);
      for (int i = 0; i < count; i++) {
        int doc = batch[i];
        if (live == null || live.get(doc)) {
          vids.add(values == null ? known[doc] : vid(values, doc));
        }
      }
      if (deadline.hasPassed()) {
        throw new LateException();
      }
    }
  }

  private static int vid(NumericDocValues values, int doc) throws IOException {
    if (!values.advanceExact(doc)) {
      throw new CorruptShardException("document " + doc + " exists but has no " + ImageDocs.VID);
    }
    return (int) values.longValue();
  }

  private static int[] vidColumn(LeafReader leaf) throws IOException {
    int[] vids = new int[leaf.maxDoc()];
    Arrays.fill(vids, ImageDocs.NO_VID);
    NumericDocValues values = DocValues.getNumeric(leaf, ImageDocs.VID);
    for (int doc = values.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = values.nextDoc()) {
      vids[doc] = (int) values.longValue();
    }
    return vids;
  }
}
