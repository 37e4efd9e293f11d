package io.likeness.shard.index;

import io.likeness.proto.wire.NewerFormatException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFileNames;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.index.StoredFields;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.IOContext;
import org.apache.lucene.store.MMapDirectory;
import org.apache.lucene.store.NRTCachingDirectory;

/**
 * A shard's folder: {@code lucene/}, {@code rows-*} and {@code graph-*}. It appears under its name
 * only with a first commit inside, so a folder without one is damaged, not new. Opening checks
 * every byte the commit refers to but the rows of sealed segments, which are checked when they are
 * first used; a shard that fails is never served.
 */
public final class ShardFolder {

  /**
   * Keeps what a refresh writes in memory until a commit needs it. Lucene's class does so for files
   * whose size is told; we do it for the small ones without (field infos, deletes), too, so that a
   * refresh touches no disk.
   */
  private static final class RefreshCache extends NRTCachingDirectory {
    RefreshCache(Directory disk) {
      super(disk, CACHED_SEGMENT_MIB, CACHED_MIB);
    }

    @Override
    protected boolean doCacheWrite(String name, IOContext context) {
      boolean untold = context.mergeInfo() == null && context.flushInfo() == null;
      return untold
          ? !name.startsWith(IndexFileNames.PENDING_SEGMENTS)
          : super.doCacheWrite(name, context);
    }
  }

  static final String LUCENE = "lucene";

  /** Lucene segments up to this size wait in memory for the next commit, as NRT makes many. */
  private static final double CACHED_SEGMENT_MIB = 4;

  private static final double CACHED_MIB = 16;

  /** Damaged states of one shard kept. */
  private static final int ASIDE_MAX = 3;

  private ShardFolder() {}

  /**
   * Opens the shard, making it where there is none.
   *
   * @param log identity of the log; a shard filled from another one begins at its offset 0 again
   * @throws CorruptShardException where the folder is not what was committed
   * @throws NewerFormatException where a newer release committed it; it stays as it is
   */
  public static Shard open(Path folder, String log, ShardSettings settings, ShardEvents events)
      throws IOException {
    if (!Files.exists(folder)) {
      create(folder, log);
    }
    FSDirectory disk = new MMapDirectory(folder.resolve(LUCENE));
    OwedSyncDirectory directory = new OwedSyncDirectory(new RefreshCache(disk), disk);
    try {
      return open(folder, log, settings, events, directory);
    } catch (IOException | RuntimeException | InternalError e) {
      directory.close();
      throw asDamage(folder, e);
    }
  }

  private static Shard open(
      Path folder,
      String log,
      ShardSettings settings,
      ShardEvents events,
      OwedSyncDirectory directory)
      throws IOException {
    Manifest manifest;
    boolean lacksWords;
    try (DirectoryReader committed = DirectoryReader.open(directory)) {
      for (LeafReaderContext leaf : committed.leaves()) {
        leaf.reader().checkIntegrity();
      }
      manifest =
          Manifest.of(
              "the last commit of shard " + folder, committed.getIndexCommit().getUserData());
      lacksWords = Manifest.lacksWords(committed.getIndexCommit().getUserData());
      // The last process may have died between renaming this commit into place and making the name
      // durable. What the commit does not need is deleted below, so that must come first.
      directory.syncMetaData();
      forgetEarlierCommits(directory, committed.getIndexCommit().getSegmentsFileName());
    }
    VectorStore store = VectorStore.open(folder, settings, manifest, events.memory());
    IndexWriter writer = null;
    try {
      writer = new IndexWriter(directory, config(settings, IndexWriterConfig.OpenMode.APPEND));
      if (lacksWords) {
        addWords(writer);
      }
      DirectoryReader reader = DirectoryReader.open(writer);
      try {
        adoptLiveRows(store, reader);
      } catch (IOException | RuntimeException e) {
        reader.close();
        throw e;
      }
      long next = manifest.log().equals(log) ? manifest.nextOffset() : 0;
      Shard shard =
          new Shard(folder, log, next, settings, events, directory, writer, reader, store);
      events.buildWanted(shard);
      return shard;
    } catch (IOException | RuntimeException e) {
      if (writer != null) {
        writer.rollback();
      }
      store.close();
      throw e;
    }
  }

  /**
   * Where power failed while files of the commit before were being deleted, its {@code segments_N}
   * may be back without what it names, and Lucene's writer would stumble over it.
   */
  private static void forgetEarlierCommits(Directory directory, String last) throws IOException {
    for (String name : directory.listAll()) {
      if (name.startsWith(IndexFileNames.SEGMENTS) && !name.equals(last)) {
        directory.deleteFile(name);
      }
    }
  }

  /** Which rows are live is Lucene's to say, and nobody else writes it down. */
  private static void adoptLiveRows(VectorStore store, DirectoryReader reader) throws IOException {
    ImageDocs.visit(
        new IndexSearcher(reader),
        Filters.EXISTING,
        at -> {
          if (!store.adopt(at.vid())) {
            throw new CorruptShardException(
                "image "
                    + at.idBytes().utf8ToString()
                    + " refers to vid "
                    + at.vid()
                    + ", which is not there or another's");
          }
          return true;
        });
  }

  /**
   * What an earlier release kept of an image holds its words, but not where searches look. The next
   * commit has them; until then they are put in at every start.
   */
  private static void addWords(IndexWriter writer) throws IOException {
    try (DirectoryReader reader = DirectoryReader.open(writer)) {
      StoredFields fields = reader.storedFields();
      ImageDocs.visit(
          new IndexSearcher(reader),
          Filters.EXISTING,
          at -> {
            ImageDocs.Held held = ImageDocs.held(fields, at.doc());
            if (Words.isIn(held.state().text().value())) {
              String id = at.idBytes().utf8ToString();
              writer.updateDocument(new Term(ImageDocs.ID, id), ImageDocs.document(id, held));
            }
            return true;
          });
    }
  }

  private static IndexWriterConfig config(ShardSettings settings, IndexWriterConfig.OpenMode mode) {
    return new IndexWriterConfig(Words.STORED)
        .setOpenMode(mode)
        .setCommitOnClose(false)
        .setRAMBufferSizeMB(settings.writeBufferBytes() / (double) (1 << 20));
  }

  private static void create(Path folder, String log) throws IOException {
    Path fresh = folder.resolveSibling(folder.getFileName() + ".new");
    Disk.deleteTree(fresh);
    Files.createDirectories(fresh);
    FSDirectory disk = new MMapDirectory(fresh.resolve(LUCENE));
    try (OwedSyncDirectory directory = new OwedSyncDirectory(disk, disk);
        IndexWriter writer =
            new IndexWriter(
                directory, config(ShardSettings.DEFAULT, IndexWriterConfig.OpenMode.CREATE))) {
      writer.setLiveCommitData(Manifest.empty(log).toUserData().entrySet());
      writer.prepareCommit();
      directory.settle();
      writer.commit();
    }
    Disk.syncFolder(fresh);
    Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
    Disk.syncFolder(folder.resolveSibling(""));
  }

  /**
   * What broken bytes look like when they are read. Anything else (no permission, no space, a lock
   * held by another process) is not the data's fault and must not cost the shard.
   */
  private static IOException asDamage(Path folder, Throwable e) {
    if (e instanceof IndexFormatTooNewException newer) {
      return new NewerFormatException(
          folder.resolve(LUCENE).toString(), newer.getVersion(), newer.getMaxVersion());
    }
    boolean damage =
        Damage.of(e).isPresent()
            || e instanceof FileNotFoundException
            || e instanceof NoSuchFileException
            || (e instanceof RuntimeException && Damage.troubleOfTheDisk(e).isEmpty());
    if (damage) {
      return new CorruptShardException("shard " + folder + " is damaged: " + e.getMessage(), e);
    }
    return e instanceof IOException io ? io : new IOException(e);
  }

  /** Holds the last commit of a shard nobody has open. */
  public static Pin pin(Path folder) throws IOException {
    return Pin.of(folder);
  }

  /**
   * Moves a damaged shard out of the way, for whoever wants to look, and returns its new place. A
   * disk that damages one shard again and again must not fill up with them: beyond the first few
   * the last one gives way.
   */
  public static Path setAside(Path folder) throws IOException {
    Path aside = aside(folder, 1);
    for (int i = 2; i <= ASIDE_MAX && Files.exists(aside); i++) {
      aside = aside(folder, i);
    }
    Disk.deleteTree(aside);
    Files.move(folder, aside, StandardCopyOption.ATOMIC_MOVE);
    Disk.syncFolder(folder.resolveSibling(""));
    return aside;
  }

  private static Path aside(Path folder, int number) {
    return folder.resolveSibling(folder.getFileName() + ".corrupt-" + number);
  }
}
