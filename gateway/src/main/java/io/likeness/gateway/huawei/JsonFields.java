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
 *
 * @param <F> what an API says where something is wrong
 */
final class JsonFields<F extends Exception> {

  /** What can be wrong with a body, whatever an API calls it. */
  enum Problem {
    /** The body has no bytes. */
    ABSENT,
    EMPTY,
    WRONG,
    UNREADABLE
  }

  /** An API's way to say what is wrong. */
  @FunctionalInterface
  interface Faults<F extends Exception> {

    /** {@code field} is {@link #BODY} where it is no single one. */
    F of(Problem problem, String field, String detail);
  }

  /** Takes the value of one field; the parser stands on its first token. */
  @FunctionalInterface
  interface Taker<F extends Exception> {
    void take(JsonParser parser, String field) throws IOException, F;
  }

  static final String BODY = "body";

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

  private final Faults<F> faults;

  JsonFields(Faults<F> faults) {
    this.faults = faults;
  }

  void read(ByteString body, Map<String, Taker<F>> fields) throws F {
    if (body.isEmpty()) {
      throw faults.of(Problem.ABSENT, BODY, "The body is empty.");
    }
    try (JsonParser parser = JSON.createParser(body.newInput())) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw unreadable("The body is not a JSON object.");
      }
      take(parser, "", fields);
      if (parser.nextToken() != null) {
        throw unreadable("Something follows the JSON object.");
      }
    } catch (IOException e) {
      throw unreadable(where(e));
    }
  }

  /** An object within the body; its fields are called {@code <field>.<name>}. */
  void object(JsonParser parser, String field, Map<String, Taker<F>> fields) throws IOException, F {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw wrong(field, field + " is not an object.");
    }
    take(parser, field + ".", fields);
  }

  private void take(JsonParser parser, String before, Map<String, Taker<F>> fields)
      throws IOException, F {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      Taker<F> taker = fields.get(field);
      if (taker == null) {
        parser.skipChildren();
      } else if (value != JsonToken.VALUE_NULL) {
        taker.take(parser, before + field);
      }
    }
  }

  String text(JsonParser parser, String field) throws IOException, F {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw wrong(field, field + " is not a string.");
    }
    return wellFormed(parser.getText(), field);
  }

  int integer(JsonParser parser, String field, int min, int max) throws IOException, F {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT) {
      throw wrong(field, field + " is not an integer.");
    }
    boolean small = parser.getNumberType() == JsonParser.NumberType.INT;
    if (!small || parser.getIntValue() < min || parser.getIntValue() > max) {
      throw wrong(
          field,
          field + " is " + parser.getText() + ", at least " + min + " and at most " + max + ".");
    }
    return parser.getIntValue();
  }

  boolean flag(JsonParser parser, String field) throws F {
    if (parser.currentToken() == JsonToken.VALUE_TRUE) {
      return true;
    }
    if (parser.currentToken() == JsonToken.VALUE_FALSE) {
      return false;
    }
    throw wrong(field, field + " is not a boolean.");
  }

  /** A finite number; {@code 1} and {@code 1.0} are the same. */
  double real(JsonParser parser, String field, double min, double max) throws IOException, F {
    if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
        && parser.currentToken() != JsonToken.VALUE_NUMBER_FLOAT) {
      throw wrong(field, field + " is not a number.");
    }
    double value = parser.getDoubleValue();
    if (!Double.isFinite(value) || value < min || value > max) {
      throw wrong(
          field,
          field + " is " + parser.getText() + ", at least " + min + " and at most " + max + ".");
    }
    return value;
  }

  /** An object of strings, in the order given. */
  Map<String, String> texts(JsonParser parser, String field, int keysMax) throws IOException, F {
    return map(parser, field, keysMax, this::text);
  }

  /** Reads one value; the parser stands on its first token. */
  @FunctionalInterface
  interface Value<T, F extends Exception> {
    T read(JsonParser parser, String field) throws IOException, F;
  }

  /** An object of values of one kind, in the order given. */
  <T> Map<String, T> map(JsonParser parser, String field, int keysMax, Value<T, F> value)
      throws IOException, F {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw wrong(field, field + " is not an object.");
    }
    Map<String, T> map = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = wellFormed(parser.currentName(), field);
      parser.nextToken();
      if (map.size() == keysMax) {
        throw wrong(field, field + " has more than " + keysMax + " keys.");
      }
      map.put(key, value.read(parser, field + "." + shown(key)));
    }
    return map;
  }

  List<String> textList(JsonParser parser, String field, int itemsMax) throws IOException, F {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw wrong(field, field + " is not an array.");
    }
    List<String> texts = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (texts.size() == itemsMax) {
        throw wrong(field, field + " has more than " + itemsMax + " items.");
      }
      texts.add(text(parser, field + "[" + texts.size() + "]"));
    }
    return texts;
  }

  /**
   * The bytes behind a base64 text; blanks and line ends in it are skipped, its padding may be
   * missing.
   */
  ByteString base64(JsonParser parser, String field) throws IOException, F {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw wrong(field, field + " is not a string.");
    }
    ByteString.Output bytes = ByteString.newOutput(64 << 10);
    try {
      parser.readBinaryValue(BASE64, bytes);
    } catch (IllegalArgumentException e) {
      throw wrong(field, field + " is not base64.");
    } catch (StreamReadException e) {
      // The parser tells a broken end of base64 and a broken end of JSON apart only by its words.
      String words = String.valueOf(e.getOriginalMessage());
      if (words.contains("base64")) {
        throw wrong(field, field + " is not base64.");
      }
      throw e;
    }
    ByteString decoded = bytes.toByteString();
    if (decoded.isEmpty()) {
      throw faults.of(Problem.EMPTY, field, field + " is empty.");
    }
    return decoded;
  }

  private F wrong(String field, String detail) {
    return faults.of(Problem.WRONG, field, detail);
  }

  private F unreadable(String detail) {
    return faults.of(Problem.UNREADABLE, BODY, detail);
  }

  static String shown(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  /** Text that UTF-8 cannot carry would come back as another text. */
  private String wellFormed(String text, String field) throws F {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw unreadable(field + " holds half a surrogate pair.");
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
