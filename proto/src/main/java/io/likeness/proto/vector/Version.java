package io.likeness.proto.vector;

import io.likeness.wire.EventVersion;
import java.util.Comparator;

/**
 * The place of an event in {@code ops}. Of one image all events lie in one partition, so epoch and
 * offset order them; the partition is carried to make the version a write token, and never
 * compared. Versions of different images say nothing about each other.
 */
public record Version(int epoch, int partition, long offset) implements Comparable<Version> {

  /** Before every event. */
  public static final Version NONE = new Version(0, 0, -1);

  private static final Comparator<Version> ORDER =
      Comparator.comparingInt(Version::epoch).thenComparingLong(Version::offset);

  public Version {
    if (epoch < 0 || partition < 0 || offset < -1) {
      throw new IllegalArgumentException(
          "no version: epoch " + epoch + ", partition " + partition + ", offset " + offset);
    }
  }

  public static Version of(EventVersion wire) {
    return new Version(wire.getEpoch(), wire.getPartition(), wire.getOffset());
  }

  public EventVersion toWire() {
    return EventVersion.newBuilder()
        .setEpoch(epoch)
        .setPartition(partition)
        .setOffset(offset)
        .build();
  }

  /** Reads the text of a write token, {@code epoch.partition.offset}. */
  public static Version parse(String token) {
    String[] parts = token.split("\\.", -1);
    try {
      if (parts.length == 3) {
        return new Version(
            Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), Long.parseLong(parts[2]));
      }
    } catch (IllegalArgumentException e) {
      // told below, with the text
    }
    throw new IllegalArgumentException(
        "write token \""
            + token.substring(0, Math.min(80, token.length()))
            + "\" is not epoch.partition.offset");
  }

  public boolean isAfter(Version other) {
    return compareTo(other) > 0;
  }

  @Override
  public int compareTo(Version other) {
    return ORDER.compare(this, other);
  }

  /** The write token. */
  @Override
  public String toString() {
    return epoch + "." + partition + "." + offset;
  }
}
