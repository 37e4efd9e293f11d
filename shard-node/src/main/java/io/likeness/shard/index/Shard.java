package io.likeness.shard.index;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.RejectImage;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.StoredPicture;
import io.likeness.wire.VectorRecord;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.Term;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance's images in one slot: a Lucene index of ids, states and attributes, and a store of
 * vectors, joined by vector ids.
 *
 * <p><b>Commit.</b> One Lucene commit is the only commit point; its user data is the {@link
 * Manifest}, which names every vector file with its checksum, and the offset up to which the log is
 * contained. Nothing else is ever half done: what the last commit does not name is deleted on open,
 * and the log brings it again. Records may be applied any number of times ({@link ImageState}), so
 * the offset only has to be low enough.
 *
 * <p><b>View.</b> {@link #refresh} opens a Lucene reader on the writer and copies the live bits
 * under the one lock all changes take, so both halves of a {@link View} are of the same moment.
 * Opening it outside the lock would stall the applier less, but an image updated in between would
 * be in neither half of the view. The disk is waited for outside: a commit takes its moment under
 * the lock and its fsyncs without ({@link OwedSyncDirectory}), so neither applier nor refresh feels
 * a slow disk.
 *
 * <p><b>Threads.</b> One applier; refresh, commit and build on threads of their own; any number of
 * searches, which never take the lock.
 */
public final class Shard implements Closeable {

  /** A record of the slot and its offset there. */
  public record Change(long offset, VectorRecord record) {}

  /** Neighbours, codes and sums of one row in its files, generously. */
  private static final int BYTES_BESIDE_A_ROW = 512;

  private static final long NOTHING = Long.MAX_VALUE;

  private record Pending(ImageDocs.Held held, long acceptedAtMillis) {}

  /** Sealed tails that may wait for their graph: scanning their codes takes some milliseconds. */
  private static final int WAITING_SEALS_MAX = 16;

  private static final Logger logger = LoggerFactory.getLogger(Shard.class);

  private final Path folder;
  private final String log;
  private final ShardSettings settings;
  private final ShardEvents events;
  private final OwedSyncDirectory directory;
  private final IndexWriter writer;
  private final VectorStore store;
  private final ImageSum sum = new ImageSum();
  private final ReentrantLock lock = new ReentrantLock();
  // One build and one commit at a time. Taken in this order, and before the lock: build, commit.
  private final ReentrantLock buildTurn = new ReentrantLock();
  private final ReentrantLock commitTurn = new ReentrantLock();
  // Guarded by the lock.
  private Map<String, Pending> pending = new HashMap<>();
  private long nextOffset;
  private boolean uncommitted;
  // What the images that changed since the opening add to the sum of all.
  private long changed;
  private boolean closed;
  private boolean ended;
  // Replaced under the lock, read by anybody.
  private volatile View view;
  private volatile boolean dirty;
  private volatile long shownOffset;
  private volatile boolean closing;
  private volatile boolean behind;
  // The first record passed over for want of room; written under the lock.
  private volatile long heldBack = NOTHING;

  Shard(
      Path folder,
      String log,
      long nextOffset,
      ShardSettings settings,
      ShardEvents events,
      OwedSyncDirectory directory,
      IndexWriter writer,
      DirectoryReader reader,
      VectorStore store) {
    this.folder = folder;
    this.log = log;
    this.nextOffset = nextOffset;
    this.shownOffset = nextOffset;
    this.settings = settings;
    this.events = events;
    this.directory = directory;
    this.writer = writer;
    this.store = store;
    this.view = viewOf(reader);
  }

  private View viewOf(DirectoryReader reader) {
    return new View(
        reader,
        store.retainSegments(),
        store.tailBlock(),
        store.live(),
        store.layout().dimensions(),
        sum,
        changed);
  }

  public Path folder() {
    return folder;
  }

  // ---- Changes ----

  /** Applies records in order of their offsets; those applied before a commit are passed over. */
  public void apply(List<Change> changes) throws IOException {
    apply(changes, true);
  }

  /**
   * Applies records in order of their offsets; those applied before a commit are passed over.
   *
   * @param hasRoom false: pictures are passed over and only the rest is applied, which takes hardly
   *     any room. The merge rule allows records in any order, so all that is owed is to read again
   *     from the first one passed over, {@link #catchUp}; no commit claims to contain it.
   */
  public void apply(List<Change> changes, boolean hasRoom) throws IOException {
    boolean urgent = false;
    boolean buildable = false;
    lock.lock();
    try {
      for (Change change : changes) {
        if (change.offset() < nextOffset) {
          continue;
        }
        if (!hasRoom && change.record().hasPut()) {
          heldBack = Math.min(heldBack, change.offset());
          continue;
        }
        if (apply(change.record())) {
          urgent |= events.isAwaited(change.record().getImageId());
        }
        nextOffset = change.offset() + 1;
        if (store.isTailFull()) {
          store.seal();
          buildable = true;
          behind = isFarBehind();
        }
      }
    } finally {
      lock.unlock();
    }
    if (dirty) {
      events.dirty(this, urgent);
    }
    if (buildable) {
      events.buildWanted(this);
    }
  }

  private boolean isFarBehind() {
    return store.waitingRows() > (long) WAITING_SEALS_MAX * settings.sealRows();
  }

  /**
   * Whether so many rows wait for their graph that searches suffer: whoever brings records should
   * wait, too.
   */
  public boolean isBehind() {
    return behind;
  }

  /** True: the record told something new. */
  private boolean apply(VectorRecord given) throws IOException {
    String id = given.getImageId();
    VectorRecord record = refuseMisfit(given);
    ImageDocs.Held before = current(id);
    ImageState state = before.state().merge(record);
    if (state.equals(before.state())) {
      return false;
    }
    int vid = ImageDocs.NO_VID;
    if (state.exists()) {
      boolean newPicture =
          !before.state().exists() || state.added().isAfter(before.state().added());
      vid = newPicture ? newVector(before, state, record) : before.vid();
    } else if (before.state().exists()) {
      store.remove(before.vid());
    }
    changed += ImageSum.of(id, state) - ImageSum.of(id, before.state());
    ImageDocs.Held held = new ImageDocs.Held(state, vid);
    if (before == ImageDocs.Held.NOTHING) {
      writer.addDocument(ImageDocs.document(id, held));
    } else {
      writer.updateDocument(new Term(ImageDocs.ID, id), ImageDocs.document(id, held));
    }
    Pending earlier = pending.get(id);
    long acceptedAt = earlier == null ? record.getAcceptedAtMillis() : earlier.acceptedAtMillis();
    pending.put(id, new Pending(held, acceptedAt));
    uncommitted = true;
    dirty = true;
    return true;
  }

  /** The same vector again keeps its row: replays and changes of attributes rewrite no graph. */
  private int newVector(ImageDocs.Held before, ImageState state, VectorRecord record)
      throws IOException {
    ByteString vector = record.getPut().getVector();
    if (before.state().exists()) {
      boolean sameHash =
          before
              .state()
              .picture()
              .map(StoredPicture::getVectorHash)
              .equals(state.picture().map(StoredPicture::getVectorHash));
      if (sameHash && store.holds(before.vid(), vector)) {
        return before.vid();
      }
      store.remove(before.vid());
    }
    return store.add(vector, RowLayout.Kind.of(record.getPut().getRows()));
  }

  /**
   * A vector that cannot lie beside the others becomes a rejection of its event: the image's status
   * then tells why it cannot be found, which silence would not.
   */
  private VectorRecord refuseMisfit(VectorRecord record) {
    if (!record.hasPut()) {
      return record;
    }
    ByteString vector = record.getPut().getVector();
    String fault = "";
    if (!store.fits(vector)) {
      fault =
          "vector has %d bytes, the shard has vectors of %d dimensions"
              .formatted(vector.size(), store.layout().dimensions());
    } else {
      try {
        FeatureVector.ofBytes(vector);
      } catch (IllegalArgumentException e) {
        fault = String.valueOf(e.getMessage());
      }
    }
    if (fault.isEmpty()) {
      return record;
    }
    Rejection rejection =
        Rejection.newBuilder().setKind(RejectionKind.BAD_VECTOR).setDetail(fault).build();
    return record.toBuilder().setReject(RejectImage.newBuilder().setRejection(rejection)).build();
  }

  private ImageDocs.Held current(String id) throws IOException {
    Pending unseen = pending.get(id);
    if (unseen != null) {
      return unseen.held();
    }
    return ImageDocs.find(view.reader(), id).orElse(ImageDocs.Held.NOTHING);
  }

  // ---- Views ----

  /** The newest view; the caller closes it. */
  public View view() throws ShardClosedException {
    while (true) {
      View now = view;
      if (now.tryRetain()) {
        return now;
      }
      // It was replaced in between, unless nothing will replace it any more.
      if (closing && now == view) {
        throw new ShardClosedException(folder.toString());
      }
      Thread.onSpinWait();
    }
  }

  /** Whatever was applied before this record can be seen, unless more is ({@link #isDirty}). */
  public long shownOffset() {
    return shownOffset;
  }

  /** Whether views show every record before this offset that has been applied. */
  public boolean shows(long offset) {
    return !dirty || shownOffset >= offset;
  }

  /** The first record that was passed over; {@link Long#MAX_VALUE} where none was. */
  public long heldBack() {
    return heldBack;
  }

  /** There is room again: returns from where the log has to be read, if anything was held back. */
  public OptionalLong catchUp() {
    lock.lock();
    try {
      if (heldBack == NOTHING) {
        return OptionalLong.empty();
      }
      nextOffset = Math.min(nextOffset, heldBack);
      heldBack = NOTHING;
      return OptionalLong.of(nextOffset);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Forgets up to where the log is contained, so that any record is looked at again: the log turned
   * out to be shorter than that, so it is not what it was.
   */
  public void rewind() {
    lock.lock();
    try {
      nextOffset = 0;
      uncommitted = true;
    } finally {
      lock.unlock();
    }
  }

  /** Whether it is closed, or about to be. */
  public boolean isClosing() {
    return closing;
  }

  /** Whether there are changes no view shows. */
  public boolean isDirty() {
    return dirty;
  }

  /** Shows all that has been applied. */
  public void refresh() throws IOException {
    Map<String, Pending> shown;
    lock.lock();
    try {
      if (closed || !dirty) {
        return;
      }
      shown = show();
    } finally {
      lock.unlock();
    }
    tell(shown);
  }

  /**
   * A view of this moment in both halves: live bits beside an older reader would name vectors whose
   * documents nobody sees yet. Returns what it shows for the first time. Holds the lock.
   */
  private Map<String, Pending> show() throws IOException {
    View old = view;
    DirectoryReader reader = DirectoryReader.openIfChanged(old.reader(), writer);
    if (reader == null) {
      reader = old.reader();
      reader.incRef();
    }
    view = viewOf(reader);
    old.close();
    Map<String, Pending> shown = pending;
    pending = new HashMap<>();
    dirty = false;
    shownOffset = nextOffset;
    return shown;
  }

  private void tell(Map<String, Pending> shown) {
    shown.forEach(
        (id, change) -> events.visible(id, change.held().state(), change.acceptedAtMillis()));
    events.refreshed(this);
  }

  // ---- Commits ----

  /** The first record of the slot that may not have been applied. */
  public long nextOffset() {
    lock.lock();
    try {
      return Math.min(nextOffset, heldBack);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Makes everything applied durable. {@code slotNext}: all records of the slot before it have been
   * offered to this shard. False: there was nothing.
   */
  public boolean commit(long slotNext) throws IOException {
    commitTurn.lock();
    try {
      Set<Path> unsynced;
      lock.lock();
      try {
        nextOffset = Math.max(nextOffset, slotNext);
        if (closed || !uncommitted) {
          return false;
        }
        unsynced = prepareCommit();
      } finally {
        lock.unlock();
      }
      finishCommit(unsynced);
      return true;
    } finally {
      commitTurn.unlock();
    }
  }

  /** Takes the moment: rows and documents must be of one. Holds commit turn and lock. */
  Set<Path> prepareCommit() throws IOException {
    Manifest manifest = store.flush(log, Math.min(nextOffset, heldBack));
    writer.setLiveCommitData(manifest.toUserData().entrySet());
    writer.prepareCommit();
    uncommitted = false;
    return store.takeUnsynced();
  }

  /** Waits for the disk, then lets the commit take effect. Holds the commit turn. */
  private void finishCommit(Set<Path> unsynced) throws IOException {
    for (Path file : unsynced) {
      Disk.sync(file);
    }
    directory.settle();
    writer.commit();
  }

  /** Holds the files of the last commit, for a copy. */
  public Pin pin() throws IOException {
    commitTurn.lock();
    try {
      if (closing) {
        throw new ShardClosedException(folder.toString());
      }
      return Pin.of(folder);
    } finally {
      commitTurn.unlock();
    }
  }

  // ---- Building ----

  /** Makes graphs of what is sealed, until nothing is worth it. Minutes on a large shard. */
  public void build() throws IOException {
    buildTurn.lock();
    try {
      for (Optional<VectorStore.Job> job = nextJob(); job.isPresent(); job = nextJob()) {
        run(job.get());
      }
    } finally {
      buildTurn.unlock();
    }
  }

  private Optional<VectorStore.Job> nextJob() {
    lock.lock();
    try {
      return closing ? Optional.empty() : store.plan();
    } finally {
      lock.unlock();
    }
  }

  private void run(VectorStore.Job job) throws IOException {
    long start = System.nanoTime();
    try {
      Optional<Segment> built = Optional.empty();
      int rows = job.liveRows();
      if (rows > 0) {
        built = build(job);
      }
      if (!take(job, rows, built)) {
        return;
      }
      events.built(rows, Duration.ofNanos(System.nanoTime() - start));
    } catch (NoMemoryException e) {
      logger.warn("the rows stay without a graph for now: {}", e.getMessage());
      setAside(job);
    } finally {
      job.release();
    }
  }

  /** The same sources are not tried again. */
  private void setAside(VectorStore.Job job) {
    lock.lock();
    try {
      store.refuse(job);
      behind = isFarBehind();
    } finally {
      lock.unlock();
    }
  }

  /**
   * A builder touches only new files of its own, so a full or failing disk costs it no more than
   * these. Better not to begin: others want the room as well.
   */
  private Optional<Segment> build(VectorStore.Job job) throws IOException {
    SegmentBuilder builder =
        new SegmentBuilder(folder, job.layout(), settings, events, () -> closing);
    requireRoom(job.liveRows(), job.layout());
    try {
      return builder.build(job.generation(), job.sources(), job.live());
    } catch (NoMemoryException e) {
      throw e;
    } catch (IOException e) {
      SegmentBuilder.discard(folder, job.generation());
      if (Damage.of(e).isPresent()) {
        throw e;
      }
      throw new BuildFailedException("no graph over the rows of " + folder + ": " + e, e);
    }
  }

  private void requireRoom(int rows, RowLayout layout) throws IOException {
    long needed = rows * (long) (layout.bytes() + BYTES_BESIDE_A_ROW);
    long free = Files.getFileStore(folder).getUsableSpace();
    if (free < needed) {
      throw new BuildFailedException(
          "a graph over %d rows takes some %d bytes, the disk of %s has %d"
              .formatted(rows, needed, folder, free));
    }
  }

  /** Puts what was built in the place of its sources. False: it could not be used. */
  private boolean take(VectorStore.Job job, int rows, Optional<Segment> built) throws IOException {
    commitTurn.lock();
    try {
      Set<Path> unsynced;
      Map<String, Pending> shown;
      lock.lock();
      try {
        if (closed) {
          built.ifPresent(Segment::release);
          return false;
        }
        if (rows > 0 && built.isEmpty()) {
          store.refuse(job);
          behind = isFarBehind();
          return false;
        }
        store.replace(job, built);
        behind = isFarBehind();
        unsynced = prepareCommit();
        shown = show();
      } finally {
        lock.unlock();
      }
      tell(shown);
      finishCommit(unsynced);
      // Not named by the commit any more; views that still map them do not need their names.
      for (Segment source : job.sources()) {
        for (Path file : source.files()) {
          Files.deleteIfExists(file);
        }
      }
      return true;
    } finally {
      commitTurn.unlock();
    }
  }

  // ---- Graphs of other replicas ----

  /** The graphs there are, for another replica to take over, in order of vids. */
  public List<GraphOffer> graphs() {
    lock.lock();
    try {
      return closed ? List.of() : store.offers();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Some bytes of a graph's file; of a generation that is not offered any more they are of no use,
   * as their checksum tells.
   *
   * @throws NoSuchFileException where the graph has been replaced
   */
  public ByteBuffer readGraph(long generation, long from, int length) throws IOException {
    try (FileChannel channel =
        FileChannel.open(GraphFile.path(folder, generation), StandardOpenOption.READ)) {
      ByteBuffer bytes = ByteBuffer.allocate(length);
      Disk.readFully(channel, bytes, from);
      return bytes.flip();
    }
  }

  /** Whether rows wait for a graph, and memory was not refused for it. */
  public boolean isBuildDue() {
    lock.lock();
    try {
      return !closing && store.isBuildDue();
    } finally {
      lock.unlock();
    }
  }

  /** Whether a graph is being made or taken over right now. */
  public boolean isBuilding() {
    return buildTurn.isLocked();
  }

  /** Rows that are scanned for want of a graph, the tail left out. */
  public long waitingRows() {
    lock.lock();
    try {
      return store.waitingRows();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Lets graphs that another replica made take the place of rows that wait for one, in the way a
   * build of this shard's own would: no search sees more or less at any moment.
   *
   * @throws GraphLostException where one did not come, or not as it was offered
   * @throws NoMemoryException where the ledger has no room for it, nor for one made here
   */
  public Adoption adopt(List<GraphOffer> offers, GraphSource source) throws IOException {
    buildTurn.lock();
    try {
      Adoption adoption = Adoption.NOTHING;
      for (GraphOffer offer : offers) {
        Optional<VectorStore.Job> job = jobFor(offer);
        if (job.isPresent()) {
          adoption = adopt(job.get(), offer, source);
          if (adoption != Adoption.TAKEN) {
            return adoption;
          }
        }
      }
      return adoption;
    } finally {
      buildTurn.unlock();
    }
  }

  private Optional<VectorStore.Job> jobFor(GraphOffer offer) {
    lock.lock();
    try {
      return closing ? Optional.empty() : store.planFor(offer);
    } finally {
      lock.unlock();
    }
  }

  private Adoption adopt(VectorStore.Job job, GraphOffer offer, GraphSource source)
      throws IOException {
    long start = System.nanoTime();
    try {
      requireRoom(offer.rows(), job.layout());
      Optional<Segment> taken = fetch(job, offer, source);
      if (taken.isEmpty()) {
        return closing ? Adoption.NOTHING : Adoption.MISFIT;
      }
      if (!take(job, offer.rows(), taken)) {
        return Adoption.NOTHING;
      }
      events.adopted(offer.rows(), offer.bytes(), Duration.ofNanos(System.nanoTime() - start));
      return Adoption.TAKEN;
    } finally {
      job.release();
    }
  }

  private Optional<Segment> fetch(VectorStore.Job job, GraphOffer offer, GraphSource source)
      throws IOException {
    GraphTaker taker = new GraphTaker(folder, job.layout(), events.memory(), () -> closing);
    Optional<Segment> taken = Optional.empty();
    try {
      taken = taker.take(job.generation(), job.sources(), this::live, offer, source);
      return taken;
    } catch (NoMemoryException | GraphLostException e) {
      throw e;
    } catch (IOException e) {
      if (Damage.of(e).isPresent()) {
        throw e;
      }
      throw new BuildFailedException("no graph over the rows of " + folder + ": " + e, e);
    } finally {
      if (taken.isEmpty()) {
        SegmentBuilder.discard(folder, job.generation());
      }
    }
  }

  private VidSet live() {
    lock.lock();
    try {
      return store.live();
    } finally {
      lock.unlock();
    }
  }

  // ---- Ends ----

  public long bytesInMemory() {
    lock.lock();
    try {
      return store.bytesInMemory()
          + (closed ? 0 : writer.ramBytesUsed() + VidDocs.bytes(view.reader()));
    } finally {
      lock.unlock();
    }
  }

  /** Commits and closes. Searches under way finish on the view they hold. */
  @Override
  public void close() throws IOException {
    close(true);
  }

  /** Closes without a commit, as if the process had died here. */
  public void abandon() throws IOException {
    close(false);
  }

  /**
   * Stops writing where the disk failed it, whatever state that left: nothing is committed any
   * more, and the folder may be opened anew. The newest view stays, and goes on answering until the
   * close.
   */
  public void halt() throws IOException {
    closing = true;
    buildTurn.lock();
    commitTurn.lock();
    lock.lock();
    try {
      stopWriting();
    } finally {
      lock.unlock();
      commitTurn.unlock();
      buildTurn.unlock();
    }
  }

  /** Something failed that was done with this shard. False: that is not the shard's matter. */
  public boolean failed(Throwable cause) {
    return events.failed(this, cause);
  }

  /** Holds all three. */
  private void stopWriting() throws IOException {
    if (!closed) {
      closed = true;
      try {
        writer.rollback();
      } finally {
        store.close();
      }
    }
  }

  private void close(boolean commit) throws IOException {
    closing = true;
    buildTurn.lock();
    commitTurn.lock();
    lock.lock();
    try {
      if (ended) {
        return;
      }
      ended = true;
      try {
        if (commit && !closed && uncommitted && writer.isOpen()) {
          finishCommit(prepareCommit());
        }
      } finally {
        // The view first, so that Lucene still deletes what only it needed.
        view.close();
        try {
          stopWriting();
        } finally {
          directory.close();
        }
      }
    } finally {
      lock.unlock();
      commitTurn.unlock();
      buildTurn.unlock();
    }
  }
}
