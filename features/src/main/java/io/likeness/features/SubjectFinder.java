package io.likeness.features;

import io.likeness.features.decode.Bitmap;
import io.likeness.features.decode.Resampler;
import io.likeness.wire.Box;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;

/**
 * Finds what a picture is about without any training: what has not the colours of its rim. People
 * who photograph a thing put it into the middle and leave something around it. The rim's colours
 * are a few groups; a place stands out by its distance to the nearest of them, more so near the
 * middle. What stands out falls into pieces that hang together; those with the most of it are the
 * candidates, and all that are not small together are one more.
 *
 * <p>It is wrong where the thing reaches the rim on all sides, or has the colours of what is behind
 * it; then it finds nothing, and the whole picture counts.
 */
final class SubjectFinder {

  static final int CANDIDATES_MAX = 4;

  private static final int SIDE = 64;
  private static final int RIM = 4;
  private static final int GROUPS = 5;
  private static final int ROUNDS = 6;

  /** Pieces with less of what stands out than this share of the largest are left alone. */
  private static final double PIECE_MIN = 0.15;

  /** A box that holds nearly all of the picture tells nothing. */
  private static final double AREA_MAX = 0.95;

  private static final double AREA_MIN = 0.01;

  private SubjectFinder() {}

  /** A piece: its cells' bounds, both ends in it, and how much stands out there. */
  private record Piece(int left, int top, int right, int bottom, double mass) {

    Piece and(Piece other) {
      return new Piece(
          Math.min(left, other.left),
          Math.min(top, other.top),
          Math.max(right, other.right),
          Math.max(bottom, other.bottom),
          mass + other.mass);
    }

    double area() {
      return (right - left + 1.0) * (bottom - top + 1.0) / (SIDE * SIDE);
    }
  }

  /**
   * Best first; none where nothing stands out.
   *
   * @param width of the picture as it is shown, which the pixels may be a reduction of
   */
  static List<Subject> find(Bitmap picture, int width, int height) {
    float[] colours =
        opponents(Resampler.resample(picture, 0, 0, picture.width(), picture.height(), SIDE, SIDE));
    double[] standsOut = smoothed(distances(colours));
    double threshold = threshold(standsOut);
    List<Piece> pieces = pieces(standsOut, threshold);
    if (pieces.isEmpty()) {
      return List.of();
    }
    double largest = pieces.getFirst().mass();
    List<Piece> candidates =
        new ArrayList<>(
            pieces.stream().filter(piece -> piece.mass() >= PIECE_MIN * largest).toList());
    if (candidates.size() > 1) {
      candidates.addFirst(candidates.stream().reduce(Piece::and).orElseThrow());
    }
    double all = pieces.stream().mapToDouble(Piece::mass).sum();
    return candidates.stream()
        .filter(piece -> piece.area() >= AREA_MIN && piece.area() <= AREA_MAX)
        .limit(CANDIDATES_MAX)
        .map(piece -> new Subject(box(piece, width, height), piece.mass() / all))
        .toList();
  }

  private static Box box(Piece piece, int width, int height) {
    int left = (int) Math.floor((double) piece.left() * width / SIDE);
    int top = (int) Math.floor((double) piece.top() * height / SIDE);
    int right = (int) Math.ceil((piece.right() + 1.0) * width / SIDE);
    int bottom = (int) Math.ceil((piece.bottom() + 1.0) * height / SIDE);
    return Box.newBuilder()
        .setX(left)
        .setY(top)
        .setWidth(Math.clamp(right - left, 1, width - left))
        .setHeight(Math.clamp(bottom - top, 1, height - top))
        .build();
  }

  /** Brightness, red against green and blue against yellow; brightness counts half: shadows. */
  private static float[] opponents(float[] rgb) {
    float[] colours = new float[rgb.length];
    for (int i = 0; i < rgb.length; i += 3) {
      float red = (float) Math.sqrt(rgb[i] / 255);
      float green = (float) Math.sqrt(rgb[i + 1] / 255);
      float blue = (float) Math.sqrt(rgb[i + 2] / 255);
      colours[i] = (red + green + blue) / 3 * 0.6f;
      colours[i + 1] = red - green;
      colours[i + 2] = (red + green) / 2 - blue;
    }
    return colours;
  }

  private static double[] distances(float[] colours) {
    int[] rim = rim();
    float[][] groups = groups(colours, rim);
    double[] distances = new double[SIDE * SIDE];
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        int cell = y * SIDE + x;
        double nearest = Double.MAX_VALUE;
        for (float[] group : groups) {
          nearest = Math.min(nearest, squared(colours, cell, group));
        }
        double dx = (x + 0.5) / SIDE - 0.5;
        double dy = (y + 0.5) / SIDE - 0.5;
        double middle = Math.exp(-(dx * dx + dy * dy) / (2 * 0.3 * 0.3));
        distances[cell] = Math.sqrt(nearest) * middle;
      }
    }
    return distances;
  }

  private static int[] rim() {
    int[] rim = new int[SIDE * SIDE];
    int count = 0;
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        // The lower rim is often where a person or a thing stands: it says less of the background.
        if (x < RIM || x >= SIDE - RIM || y < RIM) {
          rim[count++] = y * SIDE + x;
        }
      }
    }
    return Arrays.copyOf(rim, count);
  }

  /** Means of the rim's colours, begun with colours far from each other. */
  private static float[][] groups(float[] colours, int[] rim) {
    float[][] means = new float[GROUPS][];
    means[0] = colour(colours, rim[0]);
    for (int group = 1; group < GROUPS; group++) {
      int farthest = rim[0];
      double most = -1;
      for (int cell : rim) {
        double nearest = Double.MAX_VALUE;
        for (int known = 0; known < group; known++) {
          nearest = Math.min(nearest, squared(colours, cell, means[known]));
        }
        if (nearest > most) {
          most = nearest;
          farthest = cell;
        }
      }
      means[group] = colour(colours, farthest);
    }
    for (int round = 0; round < ROUNDS; round++) {
      double[][] sums = new double[GROUPS][4];
      for (int cell : rim) {
        int best = 0;
        for (int group = 1; group < GROUPS; group++) {
          if (squared(colours, cell, means[group]) < squared(colours, cell, means[best])) {
            best = group;
          }
        }
        for (int channel = 0; channel < 3; channel++) {
          sums[best][channel] += colours[cell * 3 + channel];
        }
        sums[best][3]++;
      }
      for (int group = 0; group < GROUPS; group++) {
        if (sums[group][3] > 0) {
          for (int channel = 0; channel < 3; channel++) {
            means[group][channel] = (float) (sums[group][channel] / sums[group][3]);
          }
        }
      }
    }
    return means;
  }

  private static float[] colour(float[] colours, int cell) {
    return Arrays.copyOfRange(colours, cell * 3, cell * 3 + 3);
  }

  private static double squared(float[] colours, int cell, float[] mean) {
    double sum = 0;
    for (int channel = 0; channel < 3; channel++) {
      double difference = colours[cell * 3 + channel] - mean[channel];
      sum += difference * difference;
    }
    return sum;
  }

  /** Mean over five by five cells, which closes small gaps. */
  private static double[] smoothed(double[] values) {
    double[] smooth = new double[values.length];
    for (int y = 0; y < SIDE; y++) {
      for (int x = 0; x < SIDE; x++) {
        double sum = 0;
        int count = 0;
        for (int v = Math.max(0, y - 2); v <= Math.min(SIDE - 1, y + 2); v++) {
          for (int u = Math.max(0, x - 2); u <= Math.min(SIDE - 1, x + 2); u++) {
            sum += values[v * SIDE + u];
            count++;
          }
        }
        smooth[y * SIDE + x] = sum / count;
      }
    }
    return smooth;
  }

  /** Between what stands out and what does not: half way of the two means, until it stays. */
  private static double threshold(double[] values) {
    double threshold = Arrays.stream(values).average().orElse(0);
    for (int round = 0; round < 20; round++) {
      double at = threshold;
      double low = Arrays.stream(values).filter(value -> value <= at).average().orElse(at);
      double high = Arrays.stream(values).filter(value -> value > at).average().orElse(at);
      threshold = (low + high) / 2;
    }
    // A little lower: a subject has dim parts too.
    return Math.max(0.02, threshold * 0.6);
  }

  private static List<Piece> pieces(double[] values, double threshold) {
    boolean[] seen = new boolean[values.length];
    List<Piece> pieces = new ArrayList<>();
    for (int start = 0; start < values.length; start++) {
      if (!seen[start] && values[start] > threshold) {
        pieces.add(piece(values, threshold, start, seen));
      }
    }
    pieces.sort(Comparator.comparingDouble(Piece::mass).reversed());
    return pieces;
  }

  private static Piece piece(double[] values, double threshold, int start, boolean[] seen) {
    Deque<Integer> open = new ArrayDeque<>();
    open.push(start);
    seen[start] = true;
    Piece piece = new Piece(SIDE, SIDE, -1, -1, 0);
    while (!open.isEmpty()) {
      int cell = open.pop();
      int x = cell % SIDE;
      int y = cell / SIDE;
      piece = piece.and(new Piece(x, y, x, y, values[cell]));
      for (int v = Math.max(0, y - 1); v <= Math.min(SIDE - 1, y + 1); v++) {
        for (int u = Math.max(0, x - 1); u <= Math.min(SIDE - 1, x + 1); u++) {
          int next = v * SIDE + u;
          if (!seen[next] && values[next] > threshold) {
            seen[next] = true;
            open.push(next);
          }
        }
      }
    }
    return piece;
  }
}
