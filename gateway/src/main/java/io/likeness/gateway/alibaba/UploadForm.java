package io.likeness.gateway.alibaba;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code multipart/form-data} of an upload in its parts. Read by hand, since the Node client
 * puts no line break between the bytes of the file and the boundary after it, and the Java client
 * gives the file an empty type: a strict reader takes the following part for a piece of the
 * picture. So a part ends where the boundary is, and a line break before it does not count; a
 * picture whose own last two bytes are one loses them, which no format of ours minds.
 */
record UploadForm(Map<String, String> fields, Optional<ByteString> file) {

  private static final String FILE = "file";
  private static final int PARTS_MAX = 32;
  private static final int FIELD_BYTES_MAX = 16 << 10;
  private static final int HEAD_BYTES_MAX = 8 << 10;
  private static final Pattern BOUNDARY =
      Pattern.compile("(?i)multipart/form-data\\s*;.*\\bboundary=\"?([^\";,\\s]{1,200})\"?.*");
  private static final Pattern NAME =
      Pattern.compile(
          "(?is).*content-disposition:\\s*form-data;[^\\r\\n]*\\bname=\"([^\"]{0,200})\".*");

  UploadForm {
    fields = Map.copyOf(fields);
  }

  /** Throws {@link IllegalArgumentException} with the reason where this is no such form. */
  static UploadForm read(ByteString body, String contentType) {
    Matcher boundary = BOUNDARY.matcher(contentType);
    if (!boundary.matches()) {
      throw new IllegalArgumentException("the Content-Type names no boundary of form-data");
    }
    byte[] bytes = body.toByteArray();
    byte[] delimiter = ("--" + boundary.group(1)).getBytes(StandardCharsets.US_ASCII);
    Map<String, String> fields = new LinkedHashMap<>();
    Optional<ByteString> file = Optional.empty();
    int at = indexOf(bytes, delimiter, 0);
    for (int parts = 0; at >= 0 && !endsHere(bytes, at + delimiter.length); parts++) {
      if (parts == PARTS_MAX) {
        throw new IllegalArgumentException("more than " + PARTS_MAX + " parts");
      }
      int start = at + delimiter.length;
      at = indexOf(bytes, delimiter, start);
      if (at < 0) {
        throw new IllegalArgumentException("the last part does not end");
      }
      int content = contentStart(bytes, start, at);
      String name = name(bytes, start, content);
      int end = withoutLineBreak(bytes, content, at);
      if (name.equals(FILE)) {
        if (file.isPresent()) {
          throw new IllegalArgumentException("part file is there twice");
        }
        file = Optional.of(ByteString.copyFrom(bytes, content, end - content));
      } else if (end - content > FIELD_BYTES_MAX) {
        throw new IllegalArgumentException(
            "a field has " + (end - content) + " bytes, at most " + FIELD_BYTES_MAX);
      } else {
        fields.put(name, new String(bytes, content, end - content, StandardCharsets.UTF_8));
      }
    }
    if (at < 0) {
      throw new IllegalArgumentException("the boundary is nowhere in the body");
    }
    return new UploadForm(fields, file);
  }

  private static boolean endsHere(byte[] bytes, int at) {
    return at + 1 < bytes.length && bytes[at] == '-' && bytes[at + 1] == '-';
  }

  /** Behind the empty line that ends a part's head. */
  private static int contentStart(byte[] bytes, int from, int to) {
    int last = Math.min(to, from + HEAD_BYTES_MAX) - 3;
    for (int i = from; i < last; i++) {
      if (bytes[i] == '\r'
          && bytes[i + 1] == '\n'
          && bytes[i + 2] == '\r'
          && bytes[i + 3] == '\n') {
        return i + 4;
      }
    }
    throw new IllegalArgumentException("a part has no head");
  }

  private static String name(byte[] bytes, int from, int to) {
    Matcher name = NAME.matcher(new String(bytes, from, to - from, StandardCharsets.UTF_8));
    if (!name.matches()) {
      throw new IllegalArgumentException("a part has no name");
    }
    return name.group(1);
  }

  private static int withoutLineBreak(byte[] bytes, int from, int to) {
    return to - from >= 2 && bytes[to - 2] == '\r' && bytes[to - 1] == '\n' ? to - 2 : to;
  }

  private static int indexOf(byte[] bytes, byte[] wanted, int from) {
    for (int i = from; i <= bytes.length - wanted.length; i++) {
      int j = 0;
      while (j < wanted.length && bytes[i + j] == wanted[j]) {
        j++;
      }
      if (j == wanted.length) {
        return i;
      }
    }
    return -1;
  }
}
