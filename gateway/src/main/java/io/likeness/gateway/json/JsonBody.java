package io.likeness.gateway.json;

import com.fasterxml.jackson.core.Base64Variant;
import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A JSON object from outside. Its pictures are decoded from base64 while it is read, straight from
 * the received bytes, so that a picture of ten megabytes is never a text of thirteen; everything
 * else is small and becomes a tree. A key that occurs twice is refused: parsers disagree on which
 * one counts.
 */
public final class JsonBody {

  /** Strings other than pictures; longer ones no field takes. */
  private static final int TEXT_CHARS_MAX = 1 << 20;

  private static final int NESTING_MAX = 64;

  private static final Base64Variant BASE64 =
      Base64Variants.MIME_NO_LINEFEEDS.withReadPadding(
          Base64Variant.PaddingReadBehaviour.PADDING_ALLOWED);

  /** Reads and writes JSON as it is exchanged with the outside. */
  public static final ObjectMapper MAPPER =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxStringLength(TEXT_CHARS_MAX)
                          .maxNestingDepth(NESTING_MAX)
                          .maxNumberLength(100)
                          .maxNameLength(1024)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  /** Reads one value of an object: what stands after it is the object's next one. */
  private static final ObjectReader VALUES =
      MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final ObjectNode fields;
  private final Map<String, ByteString> pictures;

  private JsonBody(ObjectNode fields, Map<String, ByteString> pictures) {
    this.fields = fields;
    this.pictures = pictures;
  }

  /**
   * Reads an object.
   *
   * @param pictureFields names of the fields, at its top level, that hold base64
   * @param pictureBytesMax of one decoded picture
   */
  public static JsonBody read(ByteString body, Set<String> pictureFields, long pictureBytesMax)
      throws JsonFault {
    ObjectNode fields = MAPPER.createObjectNode();
    Map<String, ByteString> pictures = new HashMap<>();
    try (JsonParser parser = MAPPER.getFactory().createParser(body.newInput())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new JsonFault(JsonFault.Kind.SYNTAX, "", "the body is no JSON object");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        JsonToken value = parser.nextToken();
        if (pictureFields.contains(name) && value != JsonToken.VALUE_NULL) {
          pictures.put(name, picture(parser, name, value, pictureBytesMax, body.size()));
        } else {
          fields.set(name, VALUES.<JsonNode>readTree(parser));
        }
      }
      if (parser.nextToken() != null) {
        throw new JsonFault(JsonFault.Kind.SYNTAX, "", "the body goes on after its JSON object");
      }
    } catch (JsonProcessingException e) {
      throw new JsonFault(JsonFault.Kind.SYNTAX, "", "the body is no valid JSON: " + firstLine(e));
    } catch (IOException e) {
      throw new JsonFault(JsonFault.Kind.SYNTAX, "", "the body cannot be read: " + e.getMessage());
    }
    return new JsonBody(fields, pictures);
  }

  private static ByteString picture(
      JsonParser parser, String name, JsonToken value, long bytesMax, int bodyBytes)
      throws IOException, JsonFault {
    if (value != JsonToken.VALUE_STRING) {
      throw new JsonFault(JsonFault.Kind.TYPE, name, name + " is no text");
    }
    Bounded decoded = new Bounded((int) Math.min(bytesMax, bodyBytes / 4L * 3 + 3), bytesMax);
    try {
      parser.readBinaryValue(BASE64, decoded);
    } catch (TooLarge e) {
      throw new JsonFault(
          JsonFault.Kind.TOO_LARGE, name, name + " is more than " + bytesMax + " bytes");
    } catch (JsonProcessingException | IllegalArgumentException e) {
      // The parser throws the latter for some characters, whatever its signature says.
      throw new JsonFault(JsonFault.Kind.BASE64, name, name + " is no valid base64");
    }
    return decoded.bytes();
  }

  /** Everything but the pictures. */
  public ObjectNode fields() {
    return fields;
  }

  /** The decoded bytes of a picture field; empty where the body has none. */
  public Optional<ByteString> picture(String name) {
    return Optional.ofNullable(pictures.get(name));
  }

  /** Jackson's messages go on with a source excerpt, which may hold a client's data. */
  private static String firstLine(JsonProcessingException e) {
    String message = e.getOriginalMessage();
    int end = message == null ? -1 : message.indexOf('\n');
    String line = end < 0 ? String.valueOf(message) : message.substring(0, end);
    String where =
        e.getLocation() == null
            ? ""
            : " (line "
                + e.getLocation().getLineNr()
                + ", column "
                + e.getLocation().getColumnNr()
                + ")";
    return (line.length() <= 200 ? line : line.substring(0, 200) + "...") + where;
  }

  private static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1L;
  }

  /** Takes bytes up to a bound into one array, sized so that it rarely grows. */
  private static final class Bounded extends OutputStream {

    private final ByteString.Output bytes;
    private final long bytesMax;
    private long size;

    Bounded(int room, long bytesMax) {
      this.bytes = ByteString.newOutput(Math.max(16, room));
      this.bytesMax = bytesMax;
    }

    @Override
    public void write(int value) throws IOException {
      grow(1);
      bytes.write(value);
    }

    @Override
    public void write(byte[] values, int from, int length) throws IOException {
      grow(length);
      bytes.write(values, from, length);
    }

    private void grow(int more) throws TooLarge {
      size += more;
      if (size > bytesMax) {
        throw new TooLarge();
      }
    }

    ByteString bytes() {
      return bytes.toByteString();
    }
  }
}
