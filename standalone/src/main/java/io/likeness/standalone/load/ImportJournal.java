package io.likeness.standalone.load;

import io.likeness.proto.wire.NewerFormatException;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;

/**
 * What of an import the service has taken already, so that an import cut off goes on where it was.
 * A head with the form, then one line per picture: its stamp, a tab, its id. It may lack the last
 * ones after a crash: they are sent again, which changes nothing. Many threads may use it.
 */
public final class ImportJournal implements AutoCloseable {

  /** No file has this stamp. */
  private static final String NOT_DONE = "-";

  static final int FORMAT = 1;
  private static final String HEAD = "likeness-import ";

  private final Map<String, String> done;
  private final BufferedWriter writer;

  private ImportJournal(Map<String, String> done, BufferedWriter writer) {
    this.done = done;
    this.writer = writer;
  }

  /** Begins anew, or with what an earlier import wrote. */
  public static ImportJournal open(Path file, boolean restart) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    if (restart) {
      Files.deleteIfExists(file);
    }
    Map<String, String> done = new HashMap<>();
    boolean torn = false;
    if (Files.exists(file)) {
      String all = Files.readString(file);
      checkForm(file, all);
      torn = !all.isEmpty() && !all.endsWith("\n");
      int whole = all.lastIndexOf('\n') + 1;
      all.substring(0, whole)
          .lines()
          .forEach(
              line -> {
                int tab = line.indexOf('\t');
                if (tab > 0) {
                  done.put(line.substring(tab + 1), line.substring(0, tab));
                }
              });
    }
    BufferedWriter writer =
        Files.newBufferedWriter(
            file, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    if (torn) {
      writer.newLine();
    }
    if (Files.size(file) == 0) {
      writer.write(HEAD + FORMAT + "\n");
    }
    return new ImportJournal(done, writer);
  }

  /** Without a head it is of the first form. */
  private static void checkForm(Path file, String all) throws NewerFormatException {
    String first = all.lines().findFirst().orElse("");
    if (first.matches(HEAD + "\\d{1,9}")) {
      NewerFormatException.check(
          file.toString(), Integer.parseInt(first.substring(HEAD.length())), FORMAT);
    }
  }

  /** Whether this very content was taken under this id. */
  public synchronized boolean holds(ImportItem item) {
    return item.stamp().equals(done.get(item.id()));
  }

  public synchronized void add(ImportItem item) {
    write(item.id(), item.stamp());
  }

  /** It turned out not to have been brought in after all. */
  synchronized void forget(ImportItem item) {
    write(item.id(), NOT_DONE);
  }

  private void write(String id, String stamp) {
    done.put(id, stamp);
    try {
      writer.write(stamp + "\t" + id + "\n");
      writer.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the journal of the import", e);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    writer.close();
  }
}
