package io.likeness.shard.index;

import com.google.protobuf.ByteString;
import io.likeness.proto.image.ImageIds;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.EventVersion;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.lucene.document.IntPoint;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * One moment of a shard: a Lucene reader and the vectors its documents refer to, taken together
 * under the writer's lock. A search uses one view from start to end, so an image never shows twice
 * or not at all because it changed on the way. Counted references; who drops the last closes reader
 * and segments.
 */
public final class View implements AutoCloseable {

  private final DirectoryReader reader;
  private final IndexSearcher searcher;
  private final List<Segment> segments;
  private final List<RowBlock> blocks;
  private final VidSet live;
  private final int images;
  private final int dimensions;
  // Computed when first asked for; a view never changes.
  private volatile @Nullable Long checksum;
  private final AtomicInteger references = new AtomicInteger(1);

  /**
   * Takes over one reference to the reader and one to each segment. {@code live} is a copy: the
   * vids of the existing images of exactly this reader.
   */
  View(
      DirectoryReader reader,
      List<Segment> segments,
      Optional<RowBlock> tail,
      VidSet live,
      int dimensions) {
    this.reader = reader;
    this.searcher = new IndexSearcher(reader);
    // What is worth keeping of filters is in the FilterCache, which is bounded and counted.
    this.searcher.setQueryCache(null);
    this.segments = List.copyOf(segments);
    List<RowBlock> all = new ArrayList<>(segments);
    tail.ifPresent(all::add);
    this.blocks = List.copyOf(all);
    this.live = live;
    this.images = live.size();
    this.dimensions = dimensions;
  }

  /** False where the last reference is gone already: ask the shard for its newer view. */
  boolean tryRetain() {
    int now;
    do {
      now = references.get();
      if (now == 0) {
        return false;
      }
    } while (!references.compareAndSet(now, now + 1));
    return true;
  }

  @Override
  public void close() throws IOException {
    if (references.decrementAndGet() == 0) {
      segments.forEach(Segment::release);
      reader.decRef();
    }
  }

  DirectoryReader reader() {
    return reader;
  }

  /** Images that exist. */
  public int images() {
    return images;
  }

  public int segments() {
    return segments.size();
  }

  // ---- One image ----

  /** All that is known of the image; {@link ImageState#UNKNOWN} where that is nothing. */
  public ImageState state(String imageId) throws IOException {
    return ImageDocs.find(reader, imageId).orElse(ImageDocs.Held.NOTHING).state();
  }

  /** What a caller is told of it, with its vector where wanted and there. */
  public ImageInfo.Builder describe(String imageId, boolean withVector) throws IOException {
    ImageDocs.Held held = ImageDocs.find(reader, imageId).orElse(ImageDocs.Held.NOTHING);
    ImageInfo.Builder info = held.state().describe(imageId);
    if (withVector && held.state().exists()) {
      info.setVector(vector(held.vid()));
    }
    return info;
  }

  private ByteString vector(int vid) {
    float[] values = new float[dimensions];
    RowBlock block = blockOf(vid);
    block.copyTo(block.rowOf(vid, 0), values);
    return FeatureVector.ofUnit(values).toBytes();
  }

  private RowBlock blockOf(int vid) {
    for (RowBlock block : blocks) {
      if (vid < block.endVid()) {
        return block;
      }
    }
    throw new IllegalStateException("vid " + vid + " lies in no block");
  }

  // ---- Lists ----

  /** Existing images that match, with ids after this one, in order of id. Empty: late. */
  public Optional<List<ImageInfo>> page(
      String after, Filter filter, int limit, Deadline deadline, FilterCache cache)
      throws IOException {
    Matching matching = new Matching(searcher, cache, deadline);
    Optional<InOrder> found = inOrder(Condition.of(filter), matching, after, limit, deadline);
    return found.map(
        inOrder ->
            inOrder.entries().stream()
                .map(entry -> entry.held().state().describe(entry.id()).build())
                .toList());
  }

  private record InOrder(List<IdOrder.Entry> entries, long total) {}

  /** Empty: late. */
  private Optional<InOrder> inOrder(
      Condition condition, Matching matching, String after, int limit, Deadline deadline)
      throws IOException {
    IdOrder order = new IdOrder(reader, deadline);
    if (condition instanceof Condition.All) {
      Optional<List<IdOrder.Entry>> entries =
          limit == 0 ? Optional.of(List.of()) : order.all(after, limit);
      return entries.map(list -> new InOrder(list, images));
    }
    Optional<Matching.Documents> wanted = matching.documents(condition);
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    Optional<List<IdOrder.Entry>> entries =
        limit == 0 ? Optional.of(List.of()) : order.of(wanted.get(), after, limit);
    return entries.map(list -> new InOrder(list, wanted.get().alive()));
  }

  /** Order-free sum over (id, version, vector hash) of the images that exist. */
  public long checksum() throws IOException {
    Long known = checksum;
    if (known == null) {
      known = sum();
      checksum = known;
    }
    return known;
  }

  private long sum() throws IOException {
    long[] sum = new long[1];
    ImageDocs.visit(
        searcher,
        Filters.EXISTING,
        at -> {
          BytesRef id = at.idBytes();
          long hash = 0xcbf29ce484222325L;
          for (int i = id.offset; i < id.offset + id.length; i++) {
            hash = (hash ^ (id.bytes[i] & 0xff)) * 0x100000001b3L;
          }
          hash = Hashes.stir(hash ^ at.place());
          hash = Hashes.stir(hash ^ at.offset());
          sum[0] += Hashes.stir(hash ^ at.vectorHash());
          return true;
        });
    return sum[0];
  }

  // ---- Search ----

  public SearchOutcome search(ShardSearch search, FilterCache cache) throws IOException {
    Condition condition = Condition.of(search.filter());
    Matching matching = new Matching(searcher, cache, search.deadline());
    if (search.vector().length == 0 || search.countOnly()) {
      return byFilter(search, condition, matching);
    }
    if (dimensions != 0 && search.vector().length != dimensions) {
      return new SearchOutcome.Misfit(
          "the query has " + search.vector().length + " dimensions, the shard " + dimensions);
    }
    VidSet wanted = live;
    long total = images;
    if (!(condition instanceof Condition.All)) {
      Optional<VidSet> vids = matching.vids(condition, endVid());
      if (vids.isEmpty()) {
        return new SearchOutcome.Late();
      }
      wanted = vids.get();
      total = wanted.size();
    }
    TopVids top = new TopVids(search.limit(), search.minCosine());
    for (RowBlock block : blocks) {
      if (!nearest(block, wanted, search, top)) {
        return new SearchOutcome.Late();
      }
    }
    return new SearchOutcome.Found(resolve(top, search), total);
  }

  private int endVid() {
    return blocks.isEmpty() ? 0 : blocks.getLast().endVid();
  }

  private SearchOutcome byFilter(ShardSearch search, Condition condition, Matching matching)
      throws IOException {
    int limit = search.countOnly() ? 0 : search.limit();
    Optional<InOrder> found = inOrder(condition, matching, "", limit, search.deadline());
    if (found.isEmpty()) {
      return new SearchOutcome.Late();
    }
    List<Hit> hits = new ArrayList<>();
    for (IdOrder.Entry entry : found.get().entries()) {
      Hit.Builder hit =
          Hit.newBuilder().setImageId(entry.id()).setVersion(entry.held().state().added().toWire());
      if (search.withAttributes()) {
        hit.setAttributes(entry.held().state().attributes());
      }
      hits.add(hit.build());
    }
    return new SearchOutcome.Found(hits, found.get().total());
  }

  /** False: late. */
  private static boolean nearest(RowBlock block, VidSet wanted, ShardSearch search, TopVids top) {
    if (search.deadline().hasPassed()) {
      return false;
    }
    int matching = wanted.sizeWithin(block.firstVid(), block.endVid());
    if (matching == 0) {
      return true;
    }
    int effort = Plan.effort(search.limit(), block.rows());
    GraphFile graph = block instanceof Segment segment ? segment.graph() : null;
    if (graph == null || Plan.scans(matching, block.rows(), effort)) {
      return block.scan(search.vector(), wanted, top, search.deadline());
    }
    GraphWalk walk = new GraphWalk((Segment) block, graph, search.vector(), wanted, effort);
    TopVids walked = new TopVids(search.limit(), search.minCosine());
    if (!walk.run(walked, search.deadline())) {
      return false;
    }
    // A graph need not be connected everywhere; what it owes, the scan brings.
    if (walk.found() < Math.min(search.limit(), matching)) {
      return block.scan(search.vector(), wanted, top, search.deadline());
    }
    top.offerAll(walked);
    return true;
  }

  /** A candidate with its id, for the final order. */
  private record Named(String id, float score, int doc, EventVersion version) {
    static final Comparator<Named> BEST_FIRST =
        Comparator.comparingDouble((Named n) -> -n.score())
            .thenComparing(Named::id, ImageIds.ORDER);
  }

  private List<Hit> resolve(TopVids top, ShardSearch search) throws IOException {
    int count = top.count();
    if (count == 0) {
      return List.of();
    }
    int[] vids = new int[count];
    Map<Integer, Float> scores = HashMap.newHashMap(count);
    for (int i = 0; i < count; i++) {
      vids[i] = top.vid(i);
      scores.put(vids[i], top.score(i));
    }
    List<Named> named = new ArrayList<>(count);
    ImageDocs.visit(
        searcher,
        IntPoint.newSetQuery(ImageDocs.VID, vids),
        at -> {
          Float score = scores.get(at.vid());
          if (score != null) {
            long place = at.place();
            EventVersion version =
                EventVersion.newBuilder()
                    .setEpoch((int) (place >>> 32))
                    .setPartition((int) place)
                    .setOffset(at.offset())
                    .build();
            named.add(new Named(at.idBytes().utf8ToString(), score, at.doc(), version));
          }
          return true;
        });
    if (named.size() != count) {
      throw new IllegalStateException(
          count + " vectors found, but " + named.size() + " images refer to them");
    }
    named.sort(Named.BEST_FIRST);
    List<Hit> hits = new ArrayList<>();
    for (Named found : named.subList(0, Math.min(search.limit(), count))) {
      Hit.Builder hit =
          Hit.newBuilder()
              .setImageId(found.id())
              .setScore(found.score())
              .setVersion(found.version());
      if (search.withAttributes()) {
        hit.setAttributes(ImageDocs.held(reader.storedFields(), found.doc()).state().attributes());
      }
      hits.add(hit.build());
    }
    return hits;
  }
}
