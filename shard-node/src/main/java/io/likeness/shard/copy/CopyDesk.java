package io.likeness.shard.copy;

import com.google.protobuf.ByteString;
import io.likeness.shard.index.Pin;
import io.likeness.shard.intake.ByteRate;
import io.likeness.shard.intake.CopyLimits;
import io.likeness.shard.intake.HeldSlot;
import io.likeness.shard.intake.HeldSlots;
import io.likeness.shard.intake.PinnedSlot;
import io.likeness.shard.intake.ShardMeters;
import io.likeness.shard.snapshot.SnapshotManifest;
import io.likeness.wire.CopiedFile;
import io.likeness.wire.CopiedShard;
import io.likeness.wire.EndCopyRequest;
import io.likeness.wire.OpenCopyAnswer;
import io.likeness.wire.OpenCopyRequest;
import io.likeness.wire.ReadCopyAnswer;
import io.likeness.wire.ReadCopyRequest;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.SlotCopy;
import java.io.IOException;
import java.nio.ByteBuffer;
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
          RefusalKind.BUSY,
          "%d copies are being read from this node, its most".formatted(limits.parallel()));
    }
    boolean held = false;
    try {
      Optional<HeldSlot> slot =
          slots.of(request.getSlot()).filter(each -> each.term() <= request.getTerm());
      if (slot.isEmpty()) {
        return no(
            RefusalKind.STALE_TERM,
            "slot %d is not held in term %d".formatted(request.getSlot(), request.getTerm()));
      }
      Optional<PinnedSlot> pinned = slot.get().pin();
      if (pinned.isEmpty()) {
        return no(
            RefusalKind.UNAVAILABLE,
            "slot %d is catching up or mends a shard".formatted(request.getSlot()));
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

  private static OpenCopyAnswer no(RefusalKind kind, String detail) {
    return OpenCopyAnswer.newBuilder()
        .setRefusal(Refusal.newBuilder().setKind(kind).setDetail(detail))
        .build();
  }

  private static ReadCopyAnswer noRead(RefusalKind kind, String detail) {
    return ReadCopyAnswer.newBuilder()
        .setRefusal(Refusal.newBuilder().setKind(kind).setDetail(detail))
        .build();
  }
}
