package io.likeness.shard.index;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.wire.EventVersion;
import io.likeness.wire.StoredImage;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;
import org.apache.lucene.document.Document;
import org.apache.lucene.document.DoublePoint;
import org.apache.lucene.document.Field;
import org.apache.lucene.document.NumericDocValuesField;
import org.apache.lucene.document.SortedDocValuesField;
import org.apache.lucene.document.StoredField;
import org.apache.lucene.document.StringField;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.index.PostingsEnum;
import org.apache.lucene.index.SortedDocValues;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Terms;
import org.apache.lucene.index.TermsEnum;
import org.apache.lucene.search.DocIdSetIterator;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.ScoreMode;
import org.apache.lucene.search.Scorer;
import org.apache.lucene.search.Weight;
import org.apache.lucene.util.Bits;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;
import org.roaringbitmap.IntIterator;
import org.roaringbitmap.RoaringBitmap;

/**
 * The Lucene half: one document per image of which anything is known, tombstones included. The
 * state is stored whole; what searches ask for stands beside it, and only in images that exist.
 */
final class ImageDocs {

  static final String ID = "id";
  static final String STATE = "state";
  static final String VID = "vid";
  // The version of the newest put, and the hash of its vector, without reading the state.
  static final String EPOCH_AND_PARTITION = "place";
  static final String OFFSET = "offset";
  static final String VECTOR_HASH = "hash";

  static final int NO_VID = -1;

  /** A state and the row of its vector; {@link #NO_VID} where the image does not exist. */
  record Held(ImageState state, int vid) {
    static final Held NOTHING = new Held(ImageState.UNKNOWN, NO_VID);
  }

  private ImageDocs() {}

  static Document document(String id, Held held) {
    ImageState state = held.state();
    Document document = new Document();
    document.add(new StringField(ID, id, Field.Store.NO));
    document.add(new SortedDocValuesField(ID, new BytesRef(id)));
    document.add(new StoredField(STATE, state.toStored(held.vid()).toByteArray()));
    if (state.exists()) {
      document.add(new StringField(Filters.EXISTS, "1", Field.Store.NO));
      document.add(new NumericDocValuesField(VID, held.vid()));
      document.add(new NumericDocValuesField(EPOCH_AND_PARTITION, place(state)));
      document.add(new NumericDocValuesField(OFFSET, state.added().offset()));
      state
          .picture()
          .ifPresent(
              picture ->
                  document.add(new NumericDocValuesField(VECTOR_HASH, picture.getVectorHash())));
      state
          .tags()
          .value()
          .getValuesMap()
          .forEach(
              (key, value) -> {
                document.add(new StringField(Filters.tagField(key), value, Field.Store.NO));
                document.add(
                    new SortedDocValuesField(Filters.groupField(key), new BytesRef(value)));
              });
      Words.addTo(document, state.text().value());
      state
          .numbers()
          .value()
          .getValuesMap()
          .forEach(
              (key, value) ->
                  document.add(new DoublePoint(Filters.numberField(key), Filters.plain(value))));
    }
    return document;
  }

  /** Of the newest put. */
  static long place(ImageState state) {
    return (long) state.added().epoch() << 32 | state.added().partition();
  }

  /** Finds one image by its id. */
  static Optional<Held> find(IndexReader reader, String id) throws IOException {
    BytesRef term = new BytesRef(id);
    for (LeafReaderContext leaf : reader.leaves()) {
      int doc = find(leaf.reader(), term);
      if (doc >= 0) {
        return Optional.of(held(leaf.reader().storedFields(), doc));
      }
    }
    return Optional.empty();
  }

  /** The live document of this id; -1 where the leaf has none. */
  static int find(LeafReader leaf, BytesRef id) throws IOException {
    Terms terms = leaf.terms(ID);
    if (terms == null) {
      return -1;
    }
    TermsEnum cursor = terms.iterator();
    return cursor.seekExact(id) ? liveDoc(leaf, cursor) : -1;
  }

  static int liveDoc(LeafReader leaf, TermsEnum at) throws IOException {
    Bits live = leaf.getLiveDocs();
    PostingsEnum docs = at.postings(null, PostingsEnum.NONE);
    for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
      if (live == null || live.get(doc)) {
        return doc;
      }
    }
    return -1;
  }

  static Held held(StoredFields fields, int doc) throws IOException {
    BytesRef bytes = fields.document(doc, Set.of(STATE)).getBinaryValue(STATE);
    try {
      StoredImage stored = StoredImage.parser().parseFrom(bytes.bytes, bytes.offset, bytes.length);
      return new Held(ImageState.of(stored), stored.getVid());
    } catch (InvalidProtocolBufferException e) {
      throw new CorruptShardException("state of document " + doc + " cannot be read", e);
    }
  }

  /** One leaf while its matching documents go by: columns are read on demand, in order of doc. */
  static final class Cursor {
    private final LeafReader leaf;
    private final int base;
    private final NumericDocValues vids;
    private final SortedDocValues ids;
    private final NumericDocValues places;
    private final NumericDocValues offsets;
    private final NumericDocValues hashes;
    private String tag = "";
    private @Nullable SortedDocValues groups;
    private int doc;

    Cursor(LeafReaderContext context) throws IOException {
      this.leaf = context.reader();
      this.base = context.docBase;
      this.vids = DocValues.getNumeric(leaf, VID);
      this.ids = DocValues.getSorted(leaf, ID);
      this.places = DocValues.getNumeric(leaf, EPOCH_AND_PARTITION);
      this.offsets = DocValues.getNumeric(leaf, OFFSET);
      this.hashes = DocValues.getNumeric(leaf, VECTOR_HASH);
    }

    int doc() {
      return base + doc;
    }

    int vid() throws IOException {
      return (int) column(vids, VID);
    }

    BytesRef idBytes() throws IOException {
      if (!ids.advanceExact(doc)) {
        throw new CorruptShardException("document " + doc() + " has no id");
      }
      return ids.lookupOrd(ids.ordValue());
    }

    long place() throws IOException {
      return column(places, EPOCH_AND_PARTITION);
    }

    long offset() throws IOException {
      return column(offsets, OFFSET);
    }

    long vectorHash() throws IOException {
      return column(hashes, VECTOR_HASH);
    }

    EventVersion version() throws IOException {
      long place = place();
      return EventVersion.newBuilder()
          .setEpoch((int) (place >>> 32))
          .setPartition((int) place)
          .setOffset(offset())
          .build();
    }

    /** The image's value of the tag, by which it is grouped; none where it does not carry it. */
    Optional<String> group(String wantedTag) throws IOException {
      SortedDocValues values = groups;
      if (values == null || !tag.equals(wantedTag)) {
        values = DocValues.getSorted(leaf, Filters.groupField(wantedTag));
        groups = values;
        tag = wantedTag;
      }
      return values.advanceExact(doc)
          ? Optional.of(values.lookupOrd(values.ordValue()).utf8ToString())
          : Optional.empty();
    }

    private long column(NumericDocValues values, String name) throws IOException {
      if (!values.advanceExact(doc)) {
        throw new CorruptShardException("document " + doc() + " exists but has no " + name);
      }
      return values.longValue();
    }
  }

  /** What to do with a matching document; false ends the visit. */
  interface Visitor {
    boolean visit(Cursor at) throws IOException;
  }

  /** Visits the images of these vectors, each of which must exist, in no order. */
  static void visitVids(IndexSearcher searcher, int[] vids, Visitor visitor) throws IOException {
    if (vids.length == 0) {
      return;
    }
    int met = 0;
    int[] docs = new int[vids.length];
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      VidDocs known = VidDocs.of(leaf);
      Bits live = leaf.reader().getLiveDocs();
      int here = 0;
      for (int vid : vids) {
        int doc = known.doc(vid);
        // An image whose attributes changed left its old document behind, with the same vid.
        if (doc >= 0 && (live == null || live.get(doc))) {
          docs[here++] = doc;
        }
      }
      if (here == 0) {
        continue;
      }
      Arrays.sort(docs, 0, here);
      Cursor cursor = new Cursor(leaf);
      for (int i = 0; i < here; i++) {
        cursor.doc = docs[i];
        if (!visitor.visit(cursor)) {
          return;
        }
      }
      met += here;
    }
    if (met != vids.length) {
      throw new IllegalStateException(
          vids.length + " vectors found, but " + met + " images refer to them");
    }
  }

  /** Visits those of these documents of a leaf that are alive. False: the visitor ended it. */
  static boolean visit(LeafReaderContext leaf, RoaringBitmap docs, Visitor visitor)
      throws IOException {
    Bits live = leaf.reader().getLiveDocs();
    Cursor cursor = new Cursor(leaf);
    for (IntIterator each = docs.getIntIterator(); each.hasNext(); ) {
      int doc = each.next();
      if (live == null || live.get(doc)) {
        cursor.doc = doc;
        if (!visitor.visit(cursor)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Visits the live documents that match, leaf by leaf. False: the visitor ended it. */
  static boolean visit(IndexSearcher searcher, Query query, Visitor visitor) throws IOException {
    Weight weight = searcher.createWeight(searcher.rewrite(query), ScoreMode.COMPLETE_NO_SCORES, 1);
    for (LeafReaderContext leaf : searcher.getIndexReader().leaves()) {
      Scorer scorer = weight.scorer(leaf);
      if (scorer == null) {
        continue;
      }
      Bits live = leaf.reader().getLiveDocs();
      Cursor cursor = new Cursor(leaf);
      DocIdSetIterator docs = scorer.iterator();
      for (int doc = docs.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = docs.nextDoc()) {
        if (live == null || live.get(doc)) {
          cursor.doc = doc;
          if (!visitor.visit(cursor)) {
            return false;
          }
        }
      }
    }
    return true;
  }
}
