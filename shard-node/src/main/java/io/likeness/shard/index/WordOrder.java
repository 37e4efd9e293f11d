package io.likeness.shard.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.LongHeap;
import org.roaringbitmap.RoaringBitmap;

/**
 * Images in order of how well they fit words, equal ones by id. Every match is scored: a page costs
 * as much as there are matches, however deep it lies, and what comes after a place needs nothing
 * but that place.
 */
final class WordOrder {

  private static final int DOCS_PER_CHECK = 1 << 12;

  /** An image of the page. */
  record Entry(float score, String id, int doc) {}

  private record Candidate(float score, BytesRef id, LeafReaderContext leaf) {
    private static final Comparator<Candidate> ORDER =
        Comparator.comparingDouble((Candidate each) -> -each.score).thenComparing(Candidate::id);
  }

  private final IndexSearcher searcher;
  private final Deadline deadline;

  WordOrder(IndexSearcher searcher, Deadline deadline) {
    this.searcher = searcher;
    this.deadline = deadline;
  }

  /** The best of these documents. Empty: late. */
  Optional<List<Entry>> of(WordSearch words, List<RoaringBitmap> wanted, int limit)
      throws IOException {
    Query query = Words.anyOf(words.anyOf());
    Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE, 1);
    List<Candidate> best = new ArrayList<>();
    for (LeafReaderContext leaf : searcher.getLeafContexts()) {
      RoaringBitmap docs = wanted.get(leaf.ord);
      Scorer scorer = docs.isEmpty() || limit == 0 ? null : weight.scorer(leaf);
      if (scorer == null) {
        continue;
      }
      SortedDocValues ids = DocValues.getSorted(leaf.reader(), ImageDocs.ID);
      LongHeap heap = new LongHeap(Math.min(limit, docs.getCardinality()));
      if (!collect(scorer, leaf, docs, ids, words.after(), limit, heap)) {
        return Optional.empty();
      }
      while (heap.size() > 0) {
        long entry = heap.pop();
        BytesRef id = BytesRef.deepCopyOf(ids.lookupOrd(ordOf(entry)));
        best.add(new Candidate(scoreOf(entry), id, leaf));
      }
    }
    best.sort(Candidate.ORDER);
    List<Entry> page = new ArrayList<>();
    for (Candidate each : best.subList(0, Math.min(limit, best.size()))) {
      int doc = each.leaf().docBase + ImageDocs.find(each.leaf().reader(), each.id());
      page.add(new Entry(each.score(), each.id().utf8ToString(), doc));
    }
    return Optional.of(page);
  }

  /** False: late. */
  private boolean collect(
      Scorer scorer,
      LeafReaderContext leaf,
      RoaringBitmap wanted,
      SortedDocValues ids,
      Optional<WordSearch.Place> after,
      int limit,
      LongHeap heap)
      throws IOException {
    float scoreMax = after.map(WordSearch.Place::score).orElse(Float.POSITIVE_INFINITY);
    int tiedFrom = after.isEmpty() ? 0 : firstBehind(ids, after.get().imageId());
    Bits live = leaf.reader().getLiveDocs();
    DocIdSetIterator docs = scorer.iterator();
    int untilCheck = DOCS_PER_CHECK;
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if (--untilCheck == 0) {
        if (deadline.hasPassed()) {
          return false;
        }
        untilCheck = DOCS_PER_CHECK;
      }
      if ((live != null && !live.get(doc)) || !wanted.contains(doc)) {
        continue;
      }
      float score = scorer.score();
      if (score > scoreMax) {
        continue;
      }
      if (!ids.advanceExact(doc)) {
        throw new CorruptShardException("document " + (leaf.docBase + doc) + " has no id");
      }
      int ord = ids.ordValue();
      if (score == scoreMax && ord < tiedFrom) {
        continue;
      }
      long entry = entry(score, ord);
      if (heap.size() < limit) {
        heap.push(entry);
      } else if (entry > heap.top()) {
        heap.updateTop(entry);
      }
    }
    return true;
  }

  private static int firstBehind(SortedDocValues ids, String id) throws IOException {
    int ord = ids.lookupTerm(new BytesRef(id));
    return ord < 0 ? -ord - 1 : ord + 1;
  }

  // A score and the place of an id among those of its segment, in one long that is the greater the
  // earlier it comes. Scores are not negative, so their bits are in their order.

  private static long entry(float score, int ord) {
    return (long) Float.floatToIntBits(score) << 32 | (Integer.MAX_VALUE - ord);
  }

  private static float scoreOf(long entry) {
    return Float.intBitsToFloat((int) (entry >>> 32));
  }

  private static int ordOf(long entry) {
    return Integer.MAX_VALUE - (int) entry;
  }
}
