package io.likeness.shard.index;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.lucene.index.SegmentInfos;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.MMapDirectory;

/**
 * The files of a shard's last commit, held open: whatever the shard deletes meanwhile stays
 * readable until this is closed, so a copy may take its time. All of them are immutable but the
 * tail, which grows behind the commit; of it only what the commit counts belongs here.
 *
 * <p>Lucene's SnapshotDeletionPolicy would keep its files by name, and the other half would need
 * the same again; an open file is kept by the system, for both.
 */
public final class Pin implements Closeable {

  /** One file: its first so many bytes. */
  public record PinnedFile(String name, long bytes, FileChannel channel) {

    /** Reads on from there; a file that ends early is an error. */
    public void read(ByteBuffer target, long position) throws IOException {
      Disk.readFully(channel, target, position);
    }
  }

  private final String log;
  private final long nextOffset;
  private final List<PinnedFile> files;

  private Pin(String log, long nextOffset, List<PinnedFile> files) {
    this.log = log;
    this.nextOffset = nextOffset;
    this.files = files;
  }

  /** Nobody may commit to the folder while this runs; afterwards anybody may. */
  static Pin of(Path folder) throws IOException {
    List<PinnedFile> files = new ArrayList<>();
    Path lucene = folder.resolve(ShardFolder.LUCENE);
    try (Directory directory = new MMapDirectory(lucene)) {
      SegmentInfos commit = SegmentInfos.readLatestCommit(directory);
      Manifest manifest = Manifest.of("the last commit of shard " + folder, commit.getUserData());
      for (String name : commit.files(true)) {
        Path file = lucene.resolve(name);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
        files.add(new PinnedFile(ShardFolder.LUCENE + "/" + name, channel.size(), channel));
      }
      for (Manifest.Graph graph : manifest.graphs()) {
        pinWhole(RowFile.path(folder, graph.rows().generation()), files);
        pinWhole(GraphFile.path(folder, graph.rows().generation()), files);
      }
      for (Manifest.Rows flat : manifest.flats()) {
        pinWhole(RowFile.path(folder, flat.generation()), files);
      }
      if (manifest.tail().isPresent()) {
        Manifest.Rows tail = manifest.tail().get();
        long bytes = RowFile.HEAD_BYTES + (long) tail.rows() * manifest.layout().bytes();
        Path file = RowFile.path(folder, tail.generation());
        files.add(
            new PinnedFile(
                file.getFileName().toString(),
                bytes,
                FileChannel.open(file, StandardOpenOption.READ)));
      }
      return new Pin(manifest.log(), manifest.nextOffset(), List.copyOf(files));
    } catch (IOException | RuntimeException e) {
      for (PinnedFile file : files) {
        file.channel().close();
      }
      throw e;
    }
  }

  private static void pinWhole(Path file, List<PinnedFile> files) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    files.add(new PinnedFile(file.getFileName().toString(), channel.size(), channel));
  }

  /** Identity of the log the offset belongs to. */
  public String log() {
    return log;
  }

  /** The first record of the slot that may be missing here. */
  public long nextOffset() {
    return nextOffset;
  }

  /** Names are relative to the shard's folder, with {@code /}. */
  public List<PinnedFile> files() {
    return files;
  }

  @Override
  public void close() throws IOException {
    for (PinnedFile file : files) {
      file.channel().close();
    }
  }
}
