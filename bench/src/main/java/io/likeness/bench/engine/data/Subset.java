package io.likeness.bench.engine.data;

import java.util.Arrays;
import java.util.List;

/** Which rows are wanted. A data set knows the members ({@link DataSet#members}). */
public enum Subset {
  ALL("all", Kind.ALL, 1),
  HALF("50 %", Kind.UNIFORM, 0.5),
  TENTH("10 %", Kind.UNIFORM, 0.1),
  HUNDREDTH("1 %", Kind.UNIFORM, 0.01),
  THOUSANDTH("0.1 %", Kind.UNIFORM, 0.001),
  /** Whole clusters, a tenth of the rows or somewhat more: near each other, so harder to reach. */
  CLUSTERS_TENTH("clusters, 10 % and more", Kind.CLUSTERS, 0.1),
  CLUSTERS_HUNDREDTH("clusters, 1 % and more", Kind.CLUSTERS, 0.01),
  /** What is left where a fifth was deleted. */
  FOUR_FIFTHS("80 % left", Kind.UNIFORM, 0.8);

  enum Kind {
    ALL,
    /** Nothing to do with the vector. */
    UNIFORM,
    CLUSTERS
  }

  private final String label;
  private final Kind kind;
  private final double share;

  Subset(String label, Kind kind, double share) {
    this.label = label;
    this.kind = kind;
    this.share = share;
  }

  public static final List<Subset> FILTERS =
      List.of(HALF, TENTH, HUNDREDTH, THOUSANDTH, CLUSTERS_TENTH, CLUSTERS_HUNDREDTH);

  public static final List<Subset> CLUSTERED =
      Arrays.stream(values()).filter(subset -> subset.kind == Kind.CLUSTERS).toList();

  public String label() {
    return label;
  }

  Kind kind() {
    return kind;
  }

  double share() {
    return share;
  }

  public boolean isClustered() {
    return kind == Kind.CLUSTERS;
  }

  /** Of a subset by the uniform attribute: its rows have a smaller one than this. */
  public int uniformEnd() {
    return (int) Math.round(share * Generator.UNIFORM_END);
  }
}
