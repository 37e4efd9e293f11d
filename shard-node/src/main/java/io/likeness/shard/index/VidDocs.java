package io.likeness.shard.index;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.index.DocValues;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.NumericDocValues;
import org.apache.lucene.search.DocIdSetIterator;

/**
 * Which document of an immutable Lucene segment refers to a vid: the way back from a vector that
 * was found to its image. Made when first asked for, four bytes a document, and gone with its
 * segment. Asking Lucene's points for the ten vids of an answer cost more than the search itself.
 */
final class VidDocs {

  private static final Map<IndexReader.CacheKey, VidDocs> KNOWN = new ConcurrentHashMap<>();

  /** A table may have this many places for each document, beyond which pairs are smaller. */
  private static final int SPARSE = 3;

  private static final int NONE = -1;

  private final int firstVid;
  // By vid from the first one on; or, where vids lie far apart, empty.
  private final int[] docs;
  // Vid << 32 | doc, rising.
  private final long[] pairs;

  private VidDocs(int firstVid, int[] docs, long[] pairs) {
    this.firstVid = firstVid;
    this.docs = docs;
    this.pairs = pairs;
  }

  static VidDocs of(LeafReaderContext leaf) throws IOException {
    IndexReader.CacheHelper helper = leaf.reader().getCoreCacheHelper();
    if (helper == null) {
      return read(leaf);
    }
    VidDocs known = KNOWN.get(helper.getKey());
    if (known == null) {
      known = read(leaf);
      if (KNOWN.putIfAbsent(helper.getKey(), known) == null) {
        helper.addClosedListener(KNOWN::remove);
      }
    }
    return known;
  }

  private static VidDocs read(LeafReaderContext leaf) throws IOException {
    NumericDocValues vids = DocValues.getNumeric(leaf.reader(), ImageDocs.VID);
    long[] pairs = new long[leaf.reader().maxDoc()];
    int count = 0;
    for (int doc = vids.nextDoc(); doc != DocIdSetIterator.NO_MORE_DOCS; doc = vids.nextDoc()) {
      pairs[count++] = vids.longValue() << 32 | doc;
    }
    if (count == 0) {
      return new VidDocs(0, new int[0], new long[0]);
    }
    pairs = Arrays.copyOf(pairs, count);
    Arrays.sort(pairs);
    int first = (int) (pairs[0] >>> 32);
    long span = (pairs[count - 1] >>> 32) - first + 1;
    if (span > (long) SPARSE * count) {
      return new VidDocs(first, new int[0], pairs);
    }
    int[] docs = new int[(int) span];
    Arrays.fill(docs, NONE);
    for (long pair : pairs) {
      docs[(int) (pair >>> 32) - first] = (int) pair;
    }
    return new VidDocs(first, docs, new long[0]);
  }

  /** The document that has, or had, this vid here; -1 where none. */
  int doc(int vid) {
    if (pairs.length == 0) {
      int at = vid - firstVid;
      return at >= 0 && at < docs.length ? docs[at] : NONE;
    }
    // The last of this vid: an image that changed twice before a refresh left two documents here,
    // and the later one is the one alive.
    int behind = ~Arrays.binarySearch(pairs, (long) vid << 32 | Integer.MAX_VALUE);
    int place = behind - 1;
    return place >= 0 && (int) (pairs[place] >>> 32) == vid ? (int) pairs[place] : NONE;
  }

  /** Of those made for the segments of this reader. */
  static long bytes(IndexReader reader) {
    long sum = 0;
    for (LeafReaderContext leaf : reader.leaves()) {
      IndexReader.CacheHelper helper = leaf.reader().getCoreCacheHelper();
      VidDocs known = helper == null ? null : KNOWN.get(helper.getKey());
      if (known != null) {
        sum += (long) known.docs.length * Integer.BYTES + (long) known.pairs.length * Long.BYTES;
      }
    }
    return sum;
  }
}
