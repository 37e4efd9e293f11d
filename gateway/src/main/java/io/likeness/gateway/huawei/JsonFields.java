package io.likeness.gateway.huawei;

import com.fasterxml.jackson.core.Base64Variant;
import com.fasterxml.jackson.core.Base64Variants;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamReadException;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads a JSON object field by field, straight from the body's bytes; a picture in base64 becomes
 * bytes on the way, and neither its text nor a tree is ever built. Types are strict: nothing is
 * converted. A field that is null counts as absent, one that nobody knows is skipped, one that
 * comes twice makes the body unreadable.
 */
final class JsonFields {

  /** Takes the value of one field; the parser stands on its first token. */
  @FunctionalInterface
  interface Taker {
    void take(JsonParser parser, String field) throws IOException, V1Fault;
  }

  private static final int DEPTH_MAX = 16;
  private static final int NAME_CHARS_MAX = 1024;
  private static final int NUMBER_CHARS_MAX = 64;
  private static final int TEXT_CHARS_MAX = 16 << 20;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(DEPTH_MAX)
                  .maxNameLength(NAME_CHARS_MAX)
                  .maxNumberLength(NUMBER_CHARS_MAX)
                  .maxStringLength(TEXT_CHARS_MAX)
                  .build())
          .build();

  private static final Base64Variant BASE64 =
      Base64Variants.MIME_NO_LINEFEEDS.withReadPadding(
          Base64Variant.PaddingReadBehaviour.PADDING_ALLOWED);

  private JsonFields() {}

  static void read(ByteString body, Map<String, Taker> fields) throws V1Fault {
    if (body.isEmpty()) {
      throw IsError.MISSING.because("The body is empty.");
    }
    try (JsonParser parser = JSON.createParser(body.newInput())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw IsError.JSON.because("The body is not a JSON object.");
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String field = parser.currentName();
        JsonToken value = parser.nextToken();
        Taker taker = fields.get(field);
        if (taker == null) {
          parser.skipChildren();
        } else if (value != JsonToken.VALUE_NULL) {
          taker.take(parser, field);
        }
      }
      if (parser.nextToken() != null) {
        throw IsError.JSON.because("Something follows the JSON object.");
      }
    } catch (IOException e) {
      throw IsError.JSON.because(where(e));
    }
  }

  static String text(JsonParser parser, String field) throws IOException, V1Fault {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw IsError.WRONG_TYPE.because(field + " is not a string.");
    }
    return wellFormed(parser.getText(), field);
  }

  static int integer(JsonParser parser, String field, int min, int max)
      throws IOException, V1Fault {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw IsError.WRONG_TYPE.because(field + " is not an integer.");
    }
    boolean small = parser.getNumberType() == JsonParser.NumberType.INT;
    if (!small || parser.getIntValue() < min || parser.getIntValue() > max) {
      throw IsError.WRONG_TYPE.because(
          field + " is " + parser.getText() + ", at least " + min + " and at most " + max + ".");
    }
    return parser.getIntValue();
  }

  static boolean flag(JsonParser parser, String field) throws V1Fault {
    if (parser.currentToken() == JsonToken.VALUE_TRUE) {
      return true;
    }
    if (parser.currentToken() == JsonToken.VALUE_FALSE) {
      return false;
    }
    throw IsError.WRONG_TYPE.because(field + " is not a boolean.");
  }

  /** An object of strings, in the order given. */
  static Map<String, String> texts(JsonParser parser, String field, int keysMax)
      throws IOException, V1Fault {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw IsError.WRONG_TYPE.because(field + " is not an object.");
    }
    Map<String, String> texts = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = wellFormed(parser.currentName(), field);
      parser.nextToken();
      if (texts.size() == keysMax) {
        throw IsError.WRONG_TYPE.because(field + " has more than " + keysMax + " keys.");
      }
      texts.put(key, text(parser, field + "." + shown(key)));
    }
    return texts;
  }

  static List<String> textList(JsonParser parser, String field, int itemsMax)
      throws IOException, V1Fault {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw IsError.WRONG_TYPE.because(field + " is not an array.");
    }
    List<String> texts = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (texts.size() == itemsMax) {
        throw IsError.WRONG_TYPE.because(field + " has more than " + itemsMax + " items.");
      }
      texts.add(text(parser, field + "[" + texts.size() + "]"));
    }
    return texts;
  }

  /**
   * The bytes behind a base64 text; blanks and line ends in it are skipped, its padding may be
   * missing.
   */
  static ByteString base64(JsonParser parser, String field) throws IOException, V1Fault {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw IsError.WRONG_TYPE.because(field + " is not a string.");
    }
    ByteString.Output bytes = ByteString.newOutput(64 << 10);
    try {
      parser.readBinaryValue(BASE64, bytes);
    } catch (IllegalArgumentException e) {
      throw IsError.WRONG_TYPE.because(field + " is not base64.");
    } catch (StreamReadException e) {
      // The parser tells a broken end of base64 and a broken end of JSON apart only by its words.
      String words = String.valueOf(e.getOriginalMessage());
      if (words.contains("base64")) {
        throw IsError.WRONG_TYPE.because(field + " is not base64.");
      }
      throw e;
    }
    ByteString decoded = bytes.toByteString();
    if (decoded.isEmpty()) {
      throw IsError.EMPTY.because(field + " is empty.");
    }
    return decoded;
  }

  static String shown(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  /** Text that UTF-8 cannot carry would come back as another text. */
  private static String wellFormed(String text, String field) throws V1Fault {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw IsError.JSON.because(field + " holds half a surrogate pair.");
      }
    }
    return text;
  }

  private static String where(IOException e) {
    if (e instanceof StreamReadException fault && fault.getLocation() != null) {
      return "It breaks at byte " + fault.getLocation().getByteOffset() + ".";
    }
    return "It is not UTF-8, or ends early.";
  }
}
