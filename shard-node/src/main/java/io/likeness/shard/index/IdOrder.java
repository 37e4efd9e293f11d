package io.likeness.shard.index;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.MultiTerms;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.apache.lucene.util.LongHeap;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.BatchIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * Images in order of id, in one of two ways. The dictionary of ids is walked from the cursor on,
 * passing over what does not match: this costs as much as the page is long, times the images there
 * are for each that matches. Or the matches are gone through and the smallest ids kept: this costs
 * as much as there are matches. The cheaper is taken.
 */
final class IdOrder {

  private static final int TERMS_PER_CHECK = 1024;
  private static final int BATCH = 256;

  /** A step through the dictionary takes as long as looking at so many matches, about. */
  private static final int MATCHES_PER_TERM = 25;

  /** An image and its document in the reader. */
  record Entry(String id, int doc) {}

  private final DirectoryReader reader;
  private final Deadline deadline;

  IdOrder(DirectoryReader reader, Deadline deadline) {
    this.reader = reader;
    this.deadline = deadline;
  }

  /**
   * Those among these documents. Empty: the deadline passed first. {@code after} is not part of the
   * list.
   */
  Optional<List<Entry>> of(Matching.Documents wanted, String after, int limit) throws IOException {
    if (wanted.alive() == 0) {
      return Optional.of(List.of());
    }
    double terms = (double) limit * reader.numDocs() / wanted.alive();
    return terms * MATCHES_PER_TERM < wanted.alive()
        ? walk(after, limit, wanted.docs())
        : collect(after, limit, wanted.docs());
  }

  // ---- Through the dictionary ----

  /** {@code wanted}: documents by segment. */
  private Optional<List<Entry>> walk(String after, int limit, List<RoaringBitmap> wanted)
      throws IOException {
    List<Entry> page = new ArrayList<>();
    Terms terms = MultiTerms.getTerms(reader, ImageDocs.ID);
    if (terms == null) {
      return Optional.of(page);
    }
    LiveDocs live = new LiveDocs(reader, wanted);
    TermsEnum cursor = terms.iterator();
    TermsEnum.SeekStatus status = cursor.seekCeil(new BytesRef(after));
    BytesRef term = status == TermsEnum.SeekStatus.END ? null : cursor.term();
    if (status == TermsEnum.SeekStatus.FOUND) {
      term = cursor.next();
    }
    PostingsEnum docs = null;
    for (int seen = 1; term != null && page.size() < limit; term = cursor.next(), seen++) {
      docs = cursor.postings(docs, PostingsEnum.NONE);
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (live.contains(doc)) {
          page.add(new Entry(term.utf8ToString(), doc));
          break;
        }
      }
      if (seen % TERMS_PER_CHECK == 0 && deadline.hasPassed()) {
        return Optional.empty();
      }
    }
    return Optional.of(page);
  }

  /** Documents of the whole reader that are alive and wanted. */
  private static final class LiveDocs {
    private final List<LeafReaderContext> leaves;
    private final List<RoaringBitmap> wanted;
    private final @Nullable Bits[] live;

    LiveDocs(DirectoryReader reader, List<RoaringBitmap> wanted) {
      this.leaves = reader.leaves();
      this.wanted = wanted;
      this.live = new Bits[leaves.size()];
      for (int i = 0; i < live.length; i++) {
        live[i] = leaves.get(i).reader().getLiveDocs();
      }
    }

    boolean contains(int doc) {
      int at = ReaderUtil.subIndex(doc, leaves);
      int local = doc - leaves.get(at).docBase;
      Bits alive = live[at];
      return (alive == null || alive.get(local)) && wanted.get(at).contains(local);
    }
  }

  // ---- Through the matches ----

  /** One segment's smallest ids, read one after the other. */
  private static final class Run implements Comparable<Run> {
    private final SortedDocValues ids;
    private final int docBase;
    private final long[] ordsAndDocs;
    private int at;
    private BytesRef id;

    Run(SortedDocValues ids, int docBase, long[] ordsAndDocs) throws IOException {
      this.ids = ids;
      this.docBase = docBase;
      this.ordsAndDocs = ordsAndDocs;
      this.id = lookUp();
    }

    private BytesRef lookUp() throws IOException {
      return BytesRef.deepCopyOf(ids.lookupOrd((int) (ordsAndDocs[at] >> 32)));
    }

    boolean next() throws IOException {
      if (++at == ordsAndDocs.length) {
        return false;
      }
      id = lookUp();
      return true;
    }

    int doc() {
      return docBase + (int) ordsAndDocs[at];
    }

    @Override
    public int compareTo(Run other) {
      return id.compareTo(other.id);
    }
  }

  private Optional<List<Entry>> collect(String after, int limit, List<RoaringBitmap> wanted)
      throws IOException {
    PriorityQueue<Run> runs = new PriorityQueue<>();
    BytesRef last = new BytesRef(after);
    for (LeafReaderContext leaf : reader.leaves()) {
      RoaringBitmap docs = wanted.get(leaf.ord);
      if (docs.isEmpty()) {
        continue;
      }
      SortedDocValues ids = DocValues.getSorted(leaf.reader(), ImageDocs.ID);
      int ord = ids.lookupTerm(last);
      long[] smallest = smallest(ids, ord < 0 ? -ord - 1 : ord + 1, docs, leaf, limit);
      if (smallest.length > 0) {
        runs.add(new Run(ids, leaf.docBase, smallest));
      }
      if (deadline.hasPassed()) {
        return Optional.empty();
      }
    }
    List<Entry> page = new ArrayList<>();
    while (page.size() < limit && !runs.isEmpty()) {
      Run run = runs.remove();
      page.add(new Entry(run.id.utf8ToString(), run.doc()));
      if (run.next()) {
        runs.add(run);
      }
    }
    return Optional.of(page);
  }

  /** Ordinal of the id and document, the smallest ids first; none before {@code from}. */
  private static long[] smallest(
      SortedDocValues ids, int from, RoaringBitmap docs, LeafReaderContext leaf, int limit)
      throws IOException {
    // Lucene's heap has its least on top: negated, that is the greatest, the one to go.
    LongHeap heap = new LongHeap(Math.min(limit, docs.getCardinality()));
    Bits live = leaf.reader().getLiveDocs();
    int[] batch = new int[BATCH];
    BatchIterator each = docs.getBatchIterator();
    while (each.hasNext()) {
      int count = each.nextBatch(batch);
      for (int i = 0; i < count; i++) {
        int doc = batch[i];
        if (live != null && !live.get(doc)) {
          continue;
        }
        if (!ids.advanceExact(doc)) {
          throw new CorruptShardException("document " + (leaf.docBase + doc) + " has no id");
        }
        int ord = ids.ordValue();
        if (ord < from) {
          continue;
        }
        long entry = -((long) ord << 32 | doc);
        if (heap.size() < limit) {
          heap.push(entry);
        } else if (entry > heap.top()) {
          heap.updateTop(entry);
        }
      }
    }
    long[] smallest = new long[heap.size()];
    for (int i = smallest.length - 1; i >= 0; i--) {
      smallest[i] = -heap.pop();
    }
    return smallest;
  }
}
