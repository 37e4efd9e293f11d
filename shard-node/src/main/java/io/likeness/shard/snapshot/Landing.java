package io.likeness.shard.snapshot;

import io.likeness.shard.index.Disk;
import io.likeness.shard.intake.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Makes a slot's folder from a manifest and whoever has the bytes, and puts it in its place whole
 * or not at all.
 *
 * <p>Files are gathered in {@code <slot>.incoming}, each verified by its hash before it gets its
 * name, so whatever broke an attempt, the next one brings only what is missing, also when it is
 * given a newer manifest by somebody else. What the folder to be replaced has need not travel
 * either. At the end the folder is renamed. The one before stands as {@code <slot>.before} for the
 * moment between two renames, and {@link #sweep} puts it back where the process died there.
 */
public final class Landing {

  /** Whoever has the bytes. */
  @FunctionalInterface
  public interface Source {
    /** From this position on; the caller closes it. */
    InputStream open(SnapshotManifest.FileEntry file, long from) throws IOException;
  }

  /** Told of bytes as they come; may throw to end it. */
  @FunctionalInterface
  public interface Progress {
    void brought(long bytes) throws IOException;
  }

  private static final String INCOMING = ".incoming";
  private static final String BEFORE = ".before";
  private static final String LUCENE = "lucene";
  private static final String PART = ".part";
  private static final int STEP = 1 << 16;

  private final SnapshotManifest manifest;
  private final Path data;
  private final Path slot;
  private final Path incoming;
  // By the path each shall have.
  private final Map<Path, SnapshotManifest.FileEntry> wanted = new LinkedHashMap<>();

  /**
   * @param data the shard node's data folder, locked by the caller; nobody has the slot open
   */
  public Landing(SnapshotManifest manifest, Path data) {
    this.manifest = manifest;
    this.data = data;
    this.slot = data.resolve(Integer.toString(manifest.slot()));
    this.incoming = data.resolve(manifest.slot() + INCOMING);
    manifest
        .shards()
        .forEach(
            (uid, shard) ->
                shard
                    .files()
                    .forEach(file -> wanted.put(incoming.resolve(uid).resolve(file.name()), file)));
  }

  // ---- What is here already ----

  /** Takes what earlier attempts brought and what the folder to be replaced has. */
  public void reuse() throws IOException {
    Map<String, Path> here = new HashMap<>();
    hash(slot, here);
    hash(incoming, here);
    for (Map.Entry<Path, SnapshotManifest.FileEntry> each : wanted.entrySet()) {
      Path found = here.get(each.getValue().sha256());
      if (found != null && !found.equals(each.getKey())) {
        take(found, each.getKey());
      }
    }
    if (Files.isDirectory(incoming)) {
      Set<Path> good = new HashSet<>();
      wanted.forEach(
          (target, file) ->
              good.add(here.containsKey(file.sha256()) ? target : part(target, file)));
      for (Path file : filesBelow(incoming)) {
        if (!good.contains(file)) {
          Files.delete(file);
        }
      }
    }
  }

  private static List<Path> filesBelow(Path folder) throws IOException {
    try (Stream<Path> walked = Files.walk(folder)) {
      return walked.filter(Files::isRegularFile).toList();
    }
  }

  /** Files below the folder that may be wanted, by their hashes. */
  private void hash(Path folder, Map<String, Path> found) throws IOException {
    if (!Files.isDirectory(folder)) {
      return;
    }
    Set<Long> lengths = new HashSet<>();
    wanted.values().forEach(file -> lengths.add(file.bytes()));
    for (Path file : filesBelow(folder)) {
      if (lengths.contains(Files.size(file)) && !file.toString().endsWith(PART)) {
        try (InputStream in = Files.newInputStream(file)) {
          found.put(Hash.of(in), file);
        }
      }
    }
  }

  private static void take(Path file, Path target) throws IOException {
    Files.createDirectories(Objects.requireNonNull(target.getParent()));
    Files.deleteIfExists(target);
    if (!mayGrow(file)) {
      try {
        Files.createLink(target, file);
        return;
      } catch (IOException | UnsupportedOperationException e) {
        // a copy is as good, and takes room
      }
    }
    Path part = target.resolveSibling(target.getFileName() + PART);
    try (InputStream in = Files.newInputStream(file);
        FileChannel channel =
            FileChannel.open(
                part,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        OutputStream out = Channels.newOutputStream(channel)) {
      in.transferTo(out);
      channel.force(true);
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Only a tail is written to behind its commit, and a tail has no graph. */
  private static boolean mayGrow(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith("rows-")
        && !Files.exists(file.resolveSibling(name.replace("rows-", "graph-")));
  }

  private List<Map.Entry<Path, SnapshotManifest.FileEntry>> missing() {
    return wanted.entrySet().stream().filter(each -> !Files.exists(each.getKey())).toList();
  }

  /** Bytes that still have to be brought. */
  public long bytesMissing() throws IOException {
    Map<String, Long> missing = new HashMap<>();
    for (Map.Entry<Path, SnapshotManifest.FileEntry> each : missing()) {
      SnapshotManifest.FileEntry file = each.getValue();
      Path part = part(each.getKey(), file);
      long rest =
          file.bytes() - (Files.exists(part) ? Math.min(file.bytes(), Files.size(part)) : 0);
      missing.merge(file.sha256(), rest, Math::min);
    }
    return missing.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Named by its hash, so that only the same content is added to it. */
  private static Path part(Path target, SnapshotManifest.FileEntry file) {
    return target.resolveSibling(target.getFileName() + "." + file.sha256() + PART);
  }

  // ---- What is brought ----

  /**
   * Brings what is missing. What was brought before it ends with an error stays for the next time.
   *
   * @throws IOException where the source fails, or a byte is not what it was
   */
  public void gather(Source source, Progress progress) throws IOException {
    Map<String, Path> brought = new HashMap<>();
    for (Map.Entry<Path, SnapshotManifest.FileEntry> each : missing()) {
      SnapshotManifest.FileEntry file = each.getValue();
      // Never one file under two names: a tail is written to.
      Path same = brought.putIfAbsent(file.sha256(), each.getKey());
      if (same == null) {
        bring(file, each.getKey(), source, progress);
      } else {
        take(same, each.getKey());
      }
    }
  }

  private void bring(SnapshotManifest.FileEntry file, Path target, Source source, Progress progress)
      throws IOException {
    Files.createDirectories(Objects.requireNonNull(target.getParent()));
    MessageDigest digest = Hash.sha256();
    Path part = part(target, file);
    long at;
    try (FileChannel channel =
        FileChannel.open(
            part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      at = digestPart(channel, file, digest);
      // One byte more than there should be tells of a longer one, and never more is written.
      try (InputStream in = new Limited(source.open(file, at), file.bytes() + 1 - at)) {
        byte[] step = new byte[STEP];
        for (int count = in.read(step); count >= 0; count = in.read(step)) {
          ByteBuffer bytes = ByteBuffer.wrap(step, 0, count);
          while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
          }
          digest.update(step, 0, count);
          progress.brought(count);
        }
      }
      channel.force(true);
    }
    String hash = Hash.text(digest);
    if (at != file.bytes() || !hash.equals(file.sha256())) {
      Files.delete(part);
      throw new IOException(
          "%s is damaged where it comes from: %d bytes with SHA-256 %s, not %d with %s"
              .formatted(file.name(), at, hash, file.bytes(), file.sha256()));
    }
    Files.move(part, target, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Reads what an attempt before left; returns how much that is. */
  private static long digestPart(
      FileChannel channel, SnapshotManifest.FileEntry file, MessageDigest digest)
      throws IOException {
    if (channel.size() > file.bytes()) {
      channel.truncate(0);
    }
    ByteBuffer step = ByteBuffer.allocate(STEP);
    long at = 0;
    for (int count = channel.read(step, at); count > 0; count = channel.read(step, at)) {
      at += count;
      digest.update(step.flip());
      step.clear();
    }
    return at;
  }

  // ---- Its place ----

  /** Lets what was gathered take the slot's place; nothing may be missing. */
  public void settle() throws IOException {
    for (String uid : manifest.shards().keySet()) {
      Path folder = incoming.resolve(uid);
      Files.createDirectories(folder.resolve(LUCENE));
      Disk.syncFolder(folder.resolve(LUCENE));
      Disk.syncFolder(folder);
    }
    Files.createDirectories(incoming);
    new Checkpoint(manifest.log(), manifest.nextOffset(), manifest.shards().keySet())
        .write(incoming);
    Disk.syncFolder(incoming);
    Path before = data.resolve(manifest.slot() + BEFORE);
    Disk.deleteTree(before);
    if (Files.exists(slot)) {
      Files.move(slot, before, StandardCopyOption.ATOMIC_MOVE);
    }
    try {
      Files.move(incoming, slot, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      sweep(data);
      throw e;
    }
    Disk.syncFolder(data);
    Disk.deleteTree(before);
  }

  /** Gives up what was brought for this slot. */
  public static void discard(Path data, int slot) throws IOException {
    Disk.deleteTree(data.resolve(slot + INCOMING));
  }

  /**
   * Ends what a process left between two renames: a slot's folder is where it belongs, or there is
   * none.
   */
  public static void sweep(Path data) throws IOException {
    List<Path> found = new ArrayList<>();
    try (Stream<Path> entries = Files.list(data)) {
      entries.filter(each -> each.getFileName().toString().endsWith(BEFORE)).forEach(found::add);
    }
    for (Path before : found) {
      Path slot = data.resolve(before.getFileName().toString().replace(BEFORE, ""));
      if (Files.exists(slot)) {
        Disk.deleteTree(before);
      } else {
        Files.move(before, slot, StandardCopyOption.ATOMIC_MOVE);
        Disk.syncFolder(data);
      }
    }
  }
}
