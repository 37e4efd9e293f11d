package io.likeness.shard.copy;

import com.google.protobuf.ByteString;
import io.likeness.shard.index.GraphOffer;
import io.likeness.shard.index.Pin;
import io.likeness.shard.index.Shard;
import io.likeness.shard.intake.ByteRate;
import io.likeness.shard.intake.CopyLimits;
import io.likeness.shard.intake.HeldSlot;
import io.likeness.shard.intake.HeldSlots;
import io.likeness.shard.intake.PinnedSlot;
import io.likeness.shard.intake.ShardAbsentException;
import io.likeness.shard.intake.ShardMeters;
import io.likeness.shard.snapshot.SnapshotManifest;
import io.likeness.wire.CopiedFile;
import io.likeness.wire.CopiedShard;
import io.likeness.wire.DescribeGraphsAnswer;
import io.likeness.wire.DescribeGraphsRequest;
import io.likeness.wire.EndCopyRequest;
import io.likeness.wire.OfferedGraph;
import io.likeness.wire.OpenCopyAnswer;
import io.likeness.wire.OpenCopyRequest;
import io.likeness.wire.ReadCopyAnswer;
import io.likeness.wire.ReadCopyRequest;
import io.likeness.wire.ReadGraphAnswer;
import io.likeness.wire.ReadGraphRequest;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ShardAddress;
import io.likeness.wire.ShardGraphs;
import io.likeness.wire.SlotCopy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands out the slots this node serves, to other replicas that pull at their own pace. A copy is a
 * slot's last commits with their files held open, so the slot goes on as if nothing were; it ends
 * when it is ended, or when nobody has read it for a while. So many at a time, the next are told to
 * come again.
 *
 * <p>Graphs are handed out one by one and not held: one that is replaced while it is read has to be
 * asked for anew, as what replaced it.
 */
public final class CopyDesk implements AutoCloseable {

  static final int CHUNK_MAX = 1 << 20;

  private static final Duration IDLE_MAX = Duration.ofSeconds(60);
  private static final int NAME_BYTES = 16;
  private static final Logger log = LoggerFactory.getLogger(CopyDesk.class);

  /** One that is held. */
  private static final class Copy {
    final PinnedSlot pinned;
    final Map<String, Pin.PinnedFile> files;
    volatile long lastRead;

    Copy(PinnedSlot pinned, Map<String, Pin.PinnedFile> files, long now) {
      this.pinned = pinned;
      this.files = files;
      this.lastRead = now;
    }
  }

  private final HeldSlots slots;
  private final CopyLimits limits;
  private final ByteRate rate;
  private final ShardMeters meters;
  private final LongSupplier nanos;
  private final Semaphore places;
  private final SecureRandom random = new SecureRandom();
  private final Map<ByteString, Copy> copies = new ConcurrentHashMap<>();

  public CopyDesk(HeldSlots slots, CopyLimits limits, ShardMeters meters, LongSupplier nanos) {
    this.slots = slots;
    this.limits = limits;
    this.rate = new ByteRate(limits.bytesPerSecond());
    this.meters = meters;
    this.nanos = nanos;
    this.places = new Semaphore(limits.parallel());
  }

  // ---- Opening ----

  /** Reads every byte of the slot once, for its hashes. */
  public OpenCopyAnswer open(OpenCopyRequest request) throws IOException {
    if (!places.tryAcquire()) {
      return no(
          refusal(
              RefusalKind.BUSY,
              "%d copies are being read from this node, its most".formatted(limits.parallel())));
    }
    boolean held = false;
    try {
      Optional<HeldSlot> slot = held(request.getSlot(), request.getTerm());
      if (slot.isEmpty()) {
        return no(stale(request.getSlot(), request.getTerm()));
      }
      Optional<PinnedSlot> pinned = slot.get().pin();
      if (pinned.isEmpty()) {
        return no(
            refusal(
                RefusalKind.UNAVAILABLE,
                "slot %d is catching up or mends a shard".formatted(request.getSlot())));
      }
      OpenCopyAnswer answer = hold(pinned.get());
      held = true;
      return answer;
    } finally {
      if (!held) {
        places.release();
      }
    }
  }

  private OpenCopyAnswer hold(PinnedSlot pinned) throws IOException {
    byte[] name = new byte[NAME_BYTES];
    random.nextBytes(name);
    SlotCopy.Builder told =
        SlotCopy.newBuilder()
            .setCopy(ByteString.copyFrom(name))
            .setLog(pinned.log())
            .setNextOffset(pinned.nextOffset());
    Map<String, Pin.PinnedFile> files = new HashMap<>();
    try {
      SnapshotManifest manifest = SnapshotManifest.of(pinned, Instant.EPOCH);
      manifest.shards().forEach((uid, shard) -> told.addShards(tell(pinned, uid, shard, files)));
    } catch (IOException | RuntimeException e) {
      pinned.close();
      throw e;
    }
    copies.put(told.getCopy(), new Copy(pinned, files, nanos.getAsLong()));
    return OpenCopyAnswer.newBuilder().setCopy(told).build();
  }

  private static CopiedShard tell(
      PinnedSlot pinned,
      String uid,
      SnapshotManifest.ShardFiles shard,
      Map<String, Pin.PinnedFile> files) {
    CopiedShard.Builder told =
        CopiedShard.newBuilder().setInstanceUid(uid).setNextOffset(shard.nextOffset());
    List<Pin.PinnedFile> open = Objects.requireNonNull(pinned.shards().get(uid)).files();
    for (int i = 0; i < open.size(); i++) {
      SnapshotManifest.FileEntry file = shard.files().get(i);
      files.put(file.sha256(), open.get(i));
      told.addFiles(
          CopiedFile.newBuilder()
              .setName(file.name())
              .setBytes(file.bytes())
              .setSha256(file.sha256()));
    }
    return told.build();
  }

  // ---- Reading ----

  /** Waits where bytes go faster than they may. */
  public ReadCopyAnswer read(ReadCopyRequest request) throws IOException, InterruptedException {
    Copy copy = copies.get(request.getCopy());
    if (copy == null) {
      return noRead(RefusalKind.UNAVAILABLE, "the copy is no longer held; open it anew");
    }
    Pin.PinnedFile file = copy.files.get(request.getSha256());
    long from = request.getOffset();
    int length = request.getLength();
    if (file == null
        || length < 1
        || length > CHUNK_MAX
        || from < 0
        || from > file.bytes() - length) {
      return noRead(
          RefusalKind.BAD_REQUEST,
          "%d bytes from %d of file \"%s\" are not 1 to %d bytes of a file of the copy"
              .formatted(length, from, request.getSha256(), CHUNK_MAX));
    }
    TimeUnit.NANOSECONDS.sleep(rate.take(length));
    copy.lastRead = nanos.getAsLong();
    ByteBuffer content = ByteBuffer.allocate(length);
    try {
      file.read(content, from);
    } catch (java.nio.channels.ClosedChannelException ended) {
      return noRead(RefusalKind.UNAVAILABLE, "the copy ended while it was read");
    }
    meters.copied(length, true);
    return ReadCopyAnswer.newBuilder().setContent(ByteString.copyFrom(content.flip())).build();
  }

  // ---- Graphs ----

  /** What another replica may take over, of a slot that this node serves. */
  public DescribeGraphsAnswer graphs(DescribeGraphsRequest request) throws ShardAbsentException {
    switch (find(request.getShard())) {
      case Found.No no -> {
        return DescribeGraphsAnswer.newBuilder().setRefusal(no.refusal()).build();
      }
      case Found.Here here -> {
        ShardGraphs.Builder told = ShardGraphs.newBuilder();
        here.shard().graphs().forEach(offer -> told.addGraphs(told(offer)));
        return DescribeGraphsAnswer.newBuilder()
            .setGraphs(told.setBuilding(here.slot().isBuilding(here.shard())))
            .build();
      }
    }
  }

  private static OfferedGraph told(GraphOffer offer) {
    return OfferedGraph.newBuilder()
        .setGeneration(offer.generation())
        .setFirstVid(offer.firstVid())
        .setEndVid(offer.endVid())
        .setRows(offer.rows())
        .setRowsChecksum(offer.rowsChecksum())
        .setBytes(offer.bytes())
        .setChecksum(offer.checksum())
        .build();
  }

  /** Waits where bytes go faster than they may. */
  public ReadGraphAnswer readGraph(ReadGraphRequest request)
      throws IOException, InterruptedException {
    switch (find(request.getShard())) {
      case Found.No no -> {
        return ReadGraphAnswer.newBuilder().setRefusal(no.refusal()).build();
      }
      case Found.Here here -> {
        return readGraph(here.shard(), request);
      }
    }
  }

  private ReadGraphAnswer readGraph(Shard shard, ReadGraphRequest request)
      throws IOException, InterruptedException {
    long generation = request.getGeneration();
    long from = request.getOffset();
    int length = request.getLength();
    Optional<GraphOffer> graph =
        shard.graphs().stream().filter(each -> each.generation() == generation).findFirst();
    if (graph.isEmpty()) {
      return noGraph(RefusalKind.UNAVAILABLE, "graph " + generation + " has been replaced");
    }
    if (length < 1 || length > CHUNK_MAX || from < 0 || from > graph.get().bytes() - length) {
      return noGraph(
          RefusalKind.BAD_REQUEST,
          "%d bytes from %d of graph %d are not 1 to %d of its %d bytes"
              .formatted(length, from, generation, CHUNK_MAX, graph.get().bytes()));
    }
    TimeUnit.NANOSECONDS.sleep(rate.take(length));
    try {
      ByteBuffer content = shard.readGraph(generation, from, length);
      meters.graphBytes(length, true);
      return ReadGraphAnswer.newBuilder().setContent(ByteString.copyFrom(content)).build();
    } catch (NoSuchFileException replaced) {
      return noGraph(RefusalKind.UNAVAILABLE, "graph " + generation + " has been replaced");
    }
  }

  private sealed interface Found {
    record Here(HeldSlot slot, Shard shard) implements Found {}

    record No(Refusal refusal) implements Found {}
  }

  private Found find(ShardAddress address) throws ShardAbsentException {
    Optional<HeldSlot> slot = held(address.getSlot(), address.getTerm());
    if (slot.isEmpty()) {
      return new Found.No(stale(address.getSlot(), address.getTerm()));
    }
    Optional<Shard> shard =
        slot.get().isServing() ? slot.get().shard(address.getInstanceUid()) : Optional.empty();
    return shard.isPresent()
        ? new Found.Here(slot.get(), shard.get())
        : new Found.No(
            refusal(
                RefusalKind.UNAVAILABLE,
                "slot %d is catching up, or has nothing of instance \"%s\""
                    .formatted(address.getSlot(), address.getInstanceUid())));
  }

  private Optional<HeldSlot> held(int slot, long term) {
    return slots.of(slot).filter(each -> each.term() <= term);
  }

  private static Refusal stale(int slot, long term) {
    return refusal(RefusalKind.STALE_TERM, "slot %d is not held in term %d".formatted(slot, term));
  }

  // ---- Ends ----

  public void end(EndCopyRequest request) {
    end(request.getCopy());
  }

  private void end(ByteString name) {
    Copy copy = copies.remove(name);
    if (copy == null) {
      return;
    }
    places.release();
    try {
      copy.pinned.close();
    } catch (IOException e) {
      log.warn("files of a copy of slot {} were not closed: {}", copy.pinned.slot(), e.toString());
    }
  }

  /** Ends those nobody reads. */
  public void sweep() {
    long now = nanos.getAsLong();
    copies.forEach(
        (name, copy) -> {
          if (now - copy.lastRead > IDLE_MAX.toNanos()) {
            log.info("a copy of slot {} was not read for {}", copy.pinned.slot(), IDLE_MAX);
            end(name);
          }
        });
  }

  @Override
  public void close() {
    copies.keySet().forEach(this::end);
  }

  private static Refusal refusal(RefusalKind kind, String detail) {
    return Refusal.newBuilder().setKind(kind).setDetail(detail).build();
  }

  private static OpenCopyAnswer no(Refusal refusal) {
    return OpenCopyAnswer.newBuilder().setRefusal(refusal).build();
  }

  private static ReadCopyAnswer noRead(RefusalKind kind, String detail) {
    return ReadCopyAnswer.newBuilder().setRefusal(refusal(kind, detail)).build();
  }

  private static ReadGraphAnswer noGraph(RefusalKind kind, String detail) {
    return ReadGraphAnswer.newBuilder().setRefusal(refusal(kind, detail)).build();
  }
}
