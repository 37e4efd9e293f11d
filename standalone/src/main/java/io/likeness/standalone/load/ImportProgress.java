package io.likeness.standalone.load;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** Shows how far an import is: a bar on a terminal, now and then a line elsewhere. */
final class ImportProgress {

  private static final Duration ON_TERMINAL = Duration.ofMillis(200);
  private static final Duration ELSEWHERE = Duration.ofSeconds(5);
  private static final int BAR = 24;

  private final PrintStream out;
  private final boolean terminal;
  private final int total;
  private final long begun;
  private long shown;

  ImportProgress(PrintStream out, boolean terminal, int total, long nowNanos) {
    this.out = out;
    this.terminal = terminal;
    this.total = total;
    this.begun = nowNanos;
    this.shown = nowNanos;
  }

  synchronized void show(int done, int failed, long nowNanos) {
    Duration since = Duration.ofNanos(nowNanos - shown);
    if (since.compareTo(terminal ? ON_TERMINAL : ELSEWHERE) < 0) {
      return;
    }
    shown = nowNanos;
    String line = line(done, failed, Duration.ofNanos(nowNanos - begun));
    if (terminal) {
      out.print("\r" + bar(done) + " " + line + "\033[K");
      out.flush();
    } else {
      out.println(line);
    }
  }

  /** Takes the bar away, so that what follows stands on a line of its own. */
  synchronized void end() {
    if (terminal) {
      out.print("\r\033[K");
      out.flush();
    }
  }

  private String bar(int done) {
    int filled = total == 0 ? BAR : (int) ((long) done * BAR / total);
    return "[" + "#".repeat(filled) + ".".repeat(BAR - filled) + "]";
  }

  private String line(int done, int failed, Duration elapsed) {
    double rate = done / Math.max(0.001, elapsed.toMillis() / 1000.0);
    String left =
        done == 0
            ? "?"
            : clock(Duration.ofSeconds(Math.round((total - done) / Math.max(rate, 1e-9))));
    return String.format(
        Locale.ROOT,
        "%d of %d (%d%%), %.1f/s, %s left%s",
        done,
        total,
        total == 0 ? 100 : (long) done * 100 / total,
        rate,
        left,
        failed == 0 ? "" : ", " + failed + " failed");
  }

  static String clock(Duration time) {
    return time.toHours() > 0
        ? String.format(
            Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart())
        : String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
  }
}
