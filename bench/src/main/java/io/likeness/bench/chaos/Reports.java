package io.likeness.bench.chaos;

import io.likeness.bench.chaos.Chaos.Report;
import java.util.ArrayList;
import java.util.List;

/** Reports as people read them. */
final class Reports {

  private static final String FORM = "%-50s %8s %8s %9s %7s %8s %10s %8s %8s %7s%n";

  private static final int FAILURES_MAX = 5;

  private Reports() {}

  static String line(Report report) {
    return report.scene().words()
        + ": "
        + (report.faults().isEmpty() ? "all is kept" : report.faults().size() + " BROKEN")
        + ", "
        + report.acknowledged()
        + " writes acknowledged, "
        + report.counts().failed()
        + " of "
        + report.counts().searches()
        + " searches failed";
  }

  /** What was broken, and how searches failed. */
  static List<String> details(Report report) {
    List<String> details = new ArrayList<>();
    report.faults().forEach(fault -> details.add("  broken: " + fault));
    report.failures().stream()
        .distinct()
        .limit(FAILURES_MAX)
        .forEach(failure -> details.add("  a search failed with " + failure));
    return details;
  }

  static String table(List<Report> reports) {
    StringBuilder table =
        new StringBuilder(
            FORM.formatted(
                "scene",
                "writes",
                "unknown",
                "searches",
                "failed",
                "partial",
                "demanding",
                "refused",
                "slowest",
                "broken"));
    for (Report each : reports) {
      table.append(
          FORM.formatted(
              each.scene().words(),
              each.acknowledged(),
              each.unknown(),
              each.counts().searches(),
              each.counts().failed(),
              each.counts().partial(),
              each.counts().demanding(),
              each.counts().refused(),
              each.counts().slowest().toMillis() + "ms",
              each.faults().size()));
    }
    return table.toString();
  }
}
