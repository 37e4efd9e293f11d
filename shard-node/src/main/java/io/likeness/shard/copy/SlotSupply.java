package io.likeness.shard.copy;

import com.google.protobuf.ByteString;
import io.likeness.node.cluster.NodeInfo;
import io.likeness.shard.index.Damage;
import io.likeness.shard.intake.ByteRate;
import io.likeness.shard.intake.CopyLimits;
import io.likeness.shard.intake.Supply;
import io.likeness.shard.snapshot.Landing;
import io.likeness.shard.snapshot.SnapshotManifest;
import io.likeness.shard.snapshot.SnapshotStore;
import io.likeness.shard.snapshot.Snapshots;
import io.likeness.shard.snapshot.StoreAddress;
import io.likeness.wire.CopiedFile;
import io.likeness.wire.CopiedShard;
import io.likeness.wire.DescribeSlotsRequest;
import io.likeness.wire.EndCopyRequest;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.OpenCopyAnswer;
import io.likeness.wire.OpenCopyRequest;
import io.likeness.wire.ReadCopyAnswer;
import io.likeness.wire.ReadCopyRequest;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SlotAssignment;
import io.likeness.wire.SlotCopy;
import io.likeness.wire.SlotPhase;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * Brings slots from other replicas, and where none is from the newest snapshot in the store. What
 * is brought is what a replica's last commits consist of; it is verified byte by byte, put in its
 * place whole, and the log is read on from there. The one who needs it pulls, one chunk after the
 * other, so nobody is ever sent more than it can take.
 */
public final class SlotSupply implements Supply {

  /** The other side reads the whole slot for its hashes before it answers. */
  private static final Duration OPEN_MAX = Duration.ofMinutes(10);

  private static final Duration READ_MAX = Duration.ofSeconds(30);
  private static final Duration ASK_MAX = Duration.ofSeconds(5);

  /**
   * Who and where this is.
   *
   * @param data the shards' folder
   * @param reserve bytes of the disk that stay free
   * @param replicas of a slot, as assigned
   * @param members shard nodes alive, by name
   */
  public record Surroundings(
      String node,
      Path data,
      long reserve,
      IntFunction<List<SlotAssignment>> replicas,
      Function<String, Optional<NodeInfo>> members) {}

  private final Surroundings around;
  private final Replicas others;
  private final Optional<StoreAddress> store;
  private final CopyLimits limits;
  private final ByteRate rate;

  public SlotSupply(
      Surroundings around, Replicas others, Optional<StoreAddress> store, CopyLimits limits) {
    this.around = around;
    this.others = others;
    this.store = store;
    this.limits = limits;
    this.rate = new ByteRate(limits.bytesPerSecond());
  }

  /** Who makes the graphs of a slot; they come at the rate at which copies come. */
  public SlotBuilders builders() {
    return new SlotBuilders(around, others, rate);
  }

  // ---- Who has it ----

  @Override
  public boolean mayHave(int slot) {
    return store.isPresent() || !holders(slot).isEmpty();
  }

  /** Other replicas that are to answer; those that stay first. */
  private List<SlotAssignment> holders(int slot) {
    return around.replicas().apply(slot).stream()
        .filter(each -> !each.getNode().equals(around.node()))
        .filter(each -> each.getState() != ReplicaState.JOINING)
        .sorted(Comparator.comparing(each -> each.getState() != ReplicaState.SERVING))
        .toList();
  }

  @Override
  public boolean isElsewhere(int slot, long offset) {
    for (SlotAssignment each : holders(slot)) {
      Optional<NodeInfo> node = around.members().apply(each.getNode());
      if (each.getState() != ReplicaState.SERVING || node.isEmpty()) {
        continue;
      }
      try {
        boolean has =
            Answers.get(
                    others.slots(node.get().grpc(), DescribeSlotsRequest.getDefaultInstance()),
                    ASK_MAX,
                    () -> {})
                .getSlotsList()
                .stream()
                .anyMatch(state -> answersFor(state, slot, offset));
        if (has) {
          return true;
        }
      } catch (IOException unreachable) {
        // then it is not there
      }
    }
    return false;
  }

  private static boolean answersFor(HeldSlotState state, int slot, long offset) {
    return state.getSlot() == slot
        && state.getPhase() == SlotPhase.READY
        && state.getPosition().getAppliedOffset() >= offset;
  }

  // ---- Bringing ----

  @Override
  public void recover() throws IOException {
    Landing.sweep(around.data());
  }

  @Override
  public Outcome bring(Want want, Progress progress) {
    List<String> reasons = new ArrayList<>();
    boolean isBusy = false;
    List<SlotAssignment> holders = holders(want.slot());
    for (SlotAssignment holder : holders) {
      Outcome outcome = from(holder, want, progress);
      switch (outcome) {
        case Outcome.Landed landed -> {
          return landed;
        }
        case Outcome.Busy busy -> {
          isBusy = true;
          reasons.add(busy.reason());
        }
        case Outcome.Failed failed -> reasons.add(failed.reason());
        case Outcome.Nowhere nowhere -> reasons.add(nowhere.reason());
      }
    }
    if (isBusy) {
      return new Outcome.Busy(String.join("; ", reasons));
    }
    switch (fromStore(want, progress)) {
      case Outcome.Landed landed -> {
        return landed;
      }
      case Outcome.Failed failed -> {
        reasons.add(failed.reason());
        return new Outcome.Failed(String.join("; ", reasons));
      }
      case Outcome.Busy busy -> reasons.add(busy.reason());
      case Outcome.Nowhere nowhere -> reasons.add(nowhere.reason());
    }
    String all = String.join("; ", reasons);
    return holders.isEmpty() ? new Outcome.Nowhere(all) : new Outcome.Failed(all);
  }

  @Override
  public void discard(int slot) throws IOException {
    Landing.discard(around.data(), slot);
  }

  private Outcome from(SlotAssignment holder, Want want, Progress progress) {
    String name = holder.getNode();
    Optional<NodeInfo> node = around.members().apply(name);
    if (node.isEmpty()) {
      return new Outcome.Failed(name + " is not there");
    }
    try {
      OpenCopyAnswer answer =
          Answers.get(
              others.open(
                  node.get().grpc(),
                  OpenCopyRequest.newBuilder()
                      .setSlot(want.slot())
                      .setTerm(holder.getTerm())
                      .build()),
              OPEN_MAX,
              progress::check);
      if (answer.hasRefusal()) {
        Refusal no = answer.getRefusal();
        String reason = name + ": " + no.getDetail();
        return no.getKind() == RefusalKind.BUSY
            ? new Outcome.Busy(reason)
            : new Outcome.Failed(reason);
      }
      SlotCopy copy = answer.getCopy();
      try {
        return land(manifest(want.slot(), copy), new Remote(node.get(), copy), want, progress);
      } finally {
        var unused =
            others.end(
                node.get().grpc(), EndCopyRequest.newBuilder().setCopy(copy.getCopy()).build());
      }
    } catch (IOException | IllegalArgumentException e) {
      return new Outcome.Failed(name + ": " + e.getMessage());
    }
  }

  /**
   * @throws IllegalArgumentException where it names what is no file of a shard
   */
  private static SnapshotManifest manifest(int slot, SlotCopy copy) {
    Map<String, SnapshotManifest.ShardFiles> shards = new TreeMap<>();
    for (CopiedShard shard : copy.getShardsList()) {
      List<SnapshotManifest.FileEntry> files = new ArrayList<>();
      for (CopiedFile file : shard.getFilesList()) {
        files.add(
            new SnapshotManifest.FileEntry(file.getName(), file.getBytes(), file.getSha256()));
      }
      shards.put(
          shard.getInstanceUid(), new SnapshotManifest.ShardFiles(shard.getNextOffset(), files));
    }
    return new SnapshotManifest(slot, copy.getLog(), copy.getNextOffset(), Instant.EPOCH, shards);
  }

  private Outcome land(
      SnapshotManifest manifest, Landing.Source source, Want want, Progress progress)
      throws IOException {
    if (!manifest.log().equals(want.log())) {
      return new Outcome.Failed(
          "the copy is of log %s, not %s".formatted(manifest.log(), want.log()));
    }
    if (manifest.nextOffset() < Math.max(want.contained(), want.logBegins())) {
      return new Outcome.Failed(
          "the copy ends at %d; the log begins at %d, and what is here ends at %d"
              .formatted(manifest.nextOffset(), want.logBegins(), want.contained()));
    }
    Landing landing = new Landing(manifest, around.data());
    landing.reuse();
    long missing = landing.bytesMissing();
    long free = Files.getFileStore(around.data()).getUsableSpace();
    if (free - around.reserve() < missing) {
      return new Outcome.Failed(
          "%d bytes are to be copied and %d kept free, the disk of %s has %d"
              .formatted(missing, around.reserve(), around.data(), free));
    }
    progress.toCopy(missing);
    landing.gather(
        source,
        bytes -> {
          progress.copied(bytes);
          progress.check();
        });
    landing.settle();
    return new Outcome.Landed(manifest.nextOffset());
  }

  private Outcome fromStore(Want want, Progress progress) {
    if (store.isEmpty()) {
      return new Outcome.Nowhere("no other replica serves, and there is no store of snapshots");
    }
    try (SnapshotStore open = store.get().open()) {
      Snapshots snapshots = new Snapshots(open, InstantSource.system());
      Optional<SnapshotManifest> newest = snapshots.newest(want.slot(), want.log());
      if (newest.isEmpty() || newest.get().nextOffset() < want.logBegins()) {
        return new Outcome.Nowhere(
            "the store %s has no snapshot of slot %d from where the log goes on"
                .formatted(store.get(), want.slot()));
      }
      long gain = newest.get().nextOffset() - want.contained();
      if (want.isInLog() && gain <= limits.behindMax()) {
        return new Outcome.Nowhere("the newest snapshot is hardly newer than what is here");
      }
      return land(
          newest.get(),
          (file, from) -> new Slowed(snapshots.open(file, from), rate),
          want,
          progress);
    } catch (IOException | RuntimeException e) {
      return new Outcome.Failed(
          "the store %s: %s".formatted(store.get(), Damage.of(e).isPresent() ? e : e.getMessage()));
    }
  }

  /** The files of a copy that another node holds. */
  private final class Remote implements Landing.Source {

    private final NodeInfo node;
    private final ByteString copy;

    Remote(NodeInfo node, SlotCopy copy) {
      this.node = node;
      this.copy = copy.getCopy();
    }

    @Override
    public InputStream open(SnapshotManifest.FileEntry file, long from) {
      return new Slowed(new Chunks(at -> read(file, at), file.bytes(), from), rate);
    }

    private ByteString read(SnapshotManifest.FileEntry file, long from) throws IOException {
      int length = (int) Math.min(CopyDesk.CHUNK_MAX, file.bytes() - from);
      ReadCopyAnswer answer =
          Answers.get(
              others.read(
                  node.grpc(),
                  ReadCopyRequest.newBuilder()
                      .setCopy(copy)
                      .setSha256(file.sha256())
                      .setOffset(from)
                      .setLength(length)
                      .build()),
              READ_MAX,
              () -> {});
      if (answer.hasRefusal()) {
        throw new IOException(answer.getRefusal().getDetail());
      }
      if (answer.getContent().size() != length) {
        throw new IOException(
            "%d bytes came where %d were asked for".formatted(answer.getContent().size(), length));
      }
      return answer.getContent();
    }
  }
}
