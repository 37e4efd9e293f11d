package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the fields of one JSON object: each with its type and bounds, and none that nobody asks
 * for. A null is as good as an absent field.
 */
final class ObjectReader {

  private final JsonNode object;
  private final String where;
  private final Set<String> asked = new HashSet<>();

  private ObjectReader(JsonNode object, String where) {
    this.object = object;
    this.where = where;
  }

  static ObjectReader of(ObjectNode object) {
    return new ObjectReader(object, "");
  }

  Optional<JsonNode> node(String name) {
    asked.add(name);
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  boolean has(String name) {
    JsonNode value = object.get(name);
    return value != null && !value.isNull();
  }

  Optional<String> text(String name, int charsMin, int charsMax) {
    return node(name).map(value -> text(value, name, charsMin, charsMax));
  }

  String text(JsonNode value, String name, int charsMin, int charsMax) {
    if (!value.isTextual()) {
      throw wrongType(name, value, "text");
    }
    String text = value.textValue();
    int length = text.codePointCount(0, text.length());
    if (length < charsMin || length > charsMax) {
      throw ApiFault.invalid(
          at(name) + " has " + length + " characters, not " + charsMin + " to " + charsMax);
    }
    return text;
  }

  Optional<Integer> integer(String name, int min, int max) {
    return node(name)
        .map(
            value -> {
              if (!value.isIntegralNumber()) {
                throw wrongType(name, value, "a whole number");
              }
              if (!value.canConvertToInt() || value.intValue() < min || value.intValue() > max) {
                throw ApiFault.invalid(
                    at(name)
                        + " is "
                        + ApiFault.shown(value.asText())
                        + ", not "
                        + min
                        + " to "
                        + max);
              }
              return value.intValue();
            });
  }

  Optional<Double> real(String name) {
    return node(name).map(value -> real(value, name));
  }

  double real(JsonNode value, String name) {
    if (!value.isNumber()) {
      throw wrongType(name, value, "a number");
    }
    double number = value.doubleValue();
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      throw ApiFault.invalid(at(name) + " is " + ApiFault.shown(value.asText()) + ", out of range");
    }
    return number;
  }

  Optional<Boolean> flag(String name) {
    return node(name)
        .map(
            value -> {
              if (!value.isBoolean()) {
                throw wrongType(name, value, "true or false");
              }
              return value.booleanValue();
            });
  }

  Optional<ObjectReader> object(String name) {
    return node(name)
        .map(
            value -> {
              if (!value.isObject()) {
                throw wrongType(name, value, "an object");
              }
              return new ObjectReader(value, at(name) + ".");
            });
  }

  /** The items of an array. */
  Optional<List<JsonNode>> array(String name, int itemsMin, int itemsMax) {
    return node(name)
        .map(
            value -> {
              if (!value.isArray()) {
                throw wrongType(name, value, "an array");
              }
              if (value.size() < itemsMin || value.size() > itemsMax) {
                throw ApiFault.invalid(
                    at(name)
                        + " has "
                        + value.size()
                        + " items, not "
                        + itemsMin
                        + " to "
                        + itemsMax);
              }
              List<JsonNode> items = new ArrayList<>(value.size());
              value.forEach(items::add);
              return items;
            });
  }

  Optional<List<String>> texts(String name, int itemsMax, int charsMin, int charsMax) {
    return array(name, 0, itemsMax)
        .map(items -> items.stream().map(item -> text(item, name, charsMin, charsMax)).toList());
  }

  /** A reader of one item of an array, which must be an object. */
  ObjectReader item(JsonNode value, String name) {
    if (!value.isObject()) {
      throw wrongType(name, value, "an object");
    }
    return new ObjectReader(value, at(name) + ".");
  }

  /** The names of all fields, for objects whose keys are the caller's. */
  List<String> names() {
    List<String> names = new ArrayList<>();
    Iterator<String> all = object.fieldNames();
    while (all.hasNext()) {
      names.add(all.next());
    }
    return names;
  }

  /** How a message names a field of this object; without a name the object itself. */
  String at(String name) {
    if (name.isEmpty()) {
      return where.isEmpty() ? "the body" : where.substring(0, where.length() - 1);
    }
    return where + ApiFault.shown(name);
  }

  void done() {
    for (String name : names()) {
      if (!asked.contains(name)) {
        throw ApiFault.invalid("field " + at(name) + " is not known here");
      }
    }
  }

  private ApiFault wrongType(String name, JsonNode value, String wanted) {
    return ApiFault.invalid(at(name) + " is " + kind(value) + ", not " + wanted);
  }

  private static String kind(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "text";
      case NUMBER -> value.isIntegralNumber() ? "a whole number" : "a fraction";
      case BOOLEAN -> "true or false";
      case ARRAY -> "an array";
      case OBJECT, POJO -> "an object";
      case NULL, MISSING -> "null";
      case BINARY -> "bytes";
    };
  }
}
