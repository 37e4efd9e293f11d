package io.likeness.bench;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;

/** A result for people: a line for each of its fields. */
public final class Table {

  private Table() {}

  public static String of(JsonObject result) {
    int width = result.stream().mapToInt(field -> field.getKey().length()).max().orElse(0);
    StringBuilder table = new StringBuilder();
    for (Map.Entry<String, Object> field : result) {
      table
          .append(String.format("%-" + (width + 2) + "s", field.getKey().replace('_', ' ')))
          .append(shown(field.getValue()))
          .append('\n');
    }
    return table.toString().stripTrailing();
  }

  private static String shown(Object value) {
    if (value instanceof JsonObject latencies && latencies.containsKey("p50_ms")) {
      return "p50 %s ms, p99 %s ms, longest %s ms (%s)"
          .formatted(
              latencies.getValue("p50_ms"),
              latencies.getValue("p99_ms"),
              latencies.getValue("max_ms"),
              latencies.getValue("count"));
    }
    if (value instanceof JsonArray items) {
      return items.isEmpty()
          ? "-"
          : items.stream().map(String::valueOf).reduce((a, b) -> a + "\n    " + b).orElse("-");
    }
    return String.valueOf(value);
  }
}
