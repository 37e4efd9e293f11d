package io.likeness.shard.index;

import io.likeness.proto.wire.NewerFormatException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What one commit of a shard consists of beside the Lucene segments: it travels in the commit's
 * user data, so the two can never disagree.
 *
 * @param log identity of the log the offset belongs to; another log begins at 0
 * @param nextOffset the first record of the slot that may be missing here
 * @param layout of every vector's row; of none before the first
 * @param nextVid the next vector id to give; ids are never given twice
 * @param graphs sealed rows with a graph, then {@code flats}, then {@code tail}, in order of vids
 */
record Manifest(
    String log,
    long nextOffset,
    RowLayout layout,
    long nextGeneration,
    int nextVid,
    List<Graph> graphs,
    List<Rows> flats,
    Optional<Rows> tail) {

  static final int FORMAT = 6;

  /** Its documents have no words; {@link ShardFolder} puts them in. */
  static final int FORMAT_WITHOUT_WORDS = 5;

  static Manifest empty(String log) {
    return new Manifest(log, 0, RowLayout.NONE, 0, 0, List.of(), List.of(), Optional.empty());
  }

  /** A row file, how many of its rows count, and the CRC-32C of the table of their blocks. */
  record Rows(long generation, int firstVid, int rows, int checksum) {

    String text() {
      return generation + ":" + firstVid + ":" + rows + ":" + Integer.toHexString(checksum);
    }

    static Rows parse(String text) {
      String[] parts = parts(text, 4);
      return new Rows(
          Long.parseLong(parts[0]),
          Integer.parseInt(parts[1]),
          Integer.parseInt(parts[2]),
          Integer.parseUnsignedInt(parts[3], 16));
    }
  }

  /** Rows with the graph file of the same generation. */
  record Graph(Rows rows, long graphBytes, int graphChecksum) {

    String text() {
      return rows.text() + ":" + graphBytes + ":" + Integer.toHexString(graphChecksum);
    }

    static Graph parse(String text) {
      String[] parts = parts(text, 6);
      return new Graph(
          Rows.parse(String.join(":", Arrays.asList(parts).subList(0, 4))),
          Long.parseLong(parts[4]),
          Integer.parseUnsignedInt(parts[5], 16));
    }
  }

  Manifest {
    graphs = List.copyOf(graphs);
    flats = List.copyOf(flats);
  }

  Map<String, String> toUserData() {
    Map<String, String> data = new HashMap<>();
    data.put("format", Integer.toString(FORMAT));
    data.put("log", log);
    data.put("next-offset", Long.toString(nextOffset));
    data.put("dimensions", Integer.toString(layout.dimensions()));
    data.put("rows", layout.kind().text());
    data.put("next-generation", Long.toString(nextGeneration));
    data.put("next-vid", Integer.toString(nextVid));
    data.put("graphs", String.join(",", graphs.stream().map(Graph::text).toList()));
    data.put("flats", String.join(",", flats.stream().map(Rows::text).toList()));
    data.put("tail", tail.map(Rows::text).orElse(""));
    return data;
  }

  /**
   * @throws NewerFormatException where a newer release committed last
   * @throws CorruptShardException where it is no manifest
   */
  static Manifest of(String commit, Map<String, String> data) throws IOException {
    String format = data.getOrDefault("format", "");
    if (format.matches("\\d{1,9}")) {
      NewerFormatException.check(commit, Integer.parseInt(format), FORMAT);
    }
    if (!Integer.toString(FORMAT).equals(format) && !lacksWords(data)) {
      throw new CorruptShardException("commit has format " + format + ", not " + FORMAT);
    }
    try {
      String tail = value(data, "tail");
      return new Manifest(
          value(data, "log"),
          Long.parseLong(value(data, "next-offset")),
          new RowLayout(
              Integer.parseInt(value(data, "dimensions")),
              RowLayout.Kind.parse(value(data, "rows"))),
          Long.parseLong(value(data, "next-generation")),
          Integer.parseInt(value(data, "next-vid")),
          list(value(data, "graphs")).stream().map(Graph::parse).toList(),
          list(value(data, "flats")).stream().map(Rows::parse).toList(),
          tail.isEmpty() ? Optional.empty() : Optional.of(Rows.parse(tail)));
    } catch (IllegalArgumentException e) {
      throw new CorruptShardException("commit has an unreadable manifest: " + data, e);
    }
  }

  static boolean lacksWords(Map<String, String> data) {
    return Integer.toString(FORMAT_WITHOUT_WORDS).equals(data.get("format"));
  }

  private static String value(Map<String, String> data, String key) {
    String value = data.get(key);
    if (value == null) {
      throw new IllegalArgumentException("no " + key);
    }
    return value;
  }

  private static List<String> list(String text) {
    return text.isEmpty() ? new ArrayList<>() : List.of(text.split(",", -1));
  }

  private static String[] parts(String text, int count) {
    String[] parts = text.split(":", -1);
    if (parts.length != count) {
      throw new IllegalArgumentException("\"" + text + "\" has not " + count + " parts");
    }
    return parts;
  }
}
