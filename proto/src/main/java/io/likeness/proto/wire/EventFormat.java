package io.likeness.proto.wire;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import io.likeness.wire.ImageEvent;
import java.nio.charset.StandardCharsets;

/**
 * The two forms of an {@link ImageEvent} in {@code ops}: Protobuf, or Protobuf's JSON. The record's
 * {@code content-type} header tells which; without one the first byte does, since no ImageEvent in
 * Protobuf can begin with a brace.
 */
public final class EventFormat {

  public static final String CONTENT_TYPE = "content-type";
  public static final String PROTOBUF = "application/x-protobuf";
  public static final String JSON = "application/json";

  private EventFormat() {}

  /**
   * Reads a record's value; {@code contentType} may be empty. Throws with the reason where it is no
   * event.
   */
  public static ImageEvent read(byte[] value, String contentType)
      throws InvalidProtocolBufferException {
    if (isJson(value, contentType)) {
      ImageEvent.Builder event = ImageEvent.newBuilder();
      JsonFormat.parser().merge(new String(value, StandardCharsets.UTF_8), event);
      return event.build();
    }
    return ImageEvent.parseFrom(ByteString.copyFrom(value));
  }

  public static String toJson(ImageEvent event) throws InvalidProtocolBufferException {
    return JsonFormat.printer().omittingInsignificantWhitespace().print(event);
  }

  /** Whether a record's value is JSON; {@code contentType} may be empty. */
  public static boolean isJson(byte[] value, String contentType) {
    if (!contentType.isEmpty()) {
      return contentType.regionMatches(true, 0, JSON, 0, JSON.length());
    }
    int first = 0;
    while (first < value.length && Character.isWhitespace(value[first])) {
      first++;
    }
    return first < value.length && value[first] == '{';
  }
}
