package io.likeness.standalone.load;

import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.List;

/** Comma-separated values as RFC 4180 has them: quoted fields may hold commas, quotes and lines. */
final class Csv {

  private static final int FIELD_CHARS_MAX = 1 << 20;

  private final Reader reader;
  private int line = 1;
  private int ahead;

  Csv(Reader reader) throws IOException {
    this.reader = reader;
    this.ahead = reader.read();
    if (ahead == '\uFEFF') {
      ahead = reader.read();
    }
  }

  /** The line the next record begins at. */
  int line() {
    return line;
  }

  /** The next record; empty at the end. A line without anything is passed over. */
  List<String> next() throws IOException {
    while (ahead == '\n' || ahead == '\r') {
      take();
    }
    List<String> fields = new ArrayList<>();
    while (ahead >= 0) {
      fields.add(field());
      if (ahead != ',') {
        break;
      }
      take();
      if (ahead < 0) {
        fields.add("");
      }
    }
    return fields;
  }

  private String field() throws IOException {
    StringBuilder field = new StringBuilder();
    if (ahead == '"') {
      int begun = line;
      take();
      while (true) {
        if (ahead < 0) {
          throw new IOException("the quote opened in line " + begun + " is never closed");
        }
        int c = take();
        if (c == '"') {
          if (ahead != '"') {
            break;
          }
          take();
        }
        append(field, c);
      }
      if (ahead >= 0 && ahead != ',' && ahead != '\n' && ahead != '\r') {
        throw new IOException("line " + line + " goes on after a closing quote");
      }
    } else {
      while (ahead >= 0 && ahead != ',' && ahead != '\n' && ahead != '\r') {
        append(field, take());
      }
    }
    return field.toString();
  }

  private void append(StringBuilder field, int c) throws IOException {
    if (field.length() == FIELD_CHARS_MAX) {
      throw new IOException(
          "line " + line + " has a field above " + FIELD_CHARS_MAX + " characters");
    }
    field.append((char) c);
  }

  private int take() throws IOException {
    int taken = ahead;
    if (taken == '\n') {
      line++;
    }
    ahead = reader.read();
    return taken;
  }
}
