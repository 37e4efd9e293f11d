package io.likeness.ingest.intake;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import io.likeness.proto.wire.EventFormat;
import io.likeness.wire.ImageEvent;
import java.io.IOException;

/**
 * What an event asks for, told without reading all of it: the lane that leaves adds alone must not
 * pay for their pictures.
 */
public enum EventKind {
  ADD,
  UPDATE,
  DELETE,
  DELETE_INSTANCE,
  /** Names no change, or cannot be read this far. */
  UNKNOWN;

  private static final JsonFactory JSON = new JsonFactory();

  /** Light work that does not wait behind pictures. */
  public boolean isChange() {
    return this == UPDATE || this == DELETE || this == DELETE_INSTANCE;
  }

  /** Where the event names several changes, the last one counts, as it does for Protobuf. */
  public static EventKind peek(byte[] value, String contentType) {
    try {
      return EventFormat.isJson(value, contentType) ? peekJson(value) : peekProtobuf(value);
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  /** The kind of an event that has been read. */
  public static EventKind of(ImageEvent event) {
    return switch (event.getChangeCase()) {
      case ADD -> ADD;
      case UPDATE -> UPDATE;
      case DELETE -> DELETE;
      case DELETE_INSTANCE -> DELETE_INSTANCE;
      case CHANGE_NOT_SET -> UNKNOWN;
    };
  }

  private static EventKind peekProtobuf(byte[] value) throws IOException {
    CodedInputStream in = CodedInputStream.newInstance(value);
    EventKind kind = UNKNOWN;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      kind =
          switch (WireFormat.getTagFieldNumber(tag)) {
            case ImageEvent.ADD_FIELD_NUMBER -> ADD;
            case ImageEvent.UPDATE_FIELD_NUMBER -> UPDATE;
            case ImageEvent.DELETE_FIELD_NUMBER -> DELETE;
            case ImageEvent.DELETE_INSTANCE_FIELD_NUMBER -> DELETE_INSTANCE;
            default -> kind;
          };
      if (!in.skipField(tag)) {
        return UNKNOWN;
      }
    }
    return kind;
  }

  private static EventKind peekJson(byte[] value) throws IOException {
    EventKind kind = UNKNOWN;
    try (JsonParser in = JSON.createParser(value)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        return UNKNOWN;
      }
      for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
        if (in.nextToken() != JsonToken.VALUE_NULL) {
          kind =
              switch (name) {
                case "add" -> ADD;
                case "update" -> UPDATE;
                case "delete" -> DELETE;
                case "delete_instance", "deleteInstance" -> DELETE_INSTANCE;
                default -> kind;
              };
        }
        // Text is skipped where it stands: a picture in base64 is not made a String.
        in.skipChildren();
      }
    }
    return kind;
  }
}
