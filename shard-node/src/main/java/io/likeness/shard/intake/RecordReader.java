package io.likeness.shard.intake;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.proto.image.ImageIds;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.Formats;
import io.likeness.wire.Attributes;
import io.likeness.wire.VectorRecord;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Reads what lies in {@code vectors}. Workers write only what passes here; a record that does not
 * is a fault of some writer, and no shard can ever apply it, so it is counted, logged and passed
 * over, on every replica alike.
 */
final class RecordReader {

  /** A uid is a folder's name, so it may not be just anything. */
  private static final Pattern UID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

  /** Characters of a tag's key or value: safely below the longest term Lucene takes. */
  private static final int TAG_CHARACTERS_MAX = 4_000;

  /** A record, or why it is none, or whose it is. */
  sealed interface Read {
    record Good(VectorRecord record) implements Read {}

    /** A newer release wrote it. What it says must not be passed over. */
    record Newer(int format) implements Read {}

    record Bad(String reason) implements Read {}
  }

  private RecordReader() {}

  static boolean isUid(String text) {
    return UID.matcher(text).matches();
  }

  static Read read(byte[] value) {
    VectorRecord record;
    try {
      record = VectorRecord.parseFrom(value);
    } catch (InvalidProtocolBufferException e) {
      return new Read.Bad("is no VectorRecord: " + e.getMessage());
    }
    if (record.getFormat() > Formats.VECTOR) {
      return new Read.Newer(record.getFormat());
    }
    return fault(record).<Read>map(Read.Bad::new).orElseGet(() -> new Read.Good(record));
  }

  private static Optional<String> fault(VectorRecord record) {
    if (!isUid(record.getInstanceUid())) {
      return Optional.of("has no instance uid");
    }
    Optional<String> idFault = ImageIds.fault(record.getImageId());
    if (idFault.isPresent()) {
      return idFault;
    }
    try {
      if (!Version.of(record.getVersion()).isAfter(Version.NONE)) {
        return Optional.of("has no version");
      }
    } catch (IllegalArgumentException e) {
      return Optional.of("has " + e.getMessage());
    }
    return switch (record.getStepCase()) {
      case PUT -> fault(record.getPut().getAttributes());
      case PATCH -> fault(record.getPatch().getAttributes());
      case REMOVE, REJECT -> Optional.empty();
      case STEP_NOT_SET -> Optional.of("has no step");
    };
  }

  private static Optional<String> fault(Attributes attributes) {
    boolean tooLong =
        attributes.getTags().getValuesMap().entrySet().stream()
            .anyMatch(
                tag ->
                    tag.getKey().length() > TAG_CHARACTERS_MAX
                        || tag.getValue().length() > TAG_CHARACTERS_MAX);
    return tooLong
        ? Optional.of("has a tag of more than " + TAG_CHARACTERS_MAX + " characters")
        : Optional.empty();
  }
}
