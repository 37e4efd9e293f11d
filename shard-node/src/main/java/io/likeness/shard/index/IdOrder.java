package io.likeness.shard.index;

import io.likeness.wire.Filter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.MultiBits;
import org.apache.lucene.index.MultiTerms;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.BooleanClause.Occur;
import org.apache.lucene.search.BooleanQuery;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.search.Sort;
import org.apache.lucene.search.SortField;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;

/**
 * Images in order of id. Without a filter the dictionary of ids is walked from the cursor on, which
 * costs what the page costs; with one, the matches are collected and the smallest ids kept.
 */
final class IdOrder {

  private static final int TERMS_PER_CHECK = 1024;

  record Entry(String id, ImageDocs.Held held) {}

  private final DirectoryReader reader;

  IdOrder(DirectoryReader reader) {
    this.reader = reader;
  }

  /** Empty: the deadline passed first. {@code after} is not part of the list. */
  Optional<List<Entry>> list(String after, Filter filter, int limit, Deadline deadline)
      throws IOException {
    if (limit == 0) {
      return Optional.of(List.of());
    }
    return Filters.matchesAll(filter)
        ? walk(after, limit, deadline)
        : collect(after, Filters.query(filter), limit, deadline);
  }

  private Optional<List<Entry>> walk(String after, int limit, Deadline deadline)
      throws IOException {
    List<Entry> page = new ArrayList<>();
    Terms terms = MultiTerms.getTerms(reader, ImageDocs.ID);
    if (terms == null) {
      return Optional.of(page);
    }
    Bits live = MultiBits.getLiveDocs(reader);
    StoredFields fields = reader.storedFields();
    TermsEnum cursor = terms.iterator();
    BytesRef last = new BytesRef(after);
    TermsEnum.SeekStatus status = cursor.seekCeil(last);
    BytesRef term = status == TermsEnum.SeekStatus.END ? null : cursor.term();
    if (status == TermsEnum.SeekStatus.FOUND) {
      term = cursor.next();
    }
    PostingsEnum docs = null;
    for (int seen = 1; term != null && page.size() < limit; term = cursor.next(), seen++) {
      docs = cursor.postings(docs, PostingsEnum.NONE);
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (live == null || live.get(doc)) {
          ImageDocs.Held held = ImageDocs.held(fields, doc);
          if (held.state().exists()) {
            page.add(new Entry(term.utf8ToString(), held));
          }
          break;
        }
      }
      if (seen % TERMS_PER_CHECK == 0 && deadline.hasPassed()) {
        return Optional.empty();
      }
    }
    return Optional.of(page);
  }

  private Optional<List<Entry>> collect(String after, Query query, int limit, Deadline deadline)
      throws IOException {
    Query wanted = query;
    if (!after.isEmpty()) {
      wanted =
          new BooleanQuery.Builder()
              .add(query, Occur.FILTER)
              .add(
                  SortedDocValuesField.newSlowRangeQuery(
                      ImageDocs.ID, new BytesRef(after), null, false, true),
                  Occur.FILTER)
              .build();
    }
    // A searcher of its own: the timeout is the searcher's, and other searches have other
    // deadlines.
    IndexSearcher searcher = new IndexSearcher(reader);
    searcher.setTimeout(deadline::hasPassed);
    ScoreDoc[] docs =
        searcher.search(
                wanted,
                Math.max(1, Math.min(limit, reader.maxDoc())),
                new Sort(new SortField(ImageDocs.ID, SortField.Type.STRING)))
            .scoreDocs;
    if (searcher.timedOut()) {
      return Optional.empty();
    }
    List<Entry> page = new ArrayList<>(docs.length);
    StoredFields fields = reader.storedFields();
    for (ScoreDoc doc : docs) {
      page.add(new Entry(idOf(doc.doc), ImageDocs.held(fields, doc.doc)));
    }
    return Optional.of(page);
  }

  private String idOf(int doc) throws IOException {
    List<LeafReaderContext> leaves = reader.leaves();
    LeafReaderContext leaf = leaves.get(ReaderUtil.subIndex(doc, leaves));
    SortedDocValues ids = DocValues.getSorted(leaf.reader(), ImageDocs.ID);
    if (!ids.advanceExact(doc - leaf.docBase)) {
      throw new CorruptShardException("document " + doc + " has no id");
    }
    return ids.lookupOrd(ids.ordValue()).utf8ToString();
  }
}
