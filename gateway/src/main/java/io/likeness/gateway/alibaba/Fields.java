package io.likeness.gateway.alibaba;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The attributes an image has in this API, and the keys they have in an instance: tags for strings,
 * numbers for integers. An instance has those that it declares.
 */
final class Fields {

  /** The tag that holds ProductId, for one result per product. */
  static final String PRODUCT = "product_id";

  /** Attribute names as requests and answers write them, in order, with their keys. */
  static final Map<String, String> INTEGERS = numbered("IntAttr", "int_attr");

  static final Map<String, String> STRINGS = numbered("StrAttr", "str_attr");

  private static final List<String> SUFFIXES = List.of("", "2", "3", "4");

  private Fields() {}

  private static Map<String, String> numbered(String name, String key) {
    return IntStream.rangeClosed(1, 4)
        .mapToObj(i -> i == 1 ? "" : Integer.toString(i))
        .collect(
            Collectors.toMap(
                suffix -> name + suffix, suffix -> key + suffix, (a, b) -> a, TreeMap::new));
  }

  /** The key behind a field of a filter clause, in either spelling; empty where there is none. */
  static String keyOf(String field) {
    for (String kind : List.of("int", "str")) {
      for (String suffix : SUFFIXES) {
        if (field.equals(kind + "_attr" + suffix) || field.equals(kind + "Attr" + suffix)) {
          return kind + "_attr" + suffix;
        }
      }
    }
    return "";
  }

  static boolean isInteger(String key) {
    return key.startsWith("int");
  }
}
