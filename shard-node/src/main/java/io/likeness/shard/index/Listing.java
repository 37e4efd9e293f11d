package io.likeness.shard.index;

import io.likeness.wire.Hit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The hits of one search over one view, in an order that is settled once and for all as far as
 * somebody has read: reading on continues where the last page ended, and reading a page again gives
 * the same page.
 *
 * <p>It grows by searching among those it does not hold yet, twice as many as are needed, and
 * keeping the better half: what a walk of a graph overlooks lies mostly near the end of what it
 * finds. Whoever is overlooked all the same is still among the rest, so he comes later, out of
 * order, but once: a list read to its end holds every match exactly once. The rest doubles with the
 * depth, so reading all costs about as much as one search of that depth.
 *
 * <p><b>Groups.</b> Only the first of each value of the tag is kept, and all others of that value
 * leave the rest with it. Images without the tag are groups of one.
 *
 * <p>Rejected: searching anew for each page and cutting behind the last hit, which loses whoever
 * was overlooked; the searcher of JVector that can resume, whose pages are not in order of each
 * other and cannot be read twice.
 *
 * <p>Not safe for threads. It uses the view, which its owner keeps open.
 */
public final class Listing {

  /** Searched for at least, at most. */
  private static final int STEP_MIN = 256;

  private static final int STEP_MAX = 1 << 18;

  private final View view;
  private final ShardSearch search;
  private final FilterCache cache;
  private final long total;
  // Wanted, and not held yet.
  private final VidSet rest;
  private int[] vids = new int[0];
  private float[] scores = new float[0];
  private int size;
  // Hits gone through for these; more than there are groups.
  private long seen;
  private boolean isWhole;

  Listing(View view, ShardSearch search, VidSet wanted, FilterCache cache) {
    this.view = view;
    this.search = search;
    this.cache = cache;
    this.total = wanted.size();
    this.rest = wanted.copy();
  }

  /** Beside the view. */
  public long bytes() {
    return rest.bytes() + (long) vids.length * (Integer.BYTES + Float.BYTES);
  }

  /** The first {@code limit} behind the first {@code taken}; limit and deadline are those given. */
  public SearchOutcome page(int taken, ShardSearch reading) throws IOException {
    int to = Math.addExact(taken, reading.limit());
    if (!reach(to, reading.deadline())) {
      return new SearchOutcome.Late();
    }
    int from = Math.min(taken, size);
    int end = Math.min(to, size);
    Ranking page =
        new Ranking(Arrays.copyOfRange(vids, from, end), Arrays.copyOfRange(scores, from, end));
    return new SearchOutcome.Found(view.hits(page, reading), total);
  }

  /** Which of these groups are among the first {@code taken}. Empty: late. */
  public Optional<Set<String>> takenOf(List<String> groups, int taken, Deadline deadline)
      throws IOException {
    Optional<VidSet> members =
        view.wanted(Condition.tagIn(search.groupBy(), groups), cache, deadline);
    if (members.isEmpty() || !reach(taken, deadline)) {
      return Optional.empty();
    }
    int[] met =
        Arrays.stream(vids, 0, Math.min(taken, size)).filter(members.get()::contains).toArray();
    return Optional.of(new HashSet<>(view.groups(met, search.groupBy()).values()));
  }

  /** As {@link View#bestOf}, of this search. */
  public Optional<Map<String, List<Hit>>> bestOf(
      List<String> groups, int count, ShardSearch reading) throws IOException {
    return view.bestOf(groups, count, reading, cache);
  }

  /** False: late; what has been reached stays. */
  private boolean reach(int depth, Deadline deadline) throws IOException {
    while (size < depth && !isWhole) {
      int left = rest.size();
      int step = step(depth, left);
      Optional<Ranking> best =
          left == 0
              ? Optional.of(new Ranking(new int[0], new float[0]))
              : view.nearest(rest, search.within(deadline), step);
      if (best.isEmpty()) {
        return false;
      }
      Ranking found = best.get();
      if (found.size() == 0) {
        isWhole = true;
        break;
      }
      boolean all = found.size() < step || step == left;
      if (!take(all ? found : found.first((step + 1) / 2), deadline)) {
        return false;
      }
    }
    return true;
  }

  private int step(int depth, int left) {
    double perGroup = size == 0 ? 1 : (double) seen / size;
    double needed = Math.max(2.0 * (depth - size) * perGroup, size);
    return (int) Math.min(left, Math.clamp(needed, STEP_MIN, STEP_MAX));
  }

  /** False: late, and nothing was taken. */
  private boolean take(Ranking found, Deadline deadline) throws IOException {
    if (search.groupBy().isEmpty()) {
      for (int i = 0; i < found.size(); i++) {
        append(found.vids()[i], found.scores()[i]);
      }
      seen += found.size();
      return true;
    }
    Map<Integer, String> groups = view.groups(found.vids(), search.groupBy());
    Set<String> fresh = new LinkedHashSet<>(groups.values());
    VidSet members = new VidSet(0);
    if (!fresh.isEmpty()) {
      Optional<VidSet> matching =
          view.wanted(Condition.tagIn(search.groupBy(), new ArrayList<>(fresh)), cache, deadline);
      if (matching.isEmpty()) {
        return false;
      }
      members = matching.get();
    }
    for (int i = 0; i < found.size(); i++) {
      String group = groups.get(found.vids()[i]);
      if (group == null || fresh.remove(group)) {
        append(found.vids()[i], found.scores()[i]);
      }
    }
    rest.removeAll(members);
    seen += found.size();
    return true;
  }

  private void append(int vid, float score) {
    if (size == vids.length) {
      int room = Math.max(64, size + (size >> 1));
      vids = Arrays.copyOf(vids, room);
      scores = Arrays.copyOf(scores, room);
    }
    vids[size] = vid;
    scores[size] = score;
    size++;
    rest.remove(vid);
  }
}
