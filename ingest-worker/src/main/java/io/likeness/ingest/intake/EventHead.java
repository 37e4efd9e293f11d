package io.likeness.ingest.intake;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.likeness.proto.wire.EventFormat;
import io.likeness.proto.wire.Formats;
import io.likeness.wire.ImageEvent;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What an event says about itself, told without reading all of it: the lane that leaves adds alone
 * must not pay for their pictures.
 *
 * @param format 0 where it does not say
 */
record EventHead(EventKind kind, int format, String instance, String imageId) {

  private static final EventHead NONE = new EventHead(EventKind.UNKNOWN, 0, "", "");
  private static final JsonFactory JSON = new JsonFactory();

  /** Where the event names several changes, the last one counts, as it does for Protobuf. */
  static EventHead peek(byte[] value, String contentType) {
    try {
      return EventFormat.isJson(value, contentType) ? peekJson(value) : peekProtobuf(value);
    } catch (IOException e) {
      return NONE;
    }
  }

  /**
   * Whether a newer release wrote it. Anybody may write to {@code ops}, and what only looks like a
   * number must not hold up the others; so it is believed only of an event that lies under its own
   * key.
   */
  boolean isNewer(byte[] recordKey) {
    byte[] key = (instance + "/" + imageId).getBytes(StandardCharsets.UTF_8);
    return format > Formats.EVENT && Arrays.equals(key, recordKey);
  }

  private static EventHead peekProtobuf(byte[] value) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(value);
    EventKind kind = EventKind.UNKNOWN;
    int format = 0;
    String instance = "";
    String imageId = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      int field = WireFormat.getTagFieldNumber(tag);
      int type = WireFormat.getTagWireType(tag);
      if (field == ImageEvent.INSTANCE_FIELD_NUMBER
          && type == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        instance = in.readString();
      } else if (field == ImageEvent.IMAGE_ID_FIELD_NUMBER
          && type == WireFormat.WIRETYPE_LENGTH_DELIMITED) {
        imageId = in.readString();
      } else if (field == ImageEvent.FORMAT_FIELD_NUMBER && type == WireFormat.WIRETYPE_VARINT) {
        format = in.readInt32();
      } else {
        kind =
            switch (field) {
              case ImageEvent.ADD_FIELD_NUMBER -> EventKind.ADD;
              case ImageEvent.UPDATE_FIELD_NUMBER -> EventKind.UPDATE;
              case ImageEvent.DELETE_FIELD_NUMBER -> EventKind.DELETE;
              case ImageEvent.DELETE_INSTANCE_FIELD_NUMBER -> EventKind.DELETE_INSTANCE;
              default -> kind;
            };
        if (!in.skipField(tag)) {
          return NONE;
        }
      }
    }
    return new EventHead(kind, format, instance, imageId);
  }

  private static EventHead peekJson(byte[] value) throws IOException {
    EventKind kind = EventKind.UNKNOWN;
    int format = 0;
    String instance = "";
    String imageId = "";
    try (JsonParser in = JSON.createParser(value)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        return NONE;
      }
      for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
        if (in.nextToken() != JsonToken.VALUE_NULL) {
          switch (name) {
            case "add" -> kind = EventKind.ADD;
            case "update" -> kind = EventKind.UPDATE;
            case "delete" -> kind = EventKind.DELETE;
            case "delete_instance", "deleteInstance" -> kind = EventKind.DELETE_INSTANCE;
            case "instance" -> instance = in.getValueAsString("");
            case "image_id", "imageId" -> imageId = in.getValueAsString("");
            case "format" -> format = in.getValueAsInt();
            default -> {}
          }
        }
        // Text is skipped where it stands: a picture in base64 is not made a String.
        in.skipChildren();
      }
    }
    return new EventHead(kind, format, instance, imageId);
  }
}
