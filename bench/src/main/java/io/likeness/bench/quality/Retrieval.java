package io.likeness.bench.quality;

import io.likeness.proto.vector.FeatureVector;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How a model finds the same product: each photo of a set in turn searches all others, those of
 * other sets too.
 *
 * @param precision mean average precision among the first ten
 * @param first the share of photos whose first hit is right
 * @param amongTen the share with a right hit among the first ten
 * @param asked photos that have another one to be found
 */
public record Retrieval(double precision, double first, double amongTen, int asked) {

  private static final int DEPTH = 10;

  public static Retrieval of(
      List<Photo> photos, List<FeatureVector> vectors, String set, boolean sameColour) {
    double precision = 0;
    int first = 0;
    int amongTen = 0;
    int asked = 0;
    for (int query = 0; query < photos.size(); query++) {
      Photo asking = photos.get(query);
      if (!asking.set().equals(set)) {
        continue;
      }
      float[] cosines = new float[photos.size()];
      for (int other = 0; other < photos.size(); other++) {
        cosines[other] = vectors.get(query).cosine(vectors.get(other));
      }
      int self = query;
      List<Integer> others =
          IntStream.range(0, photos.size())
              .filter(i -> i != self)
              .boxed()
              .sorted(Comparator.comparingDouble(i -> -cosines[i]))
              .toList();
      long relevant = others.stream().filter(i -> asking.shows(photos.get(i), sameColour)).count();
      if (relevant == 0) {
        continue;
      }
      asked++;
      int found = 0;
      double sum = 0;
      for (int rank = 0; rank < Math.min(DEPTH, others.size()); rank++) {
        if (asking.shows(photos.get(others.get(rank)), sameColour)) {
          found++;
          sum += (double) found / (rank + 1);
          first += rank == 0 ? 1 : 0;
        }
      }
      precision += sum / Math.min(DEPTH, relevant);
      amongTen += found > 0 ? 1 : 0;
    }
    if (asked == 0) {
      return new Retrieval(0, 0, 0, 0);
    }
    return new Retrieval(
        precision / asked, (double) first / asked, (double) amongTen / asked, asked);
  }
}
