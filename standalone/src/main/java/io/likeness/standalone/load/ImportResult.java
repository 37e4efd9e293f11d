package io.likeness.standalone.load;

import java.time.Duration;
import java.util.List;

/**
 * How an import ended.
 *
 * @param taken pictures the service has now by this run, visible or soon to be
 * @param before pictures an earlier run had brought in
 * @param pending of those taken, how many were not seen to be visible before patience ended
 */
public record ImportResult(
    int taken, int before, int pending, List<ImportFailure> failures, Duration time) {

  public ImportResult {
    failures = List.copyOf(failures);
  }

  public double perSecond() {
    return taken / Math.max(0.001, time.toMillis() / 1000.0);
  }
}
