package io.likeness.shard.intake;

import io.likeness.proto.wire.NewerFormatException;
import io.likeness.shard.index.Disk;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How far a slot's log is contained in the commits of its shards: the file {@code checkpoint} in
 * the slot's folder. It is only ever a promise kept already, written after the commits it tells of,
 * so losing it costs time (the slot is read from its start) and nothing else.
 *
 * @param log identity of the log
 * @param nextOffset every record before it is in the last commit of its shard
 * @param shards uids of the shards this counts on
 */
public record Checkpoint(String log, long nextOffset, Set<String> shards) {

  private static final Logger logger = LoggerFactory.getLogger(Checkpoint.class);
  private static final String HEAD = "likeness-checkpoint ";
  static final int FORMAT = 1;

  public Checkpoint {
    shards = Set.copyOf(shards);
  }

  private static Path file(Path slotFolder) {
    return slotFolder.resolve("checkpoint");
  }

  public void write(Path slotFolder) throws IOException {
    List<String> lines = new ArrayList<>(List.of(HEAD + FORMAT, log, Long.toString(nextOffset)));
    lines.addAll(new TreeSet<>(shards));
    String body = String.join("\n", lines) + "\n";
    Disk.replace(file(slotFolder), (body + checksum(body) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Empty where there is none, or none that can be believed.
   *
   * @throws NewerFormatException where a newer release wrote it; then the slot is its, too
   */
  public static Optional<Checkpoint> read(Path slotFolder) throws IOException {
    String text;
    try {
      text = new String(Files.readAllBytes(file(slotFolder)), StandardCharsets.UTF_8);
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    }
    List<String> lines = text.lines().toList();
    String head = lines.isEmpty() ? "" : lines.getFirst();
    if (head.matches(HEAD + "\\d{1,9}")) {
      int format = Integer.parseInt(head.substring(HEAD.length()));
      NewerFormatException.check(file(slotFolder).toString(), format, FORMAT);
    }
    if (lines.size() >= 4) {
      String body = String.join("\n", lines.subList(0, lines.size() - 1)) + "\n";
      if (lines.getFirst().equals(HEAD + FORMAT) && lines.getLast().equals(checksum(body))) {
        return Optional.of(
            new Checkpoint(
                lines.get(1),
                Long.parseLong(lines.get(2)),
                Set.copyOf(lines.subList(3, lines.size() - 1))));
      }
    }
    logger.warn(
        "{} is damaged and not believed: its slot is read from the start", file(slotFolder));
    return Optional.empty();
  }

  /** Durably forgets the promise. */
  static void delete(Path slotFolder) throws IOException {
    Files.deleteIfExists(file(slotFolder));
    Disk.syncFolder(slotFolder);
  }

  private static String checksum(String body) {
    CRC32C crc = new CRC32C();
    crc.update(body.getBytes(StandardCharsets.UTF_8));
    return Long.toHexString(crc.getValue());
  }
}
