package io.likeness.standalone.duplicates;

import io.likeness.proto.image.Fingerprint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Finds groups of the same picture among many, by their hashes first. Equal files have equal
 * content hashes. Copies that were stored anew have fingerprints of at most {@link
 * Fingerprint#NEAR} different bits: of four quarters of 16 bits one then differs by at most one
 * bit, so each quarter is looked up as it stands and with each of its bits turned, instead of
 * comparing all with all. What is found so is only a suspicion; somebody who can compare vectors
 * confirms it.
 *
 * <p>About 150 bytes an image.
 */
public final class Duplicates {

  private static final int QUARTERS = 4;
  private static final int QUARTER_BITS = 16;

  /**
   * Images compared with one image at most, through one quarter: collections of drawings on white
   * have quarters that thousands share.
   */
  private static final int BUCKET_MAX = 2_000;

  private final List<String> ids = new ArrayList<>();
  private final List<String> contents = new ArrayList<>();
  private long[] fingerprints = new long[1024];
  private boolean[] known = new boolean[1024];

  /** Two images that look alike from afar. */
  public record Suspicion(String one, String other) {}

  /**
   * Images that are one picture.
   *
   * @param ids in order, at least two
   * @param identical whether all of them are the same file
   */
  public record Group(List<String> ids, boolean identical) {}

  /**
   * @param contentSha256 empty where it is not known
   * @param fingerprint as sixteen hexadecimal digits; empty where it is not known
   */
  public void add(String id, String contentSha256, String fingerprint) {
    int at = ids.size();
    if (at == known.length) {
      known = Arrays.copyOf(known, 2 * at);
      fingerprints = Arrays.copyOf(fingerprints, 2 * at);
    }
    ids.add(id);
    contents.add(contentSha256);
    known[at] = !fingerprint.isEmpty();
    fingerprints[at] = known[at] ? Long.parseUnsignedLong(fingerprint, 16) : 0;
  }

  public int size() {
    return ids.size();
  }

  /** Pairs whose fingerprints are near, but for equal files; each pair once. */
  public List<Suspicion> suspicions() {
    List<Map<Integer, List<Integer>>> quarters = new ArrayList<>();
    for (int quarter = 0; quarter < QUARTERS; quarter++) {
      quarters.add(new HashMap<>());
    }
    List<Suspicion> found = new ArrayList<>();
    for (int image = 0; image < ids.size(); image++) {
      if (known[image]) {
        for (int other : near(image, quarters)) {
          boolean sameFile =
              !contents.get(image).isEmpty() && contents.get(image).equals(contents.get(other));
          if (!sameFile) {
            found.add(new Suspicion(ids.get(other), ids.get(image)));
          }
        }
        for (int quarter = 0; quarter < QUARTERS; quarter++) {
          quarters
              .get(quarter)
              .computeIfAbsent(part(fingerprints[image], quarter), first -> new ArrayList<>())
              .add(image);
        }
      }
    }
    return found;
  }

  private List<Integer> near(int image, List<Map<Integer, List<Integer>>> quarters) {
    Map<Integer, Boolean> seen = new TreeMap<>();
    long itself = fingerprints[image];
    for (long looked : new long[] {itself, Fingerprint.mirrored(itself)}) {
      for (int quarter = 0; quarter < QUARTERS; quarter++) {
        int part = part(looked, quarter);
        for (int bit = -1; bit < QUARTER_BITS; bit++) {
          int wanted = bit < 0 ? part : part ^ 1 << bit;
          List<Integer> bucket = quarters.get(quarter).getOrDefault(wanted, List.of());
          for (int other : bucket.subList(Math.max(0, bucket.size() - BUCKET_MAX), bucket.size())) {
            seen.computeIfAbsent(
                other,
                first -> Fingerprint.distance(itself, fingerprints[first]) <= Fingerprint.NEAR);
          }
        }
      }
    }
    return seen.entrySet().stream().filter(Map.Entry::getValue).map(Map.Entry::getKey).toList();
  }

  private static int part(long fingerprint, int quarter) {
    return (int) (fingerprint >>> quarter * QUARTER_BITS) & 0xFFFF;
  }

  /**
   * Equal files, and those that are confirmed to be one picture, joined; in order of their first
   * id.
   */
  public List<Group> groups(List<Suspicion> confirmed) {
    int[] leader = new int[ids.size()];
    Map<String, Integer> firstOf = new HashMap<>();
    Map<String, Integer> places = new HashMap<>();
    for (int image = 0; image < leader.length; image++) {
      leader[image] = image;
      places.put(ids.get(image), image);
      String content = contents.get(image);
      if (!content.isEmpty()) {
        Integer first = firstOf.putIfAbsent(content, image);
        if (first != null) {
          join(leader, first, image);
        }
      }
    }
    for (Suspicion pair : confirmed) {
      Integer one = places.get(pair.one());
      Integer other = places.get(pair.other());
      if (one != null && other != null) {
        join(leader, one, other);
      }
    }
    Map<Integer, List<Integer>> members = new LinkedHashMap<>();
    for (int image = 0; image < leader.length; image++) {
      members.computeIfAbsent(find(leader, image), first -> new ArrayList<>()).add(image);
    }
    return members.values().stream()
        .filter(each -> each.size() > 1)
        .map(
            each ->
                new Group(
                    each.stream().map(ids::get).sorted().toList(),
                    each.stream().map(contents::get).distinct().count() == 1))
        .sorted((a, b) -> a.ids().getFirst().compareTo(b.ids().getFirst()))
        .toList();
  }

  private static void join(int[] leader, int one, int other) {
    leader[find(leader, other)] = find(leader, one);
  }

  private static int find(int[] leader, int image) {
    int at = image;
    while (leader[at] != at) {
      leader[at] = leader[leader[at]];
      at = leader[at];
    }
    return at;
  }
}
