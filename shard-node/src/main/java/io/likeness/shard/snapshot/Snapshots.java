package io.likeness.shard.snapshot;

import io.likeness.shard.index.Pin;
import io.likeness.shard.intake.PinnedSlot;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Snapshots of slots in a store: {@code objects/<sha256>} for every file, once however many
 * snapshots hold it, and a manifest for each snapshot, written last. A snapshot therefore costs
 * what changed since the one before, one that was not finished is invisible, and everything is
 * verified by the names it is found by.
 *
 * <p><b>Pruning</b> deletes manifests first, then objects no manifest names that are older than a
 * day. Whoever takes a snapshot meanwhile makes old objects it needs young again before, and looks
 * once more after its manifest stands, so neither needs to know of the other.
 */
public final class Snapshots {

  /** Objects nobody names are kept this long: their snapshot may be under way. */
  static final Duration GRACE = Duration.ofDays(1);

  private static final int ATTEMPTS = 3;

  private final SnapshotStore store;
  private final InstantSource clock;

  public Snapshots(SnapshotStore store, InstantSource clock) {
    this.store = store;
    this.clock = clock;
  }

  /** A snapshot by its name in the store. */
  public record Named(String name, SnapshotManifest manifest) {}

  // ---- Taking ----

  /** What a snapshot came to. */
  public record Taken(Named snapshot, int filesPut, long bytesPut) {}

  public Taken take(PinnedSlot slot) throws IOException {
    SnapshotManifest manifest = SnapshotManifest.of(slot, clock.instant());
    Map<String, PinnedContent> contents = new HashMap<>();
    manifest
        .shards()
        .forEach(
            (uid, shard) -> {
              List<Pin.PinnedFile> pinned = Objects.requireNonNull(slot.shards().get(uid)).files();
              for (int i = 0; i < pinned.size(); i++) {
                contents.put(shard.files().get(i).object(), new PinnedContent(pinned.get(i)));
              }
            });
    Set<String> put = new HashSet<>(bring(contents));
    byte[] written = manifest.write();
    String name = manifest.name(written);
    store.put(name, new Bytes(written));
    // Pruning that had not seen the manifest may have taken something: then it is put again.
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      List<String> again = bring(contents);
      if (again.isEmpty()) {
        long bytes = put.stream().mapToLong(each -> content(contents, each).bytes()).sum();
        return new Taken(new Named(name, manifest), put.size(), bytes);
      }
      put.addAll(again);
    }
    throw new IOException("snapshot " + name + " loses objects in " + store + " as they are put");
  }

  private static PinnedContent content(Map<String, PinnedContent> contents, String name) {
    return Objects.requireNonNull(contents.get(name));
  }

  /** Puts what is missing, and makes young what is old; returns what was put. */
  private List<String> bring(Map<String, PinnedContent> contents) throws IOException {
    Map<String, SnapshotStore.Stored> there = new HashMap<>();
    store.list(SnapshotManifest.OBJECTS).forEach(each -> there.put(each.name(), each));
    List<String> put = new ArrayList<>();
    for (Map.Entry<String, PinnedContent> each : contents.entrySet()) {
      SnapshotStore.Stored known = there.get(each.getKey());
      boolean whole = known != null && known.bytes() == each.getValue().bytes();
      boolean young =
          known != null && known.modified().isAfter(clock.instant().minus(GRACE.dividedBy(2)));
      if (!whole || (!young && !store.refresh(each.getKey()))) {
        store.put(each.getKey(), each.getValue());
        put.add(each.getKey());
      }
    }
    return put;
  }

  // ---- Looking ----

  /** All of them, by slot and then by age, the oldest first. */
  public List<Named> list() throws IOException {
    List<Named> all = new ArrayList<>();
    for (SnapshotStore.Stored each : store.list(SnapshotManifest.FOLDER)) {
      all.add(read(each.name()));
    }
    return all;
  }

  public Named read(String name) throws IOException {
    try (InputStream in = store.get(name)) {
      return new Named(name, SnapshotManifest.read(name, in.readAllBytes()));
    }
  }

  /** Of this slot, up to the greatest offset of this log. */
  public Optional<SnapshotManifest> newest(int slot, String log) throws IOException {
    Optional<SnapshotManifest> newest = Optional.empty();
    for (SnapshotStore.Stored each : store.list(SnapshotManifest.folderOf(slot))) {
      SnapshotManifest found = read(each.name()).manifest();
      boolean isNewer = newest.map(best -> best.nextOffset() < found.nextOffset()).orElse(true);
      if (found.log().equals(log) && isNewer) {
        newest = Optional.of(found);
      }
    }
    return newest;
  }

  /** Reads every byte of a snapshot against its hash; returns what is wrong, at best nothing. */
  public List<String> verify(SnapshotManifest manifest) throws IOException {
    List<String> faults = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (Map.Entry<String, SnapshotManifest.ShardFiles> shard : manifest.shards().entrySet()) {
      for (SnapshotManifest.FileEntry file : shard.getValue().files()) {
        if (!seen.add(file.sha256())) {
          continue;
        }
        String what = "%s of %s".formatted(file.name(), shard.getKey());
        if (!store.has(file.object())) {
          faults.add(what + " is missing: " + file.object());
          continue;
        }
        try (InputStream in = store.get(file.object())) {
          if (!Hash.of(in).equals(file.sha256())) {
            faults.add(what + " is damaged: " + file.object());
          }
        }
      }
    }
    return faults;
  }

  // ---- Bringing back ----

  /**
   * Makes the slot's folder anew from a snapshot, whole or not at all. Whoever opens it reads the
   * log on from the snapshot's offset; with another log, from its start.
   *
   * @param data the shard node's data folder, locked by the caller
   * @throws IOException where the slot has a folder already, or a byte is not what it was
   */
  public void restore(SnapshotManifest manifest, Path data) throws IOException {
    Path slot = data.resolve(Integer.toString(manifest.slot()));
    if (Files.exists(slot)) {
      throw new IOException(
          slot + " exists; a slot is restored only where there is none: move it away first");
    }
    Landing landing = new Landing(manifest, data);
    landing.reuse();
    landing.gather(this::open, bytes -> {});
    landing.settle();
  }

  /** A file of a snapshot, from this position on. */
  public InputStream open(SnapshotManifest.FileEntry file, long from) throws IOException {
    InputStream in = store.get(file.object());
    try {
      in.skipNBytes(from);
    } catch (IOException | RuntimeException e) {
      in.close();
      throw e;
    }
    return in;
  }

  // ---- Pruning ----

  /** What pruning took away. */
  public record Pruned(int snapshots, int objects, long bytes) {}

  /** Keeps the newest so many snapshots of each slot, and the objects that some manifest names. */
  public Pruned prune(int keep) throws IOException {
    if (keep < 1) {
      throw new IllegalArgumentException("keep " + keep + " is below 1");
    }
    Map<Integer, List<Named>> bySlot = new TreeMap<>();
    for (Named each : list()) {
      bySlot.computeIfAbsent(each.manifest().slot(), slot -> new ArrayList<>()).add(each);
    }
    int snapshots = 0;
    for (List<Named> ofSlot : bySlot.values()) {
      for (Named old : ofSlot.subList(0, Math.max(0, ofSlot.size() - keep))) {
        store.delete(old.name());
        snapshots++;
      }
    }
    // Listed before the manifests: what is put after this is not looked at, so nothing new is lost.
    List<SnapshotStore.Stored> objects = store.list(SnapshotManifest.OBJECTS);
    Set<String> named = new HashSet<>();
    for (Named each : list()) {
      each.manifest()
          .shards()
          .values()
          .forEach(shard -> shard.files().forEach(file -> named.add(file.object())));
    }
    int deleted = 0;
    long bytes = 0;
    for (SnapshotStore.Stored object : objects) {
      if (!named.contains(object.name())
          && object.modified().isBefore(clock.instant().minus(GRACE))) {
        store.delete(object.name());
        deleted++;
        bytes += object.bytes();
      }
    }
    store.clean(clock.instant().minus(GRACE));
    return new Pruned(snapshots, deleted, bytes);
  }

  // ---- Contents ----

  private record Bytes(byte[] value) implements SnapshotStore.Content {
    @Override
    public long bytes() {
      return value.length;
    }

    @Override
    public InputStream open(long from) {
      return new ByteArrayInputStream(value, (int) from, value.length - (int) from);
    }
  }
}
