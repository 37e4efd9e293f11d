package io.likeness.bench.engine.child;

import io.vertx.core.json.JsonObject;
import java.util.Arrays;

/**
 * What searches cost, per query, in microseconds.
 *
 * @param cpu of the searching thread
 * @param processCpu of all threads: greater where others help
 * @param faults pages that had to come from the disk
 */
public record Timing(
    double cpu, double processCpu, double mean, double p50, double p99, double faults) {

  private static final double MICRO = 1e3;

  static Timing of(long[] nanos, long cpu, long processCpu, long faults) {
    long[] sorted = Arrays.copyOf(nanos, nanos.length);
    Arrays.sort(sorted);
    int count = Math.max(1, nanos.length);
    return new Timing(
        cpu / MICRO / count,
        processCpu / MICRO / count,
        Arrays.stream(nanos).average().orElse(0) / MICRO,
        rank(sorted, 0.5),
        rank(sorted, 0.99),
        faults / (double) count);
  }

  /** The smallest that this share of all stayed within. */
  private static double rank(long[] sorted, double share) {
    if (sorted.length == 0) {
      return 0;
    }
    int at = (int) Math.ceil(share * sorted.length) - 1;
    return sorted[Math.min(sorted.length - 1, Math.max(0, at))] / MICRO;
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("cpu_us", cpu)
        .put("process_cpu_us", processCpu)
        .put("mean_us", mean)
        .put("p50_us", p50)
        .put("p99_us", p99)
        .put("faults", faults);
  }

  static Timing of(JsonObject json) {
    return new Timing(
        json.getDouble("cpu_us"),
        json.getDouble("process_cpu_us"),
        json.getDouble("mean_us"),
        json.getDouble("p50_us"),
        json.getDouble("p99_us"),
        json.getDouble("faults"));
  }
}
