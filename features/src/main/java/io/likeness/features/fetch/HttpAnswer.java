package io.likeness.features.fetch;

import com.google.protobuf.ByteString;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The answer to one HTTP/1.1 GET, read with every length bounded. Small on purpose: one request a
 * connection, no compression asked for, none accepted.
 */
final class HttpAnswer {

  private static final int HEAD_BYTES_MAX = 32 << 10;
  private static final int INTERIM_MAX = 5;
  private static final int CHUNK_LINE_BYTES_MAX = 1 << 10;
  private static final int COPY_BYTES = 16 << 10;

  private final InputStream input;
  private final int status;
  private final Map<String, String> headers;

  private HttpAnswer(InputStream input, int status, Map<String, String> headers) {
    this.input = input;
    this.status = status;
    this.headers = headers;
  }

  /** The answer breaks the protocol or a bound; asking again changes nothing. */
  static final class Unusable extends Exception {

    private static final long serialVersionUID = 1;

    private final boolean tooLarge;

    private Unusable(String detail, boolean tooLarge) {
      super(detail);
      this.tooLarge = tooLarge;
    }

    boolean tooLarge() {
      return tooLarge;
    }
  }

  /** Reads the head; the body stays in the stream. */
  static HttpAnswer read(InputStream input) throws IOException, Unusable {
    for (int interim = 0; interim <= INTERIM_MAX; interim++) {
      HttpAnswer answer = readHead(input);
      if (answer.status >= 200) {
        return answer;
      }
    }
    throw new Unusable("over " + INTERIM_MAX + " interim answers", false);
  }

  private static HttpAnswer readHead(InputStream input) throws IOException, Unusable {
    int[] left = {HEAD_BYTES_MAX};
    String first = line(input, left);
    if (!first.matches("HTTP/1\\.[01] [1-5][0-9][0-9]( .*)?")) {
      throw new Unusable("the answer is no HTTP/1.1", false);
    }
    Map<String, String> headers = new HashMap<>();
    for (String line = line(input, left); !line.isEmpty(); line = line(input, left)) {
      int colon = line.indexOf(':');
      if (colon < 1) {
        throw new Unusable("the answer has a malformed header", false);
      }
      String name = line.substring(0, colon).toLowerCase(Locale.ROOT);
      String value = line.substring(colon + 1).strip();
      String other = headers.putIfAbsent(name, value);
      if (other != null && name.equals("content-length") && !other.equals(value)) {
        throw new Unusable("the answer has two lengths", false);
      }
    }
    return new HttpAnswer(input, Integer.parseInt(first.substring(9, 12)), headers);
  }

  private static String line(InputStream input, int[] left) throws IOException, Unusable {
    StringBuilder line = new StringBuilder();
    while (true) {
      int next = input.read();
      if (next < 0) {
        throw new EOFException("the connection ended within the answer's head");
      }
      if (--left[0] < 0) {
        throw new Unusable("the answer's head is over its bound", false);
      }
      if (next == '\n') {
        break;
      }
      line.append((char) next);
    }
    if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
      line.setLength(line.length() - 1);
    }
    return line.toString();
  }

  int status() {
    return status;
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(headers.get(name));
  }

  /** Reads the body as it comes and stops at the first byte too many. */
  ByteString body(long bytesMax) throws IOException, Unusable {
    String encoding = header("content-encoding").orElse("identity");
    if (!encoding.equalsIgnoreCase("identity")) {
      throw new Unusable("the answer is compressed, which was not asked for", false);
    }
    Optional<String> transfer = header("transfer-encoding");
    if (transfer.isPresent()) {
      if (!transfer.get().equalsIgnoreCase("chunked")) {
        throw new Unusable("the answer has an unknown transfer encoding", false);
      }
      return chunks(bytesMax);
    }
    Optional<String> length = header("content-length");
    ByteString.Output body = ByteString.newOutput();
    if (length.isPresent()) {
      long bytes = number(length.get(), 10);
      if (bytes > bytesMax) {
        throw tooLarge(bytes + " bytes", bytesMax);
      }
      copy(body, bytes);
      return body.toByteString();
    }
    byte[] buffer = new byte[COPY_BYTES];
    for (int got = input.read(buffer); got >= 0; got = input.read(buffer)) {
      if (body.size() + (long) got > bytesMax) {
        throw tooLarge("longer", bytesMax);
      }
      body.write(buffer, 0, got);
    }
    return body.toByteString();
  }

  private ByteString chunks(long bytesMax) throws IOException, Unusable {
    ByteString.Output body = ByteString.newOutput();
    while (true) {
      String line = line(input, new int[] {CHUNK_LINE_BYTES_MAX});
      int extension = line.indexOf(';');
      long bytes = number((extension < 0 ? line : line.substring(0, extension)).strip(), 16);
      if (bytes == 0) {
        return body.toByteString();
      }
      if (body.size() + bytes > bytesMax) {
        throw tooLarge("longer", bytesMax);
      }
      copy(body, bytes);
      if (!line(input, new int[] {2}).isEmpty()) {
        throw new Unusable("a chunk of the answer does not end where it says", false);
      }
    }
  }

  private void copy(ByteString.Output body, long bytes) throws IOException {
    byte[] buffer = new byte[(int) Math.min(COPY_BYTES, Math.max(1, bytes))];
    for (long left = bytes; left > 0; ) {
      int got = input.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (got < 0) {
        throw new EOFException("the connection ended " + left + " bytes before the answer's end");
      }
      body.write(buffer, 0, got);
      left -= got;
    }
  }

  private static long number(String text, int radix) throws Unusable {
    // Long.parseLong takes signs and other scripts' digits, a length has neither.
    if (!text.matches(radix == 16 ? "[0-9a-fA-F]{1,15}" : "[0-9]{1,18}")) {
      throw new Unusable(
          "the answer has a malformed length of %d characters".formatted(text.length()), false);
    }
    return Long.parseLong(text, radix);
  }

  private static Unusable tooLarge(String size, long bytesMax) {
    return new Unusable("the answer is %s, at most %d bytes".formatted(size, bytesMax), true);
  }

  static byte[] request(String target, String host) {
    return """
        GET %s HTTP/1.1\r
        Host: %s\r
        User-Agent: Likeness\r
        Accept: image/jpeg, image/png, image/bmp, */*;q=0.1\r
        Accept-Encoding: identity\r
        Connection: close\r
        \r
        """
        .formatted(target, host)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
