package io.likeness.gateway.huawei;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.likeness.wire.Box;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The {@code box} of v1: four whole numbers, all required. */
final class Boxes {

  private static final List<String> SIDES = List.of("x", "y", "width", "height");

  private Boxes() {}

  static Box read(JsonParser parser, String field) throws IOException, V1Fault {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw IsError.WRONG_TYPE.because(field + " is not an object.");
    }
    Map<String, Integer> sides = new HashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String side = parser.currentName();
      JsonToken value = parser.nextToken();
      if (!SIDES.contains(side)) {
        parser.skipChildren();
      } else if (value != JsonToken.VALUE_NULL) {
        int least = side.equals("x") || side.equals("y") ? 0 : 1;
        sides.put(
            side, V1Bodies.FIELDS.integer(parser, field + "." + side, least, Integer.MAX_VALUE));
      }
    }
    return Box.newBuilder()
        .setX(side(sides, field, "x"))
        .setY(side(sides, field, "y"))
        .setWidth(side(sides, field, "width"))
        .setHeight(side(sides, field, "height"))
        .build();
  }

  private static int side(Map<String, Integer> sides, String field, String side) throws V1Fault {
    Integer value = sides.get(side);
    if (value == null) {
      throw IsError.MISSING.because(field + "." + side + " is required.");
    }
    return value;
  }
}
