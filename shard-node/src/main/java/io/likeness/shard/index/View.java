package io.likeness.shard.index;

import com.google.protobuf.ByteString;
import io.likeness.proto.image.ImageIds;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.ReaderUtil;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.search.IndexSearcher;
import org.roaringbitmap.RoaringBitmap;

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
  // The largest first: what it finds spares the others work.
  private final List<RowBlock> bySize;
  private final VidSet live;
  private final int images;
  private final int dimensions;
  private final ImageSum sum;
  private final long changed;
  private final AtomicInteger references = new AtomicInteger(1);

  /**
   * Takes over one reference to the reader and one to each segment. {@code live} is a copy: the
   * vids of the existing images of exactly this reader; {@code changed} what has been added to the
   * sum since the shard was opened.
   */
  View(
      DirectoryReader reader,
      List<Segment> segments,
      Optional<RowBlock> tail,
      VidSet live,
      int dimensions,
      ImageSum sum,
      long changed) {
    this.reader = reader;
    this.searcher = new IndexSearcher(reader);
    // What is worth keeping of filters is in the FilterCache, which is bounded and counted.
    this.searcher.setQueryCache(null);
    this.searcher.setSimilarity(Words.SCORE);
    this.segments = List.copyOf(segments);
    List<RowBlock> all = new ArrayList<>(segments);
    tail.ifPresent(all::add);
    this.blocks = List.copyOf(all);
    all.sort(Comparator.comparingInt(RowBlock::rows).reversed());
    this.bySize = List.copyOf(all);
    this.live = live;
    this.images = live.size();
    this.dimensions = dimensions;
    this.sum = sum;
    this.changed = changed;
  }

  /** False where the last reference is gone already: ask the shard for its newer view. */
  public boolean tryRetain() {
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

  /** The first such segment, with a reference for the caller. */
  Optional<Segment> retainSegment(Predicate<Segment> wanted) {
    return segments.stream().filter(wanted).findFirst().map(Segment::retain);
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

  /** Vectors of some of its images, spread over all of them. */
  public List<float[]> someVectors(int count) {
    List<float[]> vectors = new ArrayList<>();
    int end = blocks.isEmpty() ? 0 : blocks.getLast().endVid();
    int step = Math.max(1, end / count);
    for (int vid = 0; vid < end; vid += step) {
      if (live.contains(vid)) {
        float[] values = new float[dimensions];
        RowBlock block = blockOf(vid);
        block.copyTo(block.rowOf(vid, 0), values);
        vectors.add(values);
      }
    }
    return vectors;
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
    if (found.isEmpty()) {
      return Optional.empty();
    }
    StoredFields fields = reader.storedFields();
    List<ImageInfo> images = new ArrayList<>();
    for (IdOrder.Entry entry : found.get().entries()) {
      images.add(ImageDocs.held(fields, entry.doc()).state().describe(entry.id()).build());
    }
    return Optional.of(images);
  }

  private record InOrder(List<IdOrder.Entry> entries, long total) {}

  /** Empty: late. */
  private Optional<InOrder> inOrder(
      Condition condition, Matching matching, String after, int limit, Deadline deadline)
      throws IOException {
    if (condition instanceof Condition.All && limit == 0) {
      return Optional.of(new InOrder(List.of(), images));
    }
    Optional<Matching.Documents> wanted = matching.documents(condition);
    if (wanted.isEmpty()) {
      return Optional.empty();
    }
    Optional<List<IdOrder.Entry>> entries =
        limit == 0
            ? Optional.of(List.of())
            : new IdOrder(reader, deadline).of(wanted.get(), after, limit);
    return entries.map(list -> new InOrder(list, wanted.get().alive()));
  }

  /** Order-free sum over (id, version, vector hash) of the images that exist. */
  public long checksum() throws IOException {
    return sum.of(searcher, changed);
  }

  /** The same, every image looked at. */
  long checksumOfAll() throws IOException {
    return ImageSum.add(searcher);
  }

  // ---- Search ----

  /** Those that fit these words, too, best first; the score is a likeness already. */
  public SearchOutcome byWords(WordSearch words, ShardSearch search, FilterCache cache)
      throws IOException {
    Condition condition =
        Condition.allOf(List.of(Condition.of(search.filter()), Condition.words(words.anyOf())));
    Optional<Matching.Documents> wanted =
        new Matching(searcher, cache, search.deadline()).documents(condition);
    Optional<List<WordOrder.Entry>> best =
        wanted.isEmpty()
            ? Optional.empty()
            : new WordOrder(searcher, search.deadline())
                .of(words, wanted.get().docs(), search.countOnly() ? 0 : search.limit());
    if (wanted.isEmpty() || best.isEmpty()) {
      return new SearchOutcome.Late();
    }
    List<WordOrder.Entry> entries = best.get();
    List<Hit> found =
        hits(
            entries.stream().map(each -> new IdOrder.Entry(each.id(), each.doc())).toList(),
            search);
    List<Hit> scored = new ArrayList<>(found.size());
    for (int i = 0; i < entries.size(); i++) {
      scored.add(found.get(i).toBuilder().setScore(entries.get(i).score()).build());
    }
    return new SearchOutcome.Found(scored, wanted.get().alive());
  }

  /** The best of the whole, or of each group; or by filter alone, in order of id. */
  public SearchOutcome search(ShardSearch search, FilterCache cache) throws IOException {
    Condition condition = Condition.of(search.filter());
    if (search.vector().length == 0 || search.countOnly()) {
      return byFilter(condition, "", search, cache);
    }
    if (dimensions != 0 && search.vector().length != dimensions) {
      return new SearchOutcome.Misfit(
          "the query has " + search.vector().length + " dimensions, the shard " + dimensions);
    }
    Optional<VidSet> wanted = wanted(condition, cache, search.deadline());
    if (wanted.isEmpty()) {
      return new SearchOutcome.Late();
    }
    if (!search.groupBy().isEmpty()) {
      return new Listing(this, search, wanted.get(), cache).page(0, search);
    }
    Optional<Ranking> best = nearest(wanted.get(), search, search.limit());
    return best.isEmpty()
        ? new SearchOutcome.Late()
        : new SearchOutcome.Found(hits(best.get(), search), wanted.get().size());
  }

  /**
   * The hits of this search in an order that is settled as far as it has been read; what it is read
   * with may have another limit and deadline.
   */
  public Opened open(ShardSearch search, FilterCache cache) throws IOException {
    if (dimensions != 0 && search.vector().length != dimensions) {
      return new Opened.Not(
          new SearchOutcome.Misfit(
              "the query has " + search.vector().length + " dimensions, the shard " + dimensions));
    }
    return wanted(Condition.of(search.filter()), cache, search.deadline())
        .<Opened>map(wanted -> new Opened.Ready(new Listing(this, search, wanted, cache)))
        .orElseGet(() -> new Opened.Not(new SearchOutcome.Late()));
  }

  /** What comes of opening a list. */
  public sealed interface Opened {
    record Ready(Listing listing) implements Opened {}

    record Not(SearchOutcome why) implements Opened {}
  }

  /** Those with ids greater than {@code after} that fulfil the search's filter. */
  public SearchOutcome after(String after, ShardSearch search, FilterCache cache)
      throws IOException {
    return byFilter(Condition.of(search.filter()), after, search, cache);
  }

  /** Vector ids of the images that fulfil it; not to be changed. Empty: late. */
  Optional<VidSet> wanted(Condition condition, FilterCache cache, Deadline deadline)
      throws IOException {
    if (condition instanceof Condition.All) {
      return Optional.of(live);
    }
    int end = blocks.isEmpty() ? 0 : blocks.getLast().endVid();
    return new Matching(searcher, cache, deadline).vids(condition, end);
  }

  private SearchOutcome byFilter(
      Condition condition, String after, ShardSearch search, FilterCache cache) throws IOException {
    Matching matching = new Matching(searcher, cache, search.deadline());
    int limit = search.countOnly() ? 0 : search.limit();
    Optional<InOrder> found = inOrder(condition, matching, after, limit, search.deadline());
    if (found.isEmpty()) {
      return new SearchOutcome.Late();
    }
    return new SearchOutcome.Found(hits(found.get().entries(), search), found.get().total());
  }

  /** What is told of each, in the same order; columns are read in order of documents. */
  private List<Hit> hits(List<IdOrder.Entry> entries, ShardSearch search) throws IOException {
    List<LeafReaderContext> leaves = reader.leaves();
    List<RoaringBitmap> docs = leaves.stream().map(leaf -> new RoaringBitmap()).toList();
    for (IdOrder.Entry entry : entries) {
      int leaf = ReaderUtil.subIndex(entry.doc(), leaves);
      docs.get(leaf).add(entry.doc() - leaves.get(leaf).docBase);
    }
    Map<Integer, Hit> found = HashMap.newHashMap(entries.size());
    for (LeafReaderContext leaf : leaves) {
      ImageDocs.visit(
          leaf,
          docs.get(leaf.ord),
          at -> {
            found.put(at.doc(), hit(at, search).build());
            return true;
          });
    }
    return entries.stream().map(entry -> Objects.requireNonNull(found.get(entry.doc()))).toList();
  }

  /** The best of these, in their final order. Empty: late. */
  Optional<Ranking> nearest(VidSet wanted, ShardSearch search, int limit) throws IOException {
    TopVids top = new TopVids(limit, search.minCosine());
    Nearest nearest =
        new Nearest(search.vector(), wanted, limit, search.effort(), top, search.deadline());
    return nearest.search(bySize)
        ? Optional.of(Ranking.of(top, limit, this::ids))
        : Optional.empty();
  }

  /**
   * Vector ids of the best, in order: what a search does with vectors, and nothing it does with
   * images. For measuring. Empty: late.
   */
  public Optional<int[]> nearestVids(ShardSearch search, FilterCache cache) throws IOException {
    Optional<VidSet> wanted = wanted(Condition.of(search.filter()), cache, search.deadline());
    Optional<Ranking> best =
        wanted.isEmpty() ? Optional.empty() : nearest(wanted.get(), search, search.limit());
    return best.map(Ranking::vids);
  }

  private Map<Integer, String> ids(int[] vids) throws IOException {
    Map<Integer, String> ids = HashMap.newHashMap(vids.length);
    ImageDocs.visitVids(
        searcher,
        vids,
        at -> {
          ids.put(at.vid(), at.idBytes().utf8ToString());
          return true;
        });
    return ids;
  }

  /** Values of the tag by vector id; none of an image that does not carry it. */
  Map<Integer, String> groups(int[] vids, String tag) throws IOException {
    Map<Integer, String> groups = HashMap.newHashMap(vids.length);
    ImageDocs.visitVids(
        searcher,
        vids,
        at -> {
          Optional<String> group = at.group(tag);
          if (group.isPresent()) {
            groups.put(at.vid(), group.get());
          }
          return true;
        });
    return groups;
  }

  /** What is told of each, in the same order. */
  List<Hit> hits(Ranking ranking, ShardSearch search) throws IOException {
    Map<Integer, Hit.Builder> found = HashMap.newHashMap(ranking.size());
    ImageDocs.visitVids(
        searcher,
        ranking.vids(),
        at -> {
          found.put(at.vid(), hit(at, search));
          return true;
        });
    List<Hit> hits = new ArrayList<>(ranking.size());
    for (int i = 0; i < ranking.size(); i++) {
      Hit.Builder hit = Objects.requireNonNull(found.get(ranking.vids()[i]));
      hits.add(hit.setScore(ranking.scores()[i]).build());
    }
    return hits;
  }

  private Hit.Builder hit(ImageDocs.Cursor at, ShardSearch search) throws IOException {
    Hit.Builder hit =
        Hit.newBuilder().setImageId(at.idBytes().utf8ToString()).setVersion(at.version());
    if (!search.groupBy().isEmpty()) {
      at.group(search.groupBy()).ifPresent(hit::setGroup);
    }
    if (search.withAttributes()) {
      hit.setAttributes(ImageDocs.held(reader.storedFields(), at.doc()).state().attributes());
    }
    return hit;
  }

  // ---- Recall ----

  /** Deep answers are not compared: the exact search would hold up everything behind it. */
  private static final int CHECKED_MAX = 1_000;

  /** Whether {@link #recallOf} can say something of this search. */
  public boolean canBeChecked(ShardSearch search) {
    return search.vector().length > 0
        && search.vector().length == dimensions
        && search.limit() > 0
        && search.limit() <= CHECKED_MAX
        && !search.countOnly()
        && search.groupBy().isEmpty();
  }

  /** Share of the true nearest that this answer holds; none where nothing could be found. */
  public OptionalDouble recallOf(ShardSearch search, List<Hit> hits, FilterCache cache)
      throws IOException {
    Optional<VidSet> wanted = wanted(Condition.of(search.filter()), cache, Deadline.NONE);
    TopVids exact = new TopVids(search.limit(), search.minCosine());
    for (RowBlock block : blocks) {
      block.scan(search.vector(), wanted.orElseThrow(), exact, Deadline.NONE);
    }
    int truth = Math.min(search.limit(), exact.count());
    if (truth == 0) {
      return OptionalDouble.empty();
    }
    // By score: among equal vectors any is as true as another.
    float worst = exact.best(truth);
    long reached = hits.stream().filter(hit -> hit.getScore() >= worst).count();
    return OptionalDouble.of(Math.min(truth, reached) / (double) truth);
  }

  // ---- Groups ----

  /**
   * The best of each of these groups, at most {@code size}, all of their images looked at. Empty:
   * late.
   */
  public Optional<Map<String, List<Hit>>> bestOf(
      List<String> groups, int size, ShardSearch search, FilterCache cache) throws IOException {
    Condition wanted =
        Condition.allOf(
            List.of(Condition.of(search.filter()), Condition.tagIn(search.groupBy(), groups)));
    Optional<Matching.Documents> documents =
        new Matching(searcher, cache, search.deadline()).documents(wanted);
    if (documents.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Best> best = new HashMap<>();
    int[] untilCheck = {RowBlock.ROWS_PER_CHECK};
    for (LeafReaderContext leaf : reader.leaves()) {
      boolean whole =
          ImageDocs.visit(
              leaf,
              documents.get().docs().get(leaf.ord),
              at -> {
                RowBlock block = blockOf(at.vid());
                float score = block.score(block.rowOf(at.vid(), 0), search.vector());
                if (score >= search.minCosine()) {
                  best.computeIfAbsent(
                          at.group(search.groupBy()).orElseThrow(), g -> new Best(size))
                      .offer(score, at);
                }
                if (--untilCheck[0] == 0) {
                  untilCheck[0] = RowBlock.ROWS_PER_CHECK;
                  return !search.deadline().hasPassed();
                }
                return true;
              });
      if (!whole) {
        return Optional.empty();
      }
    }
    Map<String, List<Hit>> hits = new HashMap<>();
    for (Hit hit : hits(together(best.values()), search)) {
      hits.computeIfAbsent(hit.getGroup(), group -> new ArrayList<>()).add(hit);
    }
    return Optional.of(hits);
  }

  private static Ranking together(Collection<Best> groups) {
    List<Best.Member> members = groups.stream().flatMap(group -> group.members.stream()).toList();
    int[] vids = new int[members.size()];
    float[] scores = new float[members.size()];
    for (int i = 0; i < vids.length; i++) {
      vids[i] = members.get(i).vid();
      scores[i] = members.get(i).score();
    }
    return new Ranking(vids, scores);
  }

  /** A few images of one group, best first, equal scores by id. */
  private static final class Best {
    private record Member(float score, String id, int vid) {
      static final Comparator<Member> BEST_FIRST =
          Comparator.comparingDouble((Member m) -> -m.score())
              .thenComparing(Member::id, ImageIds.ORDER);
    }

    private final int size;
    private final List<Member> members = new ArrayList<>();

    Best(int size) {
      this.size = size;
    }

    void offer(float score, ImageDocs.Cursor at) throws IOException {
      if (members.size() == size && (size == 0 || score < members.getLast().score())) {
        return;
      }
      members.add(new Member(score, at.idBytes().utf8ToString(), at.vid()));
      members.sort(Member.BEST_FIRST);
      if (members.size() > size) {
        members.removeLast();
      }
    }
  }
}
