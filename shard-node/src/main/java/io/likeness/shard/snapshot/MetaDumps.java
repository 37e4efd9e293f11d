package io.likeness.shard.snapshot;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.wire.MetaDump;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Instances, accounts and the cluster itself beside the snapshots of the slots: {@code
 * meta/<time>-<16 hex>.bin}, whose name ends with its hash. One is written when something changed.
 */
public final class MetaDumps {

  private static final String FOLDER = "meta/";
  private static final int NAME_HASH = 16;
  private static final Pattern NAME =
      Pattern.compile("meta/\\d{8}T\\d{6}\\.\\d{3}Z-[0-9a-f]{16}\\.bin");

  private final SnapshotStore store;

  public MetaDumps(SnapshotStore store) {
    this.store = store;
  }

  /** Puts it in the store; returns its name. */
  public String put(MetaDump dump) throws IOException {
    byte[] bytes = dump.toByteArray();
    String name =
        FOLDER
            + SnapshotManifest.STAMP.format(Instant.ofEpochMilli(dump.getTakenAtMillis()))
            + "-"
            + Hash.of(bytes).substring(0, NAME_HASH)
            + ".bin";
    store.put(
        name,
        new SnapshotStore.Content() {
          @Override
          public long bytes() {
            return bytes.length;
          }

          @Override
          public InputStream open(long from) {
            return new ByteArrayInputStream(bytes, (int) from, bytes.length - (int) from);
          }
        });
    return name;
  }

  /** The oldest first. */
  public List<String> names() throws IOException {
    return store.list(FOLDER).stream()
        .map(SnapshotStore.Stored::name)
        .filter(name -> NAME.matcher(name).matches())
        .toList();
  }

  public MetaDump read(String name) throws IOException {
    byte[] bytes;
    try (InputStream in = store.get(name)) {
      bytes = in.readAllBytes();
    }
    if (!name.endsWith("-" + Hash.of(bytes).substring(0, NAME_HASH) + ".bin")) {
      throw new IOException(name + " is damaged: its hash is not the one in its name");
    }
    try {
      return MetaDump.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new IOException(name + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Keeps the newest so many. */
  public void prune(int keep) throws IOException {
    List<String> names = names();
    for (String old : names.subList(0, Math.max(0, names.size() - keep))) {
      store.delete(old);
    }
  }
}
