package io.likeness.shard.intake;

import io.likeness.shard.index.Pin;
import io.likeness.shard.index.ShardFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * A slot's last commits, held for a copy.
 *
 * @param nextOffset every record before it is in the commit of its shard
 * @param shards by instance uid
 */
public record PinnedSlot(int slot, String log, long nextOffset, Map<String, Pin> shards)
    implements Closeable {

  @FunctionalInterface
  interface Pinning {
    Pin of(String uid) throws IOException;
  }

  static PinnedSlot of(int slot, String log, long nextOffset, Set<String> uids, Pinning pinning)
      throws IOException {
    Map<String, Pin> pins = new TreeMap<>();
    try {
      for (String uid : uids) {
        pins.put(uid, pinning.of(uid));
      }
      return new PinnedSlot(slot, log, nextOffset, pins);
    } catch (IOException | RuntimeException e) {
      for (Pin pin : pins.values()) {
        pin.close();
      }
      throw e;
    }
  }

  /** Holds the last commits of a slot nobody serves; its folder is the caller's meanwhile. */
  public static PinnedSlot atRest(int slot, Path slotFolder) throws IOException {
    Checkpoint promise =
        Checkpoint.read(slotFolder)
            .orElseThrow(
                () ->
                    new IOException(
                        slotFolder + " has no checkpoint: its node was never done reading it"));
    return of(
        slot,
        promise.log(),
        promise.nextOffset(),
        promise.shards(),
        uid -> ShardFolder.pin(slotFolder.resolve(uid)));
  }

  @Override
  public void close() throws IOException {
    for (Pin pin : shards.values()) {
      pin.close();
    }
  }
}
