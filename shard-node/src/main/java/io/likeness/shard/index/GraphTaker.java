package io.likeness.shard.index;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.zip.CRC32C;

/**
 * Makes a segment of the rows that are here and of a graph that another replica made of the same
 * ones. The graph alone travels, some 100 bytes a row; rows are copied from the segments that have
 * them, and their checksum is what proves that both replicas mean the same by a vector id. What was
 * removed since stays in the graph as in any other, without being live.
 */
final class GraphTaker {

  private static final int STEP = 1 << 16;

  private final Path folder;
  private final RowLayout layout;
  private final MemoryLedger memory;
  private final BooleanSupplier cancelled;

  GraphTaker(Path folder, RowLayout layout, MemoryLedger memory, BooleanSupplier cancelled) {
    this.folder = folder;
    this.layout = layout;
    this.memory = memory;
    this.cancelled = cancelled;
  }

  /**
   * The new segment, durable but not yet referred to; empty where the shard closed meanwhile or the
   * graph is of other rows. The sources stay as they are.
   *
   * @param live asked when the graph has come: all of these must be in it
   * @throws GraphLostException where it did not come, or not as it was offered
   */
  Optional<Segment> take(
      long generation,
      List<Segment> sources,
      Supplier<VidSet> live,
      GraphOffer offer,
      GraphSource source)
      throws IOException {
    Path file = GraphFile.path(folder, generation);
    // Before it comes rather than after: it may well be too large.
    try (MemoryLedger.Claim room = memory.claim("graph " + file, offer.bytes())) {
      fetch(file, offer, source);
    }
    int[] vids = vidsOf(file, offer);
    if (cancelled.getAsBoolean()
        || !coversAll(vids, sources, live.get())
        || !areThere(vids, sources)) {
      return Optional.empty();
    }
    Manifest.Rows rows =
        BuildThread.run(pool -> SegmentBuilder.copyRows(folder, layout, generation, sources, vids));
    if (rows.checksum() != offer.rowsChecksum()) {
      return Optional.empty();
    }
    Disk.syncFolder(folder);
    Manifest.Graph entry = new Manifest.Graph(rows, offer.bytes(), offer.checksum());
    return Optional.of(Segment.openGraph(folder, entry, layout, memory));
  }

  // ---- The file ----

  private void fetch(Path file, GraphOffer offer, GraphSource source) throws IOException {
    CRC32C crc = new CRC32C();
    long at = 0;
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        InputStream in = open(offer, source)) {
      byte[] step = new byte[STEP];
      for (int count = read(in, step); count >= 0; count = read(in, step)) {
        if (at + count > offer.bytes()) {
          throw new GraphLostException("more came than the %d bytes".formatted(offer.bytes()));
        }
        crc.update(step, 0, count);
        Disk.writeFully(channel, ByteBuffer.wrap(step, 0, count), at);
        at += count;
      }
      channel.force(true);
    }
    if (at != offer.bytes() || (int) crc.getValue() != offer.checksum()) {
      throw new GraphLostException(
          "the graph came damaged: %d bytes with checksum %08x, not %d with %08x"
              .formatted(at, (int) crc.getValue(), offer.bytes(), offer.checksum()));
    }
  }

  private InputStream open(GraphOffer offer, GraphSource source) throws GraphLostException {
    try {
      return source.open(offer, () -> !cancelled.getAsBoolean());
    } catch (IOException e) {
      throw new GraphLostException(String.valueOf(e.getMessage()), e);
    }
  }

  /** What fails here is the line's fault or the other replica's, not this disk's. */
  private static int read(InputStream in, byte[] step) throws GraphLostException {
    try {
      return in.read(step);
    } catch (IOException e) {
      throw new GraphLostException(String.valueOf(e.getMessage()), e);
    }
  }

  private static int[] vidsOf(Path file, GraphOffer offer) throws GraphLostException {
    int[] vids;
    try {
      vids = GraphFile.vids(file, offer.rows());
    } catch (IOException e) {
      throw new GraphLostException(String.valueOf(e.getMessage()), e);
    }
    boolean rises = vids[0] == offer.firstVid() && vids[vids.length - 1] == offer.endVid() - 1;
    for (int i = 1; i < vids.length; i++) {
      rises &= vids[i] > vids[i - 1];
    }
    if (!rises) {
      throw new GraphLostException("the graph is not of the vector ids it was offered with");
    }
    return vids;
  }

  // ---- Whether it is of these rows ----

  private static boolean coversAll(int[] vids, List<Segment> sources, VidSet live) {
    int at = 0;
    int end = sources.getLast().endVid();
    for (int vid = live.nextFrom(sources.getFirst().firstVid());
        vid >= 0 && vid < end;
        vid = live.nextFrom(vid + 1)) {
      while (at < vids.length && vids[at] < vid) {
        at++;
      }
      if (at == vids.length || vids[at] != vid) {
        return false;
      }
    }
    return true;
  }

  private static boolean areThere(int[] vids, List<Segment> sources) {
    int next = 0;
    for (Segment source : sources) {
      int row = 0;
      for (; next < vids.length && vids[next] < source.endVid(); next++) {
        while (row < source.rows() && source.vid(row) < vids[next]) {
          row++;
        }
        if (row == source.rows() || source.vid(row) != vids[next]) {
          return false;
        }
      }
    }
    return next == vids.length;
  }
}
