package io.likeness.standalone.cli;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Where commands write: results to {@code out}, everything about them to {@code err}. */
record Console(PrintStream out, PrintStream err, boolean terminal) {

  static Console system() {
    return new Console(System.out, System.err, Boolean.getBoolean("likeness.terminal"));
  }

  void line(String text) {
    out.println(text);
  }

  void note(String text) {
    err.println(text);
  }

  /** An empty terminal, to be written from its top. */
  void clear() {
    out.print("\u001b[H\u001b[2J");
  }

  void json(JsonNode json) {
    try {
      out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(json));
    } catch (JacksonException e) {
      throw new IllegalStateException("a JSON tree can always be written", e);
    }
  }

  /**
   * Columns as wide as their widest cell; numbers, by their header's leading blank, to the right.
   */
  void table(List<String> header, List<List<String>> rows) {
    List<List<String>> all = new ArrayList<>();
    all.add(header.stream().map(String::strip).toList());
    rows.forEach(row -> all.add(row.stream().map(Console::printable).toList()));
    int[] widths = new int[header.size()];
    for (List<String> row : all) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], length(row.get(i)));
      }
    }
    for (List<String> row : all) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String blanks = " ".repeat(widths[i] - length(row.get(i)));
        line.append(i == 0 ? "" : "  ");
        line.append(header.get(i).startsWith(" ") ? blanks + row.get(i) : row.get(i) + blanks);
      }
      out.println(line.toString().stripTrailing());
    }
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** Ids and tags are anybody's text: it must not move the cursor or colour the terminal. */
  static String printable(String text) {
    StringBuilder shown = new StringBuilder();
    text.codePoints().forEach(c -> shown.appendCodePoint(Character.isISOControl(c) ? '?' : c));
    return shown.toString();
  }
}
