package io.likeness.bench.engine.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Queries per second against recall as SVG: to the right is truer, upwards is faster. Speed is
 * drawn by its logarithm, so equal ratios are equal distances, and recall by that of what is
 * missed: from 0.98 to 0.99 is as far as from 0.90 to 0.95. Colours follow the reader's light or
 * dark setting; lines also differ by their marks, for those who see colours otherwise and for
 * print.
 */
public final class RecallPicture {

  private static final int WIDTH = 860;
  private static final int HEIGHT = 520;
  private static final int LEFT = 76;
  private static final int RIGHT = 190;
  private static final int TOP = 56;
  private static final int BOTTOM = 60;
  private static final int LEGEND_STEP = 22;
  private static final double[] RECALLS = {
    0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999
  };

  /** Drawn where 1 is, which has no logarithm. */
  private static final double ALL = 0.9995;

  private static final double MICROS = 1e6;
  private static final int[] STEPS = {1, 2, 5};
  private static final String[] LIGHT = {
    "#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#7d6500", "#0f7b80", "#57606a"
  };
  private static final String[] DARK = {
    "#58a6ff", "#f0883e", "#56d364", "#bc8cff", "#f778ba", "#e3b341", "#39c5cf", "#8b949e"
  };

  private final double recallLeast;
  private final double speedLeast;
  private final double speedMost;

  private RecallPicture(double recallLeast, double speedLeast, double speedMost) {
    this.recallLeast = recallLeast;
    this.speedLeast = speedLeast;
    this.speedMost = speedMost;
  }

  /** {@code curves} in the order of the legend. */
  public static String of(String title, int k, Map<String, Curve> curves) {
    double recall = 0.9;
    double least = Double.POSITIVE_INFINITY;
    double most = 0;
    for (Curve curve : curves.values()) {
      for (Curve.Point point : curve.points()) {
        if (point.recall() >= RECALLS[0]) {
          recall = Math.min(recall, point.recall());
          least = Math.min(least, speed(point));
          most = Math.max(most, speed(point));
        }
      }
    }
    if (most == 0) {
      least = 1;
      most = 10;
    }
    double begin = RECALLS[0];
    for (double label : RECALLS) {
      begin = label <= recall ? label : begin;
    }
    return new RecallPicture(begin, least / 1.3, most * 1.3).draw(title, k, curves);
  }

  private static double speed(Curve.Point point) {
    return MICROS / point.timing().mean();
  }

  /** Rules without variables: not every reader of SVG knows those. */
  private static void style(StringBuilder svg) {
    svg.append("<style>\n");
    colours(svg, "#ffffff", "#1f2328", "#d0d7de", LIGHT);
    svg.append("text { font: 13px system-ui, sans-serif; }\n")
        .append(".title { font-size: 16px; font-weight: 600; }\n")
        .append(".line { fill: none; } .line, .mark { stroke-width: 2; }\n")
        .append("@media (prefers-color-scheme: dark) {\n");
    colours(svg, "#0d1117", "#e6edf3", "#30363d", DARK);
    svg.append("}\n</style>\n<rect class=\"back\" width=\"100%\" height=\"100%\"/>\n");
  }

  private static void colours(
      StringBuilder svg, String back, String ink, String faint, String[] lines) {
    svg.append(".back, .mark { fill: %s; } text { fill: %s; }\n".formatted(back, ink));
    svg.append(".axis { stroke: %s; } .grid { stroke: %s; }\n".formatted(ink, faint));
    for (int i = 0; i < lines.length; i++) {
      svg.append(".c%d .line, .c%d .mark { stroke: %s; }\n".formatted(i, i, lines[i]));
    }
  }

  private double x(double recall) {
    double missed = Math.log(1 - Math.min(ALL, recall));
    double share =
        (missed - Math.log(1 - recallLeast)) / (Math.log(1 - ALL) - Math.log(1 - recallLeast));
    return LEFT + share * (WIDTH - LEFT - RIGHT);
  }

  private double y(double speed) {
    double share = Math.log(speed / speedLeast) / Math.log(speedMost / speedLeast);
    return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM);
  }

  private String draw(String title, int k, Map<String, Curve> curves) {
    StringBuilder svg = new StringBuilder();
    svg.append(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\">\n"
            .formatted(WIDTH, HEIGHT));
    svg.append("<title>").append(escaped(title)).append("</title>\n");
    style(svg);
    text(svg, "title", LEFT, TOP / 2.0, "start", title);
    axes(svg, k);
    int colour = 0;
    for (Map.Entry<String, Curve> entry : curves.entrySet()) {
      line(svg, colour, entry.getKey(), entry.getValue());
      colour++;
    }
    return svg.append("</svg>\n").toString();
  }

  private void axes(StringBuilder svg, int k) {
    int bottom = HEIGHT - BOTTOM;
    int right = WIDTH - RIGHT;
    for (double recall : RECALLS) {
      if (recall >= recallLeast) {
        stroke(svg, "grid", x(recall), TOP, x(recall), bottom);
        text(svg, "", x(recall), bottom + 20.0, "middle", Double.toString(recall));
      }
    }
    stroke(svg, "grid", right, TOP, right, bottom);
    text(svg, "", right, bottom + 20.0, "middle", "1");
    for (double speed : speedLabels()) {
      stroke(svg, "grid", LEFT, y(speed), right, y(speed));
      text(svg, "", LEFT - 8.0, y(speed) + 4, "end", number("%,.0f", speed));
    }
    stroke(svg, "axis", LEFT, bottom, right, bottom);
    stroke(svg, "axis", LEFT, TOP, LEFT, bottom);
    text(svg, "", (LEFT + right) / 2.0, HEIGHT - 14.0, "middle", "recall@" + k);
    text(svg, "", LEFT, TOP - 10.0, "end", "queries/s");
  }

  private List<Double> speedLabels() {
    List<Double> labels = new ArrayList<>();
    for (double power = 1; power <= speedMost; power *= 10) {
      for (int step : STEPS) {
        if (power * step >= speedLeast && power * step <= speedMost) {
          labels.add(power * step);
        }
      }
    }
    return labels;
  }

  private void line(StringBuilder svg, int index, String name, Curve curve) {
    String colour = "c" + index % LIGHT.length;
    StringBuilder path = new StringBuilder();
    StringBuilder marks = new StringBuilder();
    for (Curve.Point point : curve.points()) {
      if (point.recall() < recallLeast) {
        continue;
      }
      double x = x(point.recall());
      double y = y(speed(point));
      path.append(path.isEmpty() ? "M" : " L").append(number("%.1f", x)).append(' ');
      path.append(number("%.1f", y));
      mark(marks, index, x, y);
    }
    svg.append("<g class=\"%s\">\n".formatted(colour));
    if (!path.isEmpty()) {
      svg.append("<path class=\"line\" d=\"%s\"/>\n".formatted(path));
    }
    svg.append(marks);
    int right = WIDTH - RIGHT + 18;
    double at = TOP + 10 + (double) index * LEGEND_STEP;
    stroke(svg, "line", right, at, right + 26, at);
    mark(svg, index, right + 13, at);
    svg.append("</g>\n");
    text(svg, "", right + 34.0, at + 4, "start", name);
  }

  /** Four shapes in turn. */
  private static void mark(StringBuilder svg, int index, double x, double y) {
    String shape =
        switch (index % 4) {
          case 0 -> "M%1$s %2$s m-4 0 a4 4 0 1 0 8 0 a4 4 0 1 0 -8 0";
          case 1 -> "M%1$s %2$s m-4 -4 h8 v8 h-8 z";
          case 2 -> "M%1$s %2$s m0 -5 l5 9 h-10 z";
          default -> "M%1$s %2$s m0 -5 l5 5 l-5 5 l-5 -5 z";
        };
    svg.append("<path class=\"mark\" d=\"")
        .append(shape.formatted(number("%.1f", x), number("%.1f", y)))
        .append("\"/>\n");
  }

  private static void stroke(
      StringBuilder svg, String kind, double x1, double y1, double x2, double y2) {
    svg.append("<line class=\"%s\" ".formatted(kind));
    svg.append(
        String.format(
            Locale.ROOT, "x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", x1, y1, x2, y2));
  }

  private static void text(
      StringBuilder svg, String kind, double x, double y, String anchor, String text) {
    svg.append(
            String.format(
                Locale.ROOT,
                "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">",
                kind,
                x,
                y,
                anchor))
        .append(escaped(text))
        .append("</text>\n");
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }
}
