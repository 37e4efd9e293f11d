package io.likeness.shard.index;

import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.apache.lucene.index.IndexReader;
import org.apache.lucene.index.LeafReaderContext;
import org.roaringbitmap.RoaringBitmap;

/**
 * What filters came to, kept for the next search of the same kind: one for all shards of a node,
 * bounded in bytes, the longest unused goes first.
 *
 * <p>Three things are kept. Per Lucene segment and condition, the <i>documents</i> that fulfil it,
 * deleted ones included: a segment's contents never change, only who of it is still alive, so such
 * a set is right for as long as the segment lives. It is not a set of vector ids: an image whose
 * tags change keeps its vector id, so the id would be alive while the document that fulfilled the
 * condition is not. Per segment, the vector id of each document. Per view and condition, the vector
 * ids in the end: right for that view only, which is long where nothing is written.
 *
 * <p>Something is kept when it is offered the second time, so filters that come once (an id of a
 * customer, say) push nothing out.
 */
public final class FilterCache {

  /** Below it a segment is as quickly asked again. */
  private static final int DOCS_MIN = 1024;

  private static final int SIGHTINGS_MAX = 1 << 14;

  /** About what an entry costs beside its contents: its key, its place in two tables. */
  private static final long BYTES_PER_ENTRY = 200;

  /** What can be kept. */
  sealed interface Kept {
    long bytes();
  }

  /** Documents of a segment; never changed. */
  record Docs(RoaringBitmap bits, long bytes) implements Kept {
    Docs(RoaringBitmap bits) {
      this(bits, bits.getLongSizeInBytes());
    }
  }

  /** Of a segment, document by document. */
  record VidColumn(int[] vids) implements Kept {
    @Override
    public long bytes() {
      return (long) vids.length * Integer.BYTES;
    }
  }

  /** Of a view; never changed. */
  record Vids(VidSet set) implements Kept {
    @Override
    public long bytes() {
      return set.bytes();
    }
  }

  private record Place(IndexReader.CacheKey owner, FilterKey what) {}

  private static final class Owned {
    final Set<FilterKey> what = new HashSet<>();
    long bytes;
  }

  private final long bytesMax;
  private final int docsMin;
  private final LinkedHashMap<Place, Kept> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<IndexReader.CacheKey, Owned> owners = new HashMap<>();
  private final LinkedHashMap<Place, Boolean> sightings =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Boolean> eldest) {
          return size() > SIGHTINGS_MAX;
        }
      };
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private long bytes;

  /** {@code bytesMax} 0: nothing is kept. */
  public FilterCache(long bytesMax) {
    this(bytesMax, DOCS_MIN);
  }

  /** {@code docsMin}: of segments smaller than this nothing is kept. */
  FilterCache(long bytesMax, int docsMin) {
    if (bytesMax < 0) {
      throw new IllegalArgumentException("bytesMax " + bytesMax + " is below 0");
    }
    this.bytesMax = bytesMax;
    this.docsMin = docsMin;
  }

  /** One that keeps nothing. */
  public static FilterCache none() {
    return new FilterCache(0);
  }

  // ---- What it has ----

  public long bytesMax() {
    return bytesMax;
  }

  public synchronized long bytes() {
    return bytes;
  }

  public long hits() {
    return hits.sum();
  }

  public long misses() {
    return misses.sum();
  }

  /** What is kept for one shard. */
  public long bytesOf(View view) {
    long sum = 0;
    synchronized (this) {
      for (LeafReaderContext leaf : view.reader().leaves()) {
        sum += bytesOf(leaf.reader().getCoreCacheHelper());
      }
      return sum + bytesOf(view.reader().getReaderCacheHelper());
    }
  }

  private long bytesOf(IndexReader.CacheHelper owner) {
    Owned owned = owners.get(owner.getKey());
    return owned == null ? 0 : owned.bytes;
  }

  // ---- Asking and offering ----

  Optional<RoaringBitmap> docs(LeafReaderContext leaf, FilterKey condition) {
    return find(leaf.reader().getCoreCacheHelper(), condition, Docs.class).map(Docs::bits);
  }

  /** The bits are the cache's from now on. */
  void offer(LeafReaderContext leaf, FilterKey condition, RoaringBitmap bits) {
    if (leaf.reader().maxDoc() >= docsMin) {
      IndexReader.CacheHelper owner = leaf.reader().getCoreCacheHelper();
      if (isSecondSighting(owner, condition)) {
        bits.runOptimize();
        keep(owner, condition, new Docs(bits));
      }
    }
  }

  Optional<VidSet> vids(IndexReader reader, FilterKey condition) {
    return find(reader.getReaderCacheHelper(), condition, Vids.class).map(Vids::set);
  }

  /** The set is the cache's from now on. */
  void offer(IndexReader reader, FilterKey condition, VidSet set) {
    IndexReader.CacheHelper owner = reader.getReaderCacheHelper();
    if (reader.maxDoc() >= docsMin && isSecondSighting(owner, condition)) {
      keep(owner, condition, new Vids(set));
    }
  }

  private static final FilterKey VID_COLUMN = new FilterKey.Writer('v').key();

  /** How a segment's vector ids are read where they are not kept. */
  interface VidReader {
    int[] read() throws IOException;
  }

  /**
   * The vector ids of a segment, {@link ImageDocs#NO_VID} where a document has none. Empty: read
   * them as you need them, this segment is small or has not been asked often.
   */
  Optional<int[]> vidColumn(LeafReaderContext leaf, VidReader reader) throws IOException {
    IndexReader.CacheHelper owner = leaf.reader().getCoreCacheHelper();
    Optional<VidColumn> kept = find(owner, VID_COLUMN, VidColumn.class);
    if (kept.isPresent()) {
      return kept.map(VidColumn::vids);
    }
    int docs = leaf.reader().maxDoc();
    if (docs < docsMin
        || (long) docs * Integer.BYTES > bytesMax / 2
        || !isSecondSighting(owner, VID_COLUMN)) {
      return Optional.empty();
    }
    int[] vids = reader.read();
    keep(owner, VID_COLUMN, new VidColumn(vids));
    return Optional.of(vids);
  }

  // ---- The table ----

  private synchronized <K extends Kept> Optional<K> find(
      IndexReader.CacheHelper owner, FilterKey what, Class<K> kind) {
    Kept kept = entries.get(new Place(owner.getKey(), what));
    (kept == null ? misses : hits).increment();
    return kept == null ? Optional.empty() : Optional.of(kind.cast(kept));
  }

  private synchronized boolean isSecondSighting(IndexReader.CacheHelper owner, FilterKey what) {
    return bytesMax > 0
        && sightings.putIfAbsent(new Place(owner.getKey(), what), Boolean.TRUE) != null;
  }

  private void keep(IndexReader.CacheHelper owner, FilterKey what, Kept value) {
    long size = value.bytes() + BYTES_PER_ENTRY;
    if (size > bytesMax / 2) {
      return;
    }
    boolean newOwner;
    synchronized (this) {
      Owned owned = owners.get(owner.getKey());
      newOwner = owned == null;
      if (owned == null) {
        owned = new Owned();
        owners.put(owner.getKey(), owned);
      }
      if (!owned.what.add(what)) {
        return;
      }
      entries.put(new Place(owner.getKey(), what), value);
      owned.bytes += size;
      bytes += size;
      Iterator<Map.Entry<Place, Kept>> oldest = entries.entrySet().iterator();
      while (bytes > bytesMax) {
        Map.Entry<Place, Kept> gone = oldest.next();
        oldest.remove();
        release(gone.getKey(), gone.getValue());
      }
    }
    if (newOwner) {
      owner.addClosedListener(this::forget);
    }
  }

  /** Holds the lock. The owner stays known, so that it is listened to once. */
  private void release(Place place, Kept value) {
    long size = value.bytes() + BYTES_PER_ENTRY;
    bytes -= size;
    Owned owned = owners.get(place.owner());
    if (owned != null) {
      owned.bytes -= size;
      owned.what.remove(place.what());
    }
  }

  /** The segment or view is closed: nobody asks for it again. */
  private synchronized void forget(IndexReader.CacheKey owner) {
    Owned owned = owners.remove(owner);
    if (owned != null) {
      bytes -= owned.bytes;
      owned.what.forEach(what -> entries.remove(new Place(owner, what)));
    }
  }
}
