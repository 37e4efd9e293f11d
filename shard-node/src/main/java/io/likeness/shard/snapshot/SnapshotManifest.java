package io.likeness.shard.snapshot;

import io.likeness.proto.wire.NewerFormatException;
import io.likeness.shard.index.Pin;
import io.likeness.shard.intake.PinnedSlot;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What one snapshot of one slot consists of. It is written last, so what it names is there; its own
 * name ends with its hash, so a manifest can be believed or not.
 *
 * @param log identity of the log the offsets belong to
 * @param nextOffset every record before it is contained
 * @param shards by instance uid
 */
public record SnapshotManifest(
    int slot, String log, long nextOffset, Instant taken, Map<String, ShardFiles> shards) {

  static final int FORMAT = 1;
  static final String FOLDER = "snapshots/";

  private static final int NAME_HASH = 16;
  static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);
  private static final Pattern FILE_NAME = Pattern.compile("(lucene/)?[A-Za-z0-9_.-]{1,200}");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern UID = Pattern.compile("[A-Za-z0-9_-]{1,200}");

  /** A shard's commit. */
  public record ShardFiles(long nextOffset, List<FileEntry> files) {
    public ShardFiles {
      files = List.copyOf(files);
    }

    public long bytes() {
      return files.stream().mapToLong(FileEntry::bytes).sum();
    }
  }

  /** A file of it, and the hash of its content, which is the name it is stored by. */
  public record FileEntry(String name, long bytes, String sha256) {
    public FileEntry {
      // It becomes a path, so it is looked at closely, whoever wrote the manifest.
      if (!FILE_NAME.matcher(name).matches() || name.contains("..")) {
        throw new IllegalArgumentException("\"" + name + "\" is no name of a shard's file");
      }
      if (bytes < 0 || !SHA256.matcher(sha256).matches()) {
        throw new IllegalArgumentException("file " + name + " has no sound length and hash");
      }
    }

    String object() {
      return object(sha256);
    }

    static String object(String sha256) {
      return OBJECTS + sha256.substring(0, 2) + "/" + sha256;
    }
  }

  static final String OBJECTS = "objects/";

  public SnapshotManifest {
    shards = Collections.unmodifiableMap(new TreeMap<>(shards));
    for (String uid : shards.keySet()) {
      if (!UID.matcher(uid).matches()) {
        throw new IllegalArgumentException("\"" + uid + "\" is no uid of an instance");
      }
    }
  }

  /** What is pinned, every byte of it read for its hash. */
  public static SnapshotManifest of(PinnedSlot slot, Instant taken) throws IOException {
    Map<String, ShardFiles> shards = new TreeMap<>();
    for (Map.Entry<String, Pin> each : slot.shards().entrySet()) {
      List<FileEntry> files = new ArrayList<>();
      for (Pin.PinnedFile file : each.getValue().files()) {
        try (InputStream in = new PinnedContent(file).open(0)) {
          files.add(new FileEntry(file.name(), file.bytes(), Hash.of(in)));
        }
      }
      shards.put(each.getKey(), new ShardFiles(each.getValue().nextOffset(), files));
    }
    return new SnapshotManifest(slot.slot(), slot.log(), slot.nextOffset(), taken, shards);
  }

  public long bytes() {
    return shards.values().stream().mapToLong(ShardFiles::bytes).sum();
  }

  /** The first offset of the log of which nothing is contained. */
  public long firstAbsent() {
    return shards.values().stream().mapToLong(ShardFiles::nextOffset).reduce(nextOffset, Math::max);
  }

  /** Names of a slot sort by time. */
  static String folderOf(int slot) {
    return FOLDER + "slot-%05d/".formatted(slot);
  }

  String name(byte[] written) {
    return folderOf(slot)
        + STAMP.format(taken)
        + "-"
        + Hash.of(written).substring(0, NAME_HASH)
        + ".json";
  }

  byte[] write() {
    JsonObject all =
        new JsonObject()
            .put("format", FORMAT)
            .put("slot", slot)
            .put("log", log)
            .put("nextOffset", nextOffset)
            .put("taken", taken.toString());
    JsonObject every = new JsonObject();
    shards.forEach(
        (uid, shard) -> {
          JsonArray files = new JsonArray();
          for (FileEntry file : shard.files()) {
            files.add(
                new JsonObject()
                    .put("name", file.name())
                    .put("bytes", file.bytes())
                    .put("sha256", file.sha256()));
          }
          every.put(
              uid, new JsonObject().put("nextOffset", shard.nextOffset()).put("files", files));
        });
    return all.put("shards", every).encodePrettily().getBytes(StandardCharsets.UTF_8);
  }

  /**
   * @throws IOException where it is not what was written under that name
   */
  static SnapshotManifest read(String name, byte[] bytes) throws IOException {
    if (!name.endsWith("-" + Hash.of(bytes).substring(0, NAME_HASH) + ".json")) {
      throw new IOException(
          "snapshot " + name + " is damaged: its hash is not the one in its name");
    }
    try {
      JsonObject all = new JsonObject(new String(bytes, StandardCharsets.UTF_8));
      NewerFormatException.check("snapshot " + name, all.getInteger("format", 0), FORMAT);
      if (all.getInteger("format", 0) != FORMAT) {
        throw new IOException(
            "snapshot " + name + " has format " + all.getValue("format") + ", not " + FORMAT);
      }
      Map<String, ShardFiles> shards = new TreeMap<>();
      JsonObject every = all.getJsonObject("shards");
      for (String uid : every.fieldNames()) {
        JsonObject shard = every.getJsonObject(uid);
        List<FileEntry> files = new ArrayList<>();
        JsonArray listed = shard.getJsonArray("files");
        for (int i = 0; i < listed.size(); i++) {
          JsonObject file = listed.getJsonObject(i);
          files.add(
              new FileEntry(
                  file.getString("name"), file.getLong("bytes"), file.getString("sha256")));
        }
        shards.put(uid, new ShardFiles(shard.getLong("nextOffset"), files));
      }
      return new SnapshotManifest(
          all.getInteger("slot"),
          all.getString("log"),
          all.getLong("nextOffset"),
          Instant.parse(all.getString("taken")),
          shards);
    } catch (DecodeException
        | ClassCastException
        | NullPointerException
        | IllegalArgumentException
        | DateTimeParseException e) {
      throw new IOException("snapshot " + name + " cannot be read: " + e.getMessage(), e);
    }
  }
}
