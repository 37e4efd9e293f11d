package io.likeness.bench.quality;

import com.google.protobuf.ByteString;
import io.likeness.features.Embedder;
import io.likeness.proto.vector.FeatureVector;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
import javax.imageio.ImageIO;

/** How edited copies of photos find their originals among all photos. */
public final class EditedCopies {

  public static final String SEVERAL = "three at once";

  private static final int SEVERAL_EDITS = 3;

  /**
   * @param share of the copies that found their original first
   * @param cosines of the copies with their originals
   */
  public record Found(double share, List<Float> cosines) {}

  private EditedCopies() {}

  /** For each edit, and for three of them at once, copies of {@code count} photos. */
  public static Map<String, Found> search(
      Embedder embedder,
      String model,
      List<Photo> photos,
      List<FeatureVector> vectors,
      int count,
      long seed)
      throws IOException {
    int[] originals = drawn(photos.size(), count, seed);
    Map<String, BiFunction<BufferedImage, SplittableRandom, ByteString>> ways =
        new LinkedHashMap<>();
    for (Edit edit : Edit.values()) {
      ways.put(edit.shown(), edit::copy);
    }
    ways.put(SEVERAL, (picture, random) -> Edit.several(picture, SEVERAL_EDITS, random));
    Map<String, Found> found = new LinkedHashMap<>();
    for (Map.Entry<String, BiFunction<BufferedImage, SplittableRandom, ByteString>> way :
        ways.entrySet()) {
      List<ByteString> copies = new ArrayList<>();
      for (int original : originals) {
        SplittableRandom random = new SplittableRandom(seed * 31 + original);
        BufferedImage picture = Edit.plain(ImageIO.read(photos.get(original).content().newInput()));
        copies.add(way.getValue().apply(picture, random));
      }
      found.put(
          way.getKey(), compare(photos, vectors, originals, Vectors.of(embedder, model, copies)));
    }
    return found;
  }

  private static int[] drawn(int size, int count, long seed) {
    return new SplittableRandom(seed)
        .ints(0, size)
        .distinct()
        .limit(Math.min(count, size))
        .toArray();
  }

  private static Found compare(
      List<Photo> photos,
      List<FeatureVector> vectors,
      int[] originals,
      List<FeatureVector> copies) {
    int right = 0;
    List<Float> own = new ArrayList<>();
    for (int i = 0; i < originals.length; i++) {
      FeatureVector copy = copies.get(i);
      Photo original = photos.get(originals[i]);
      float likeness = copy.cosine(vectors.get(originals[i]));
      own.add(likeness);
      boolean first = true;
      for (int other = 0; other < vectors.size() && first; other++) {
        // Some photos are in the folder twice, byte for byte: either is right.
        first =
            copy.cosine(vectors.get(other)) <= likeness
                || photos.get(other).content().equals(original.content());
      }
      right += first ? 1 : 0;
    }
    return new Found((double) right / originals.length, own);
  }

  /** The mean over the single edits. */
  public static double average(Map<String, Found> found) {
    return Arrays.stream(Edit.values())
        .mapToDouble(edit -> shareOf(found, edit.shown()))
        .average()
        .orElse(0);
  }

  static double shareOf(Map<String, Found> found, String edit) {
    Found result = found.get(edit);
    return result == null ? Double.NaN : result.share();
  }
}
