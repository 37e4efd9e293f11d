package io.likeness.standalone.sizing;

import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Properties;

/** The figures of {@code measured.properties}, which says where each comes from. */
public record Measured(
    double searchRowsSmall,
    double searchMicrosSmall,
    double searchRowsLarge,
    double searchMicrosLarge,
    double searchChurn,
    double searchSpread,
    double coldP50Millis,
    double coldP99Millis,
    double heldBytes,
    double diskBesideFloat32,
    double diskBesideInt8,
    double buildRows,
    double buildBytes,
    double embedCpuMillis,
    double embedP50Millis,
    double callMicros,
    double pathCpuMillis) {

  /** Below this a search costs what its call and its preparation cost. */
  private static final double SEARCH_MICROS_MIN = 30;

  public static Measured load() {
    Properties figures = new Properties();
    try (Reader reader =
        new InputStreamReader(
            Objects.requireNonNull(Measured.class.getResourceAsStream("measured.properties")),
            StandardCharsets.UTF_8)) {
      figures.load(reader);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Measured(
        number(figures, "search.rows.small"),
        number(figures, "search.micros.small"),
        number(figures, "search.rows.large"),
        number(figures, "search.micros.large"),
        number(figures, "search.churn"),
        number(figures, "search.spread"),
        number(figures, "search.cold.p50"),
        number(figures, "search.cold.p99"),
        number(figures, "held.bytes"),
        number(figures, "disk.beside.float32"),
        number(figures, "disk.beside.int8"),
        number(figures, "build.rows"),
        number(figures, "build.bytes"),
        number(figures, "embed.cpu.millis"),
        number(figures, "embed.p50.millis"),
        number(figures, "call.micros"),
        number(figures, "path.cpu.millis"));
  }

  private static double number(Properties figures, String key) {
    return Double.parseDouble(
        Objects.requireNonNull(figures.getProperty(key), () -> "measured.properties lacks " + key));
  }

  /**
   * CPU of a search in a shard of so many rows that is changed all the time: a straight line over
   * the logarithm of the rows, through the two sizes measured.
   */
  public double searchMicros(double rows) {
    double slope =
        (searchMicrosLarge - searchMicrosSmall) / Math.log(searchRowsLarge / searchRowsSmall);
    double fresh = searchMicrosSmall + slope * Math.log(Math.max(1, rows) / searchRowsSmall);
    return Math.max(SEARCH_MICROS_MIN, fresh) * searchChurn;
  }
}
