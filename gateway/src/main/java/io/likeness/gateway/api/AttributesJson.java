package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.wire.Attributes;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Numbers;
import io.likeness.wire.Tags;
import io.likeness.wire.Text;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Attributes of an image in JSON: {@code tags}, {@code numbers}, {@code description}, {@code
 * keywords}.
 */
final class AttributesJson {

  static final int TAGS_MAX = 10;
  static final int TAG_CHARS_MAX = 64;
  static final int DESCRIPTION_CHARS_MAX = 2048;
  static final int KEYWORDS_MAX = 100;
  static final int KEYWORD_CHARS_MAX = 64;

  private AttributesJson() {}

  /** Reads what is there; a group that is absent stays absent. */
  static Attributes read(ObjectReader fields, InstanceRecord instance) {
    Attributes.Builder attributes = Attributes.newBuilder();
    fields.object("tags").ifPresent(tags -> attributes.setTags(tags(tags, instance)));
    fields
        .object("numbers")
        .ifPresent(numbers -> attributes.setNumbers(numbers(numbers, instance)));
    Optional<String> description = description(fields);
    Optional<List<String>> keywords = keywords(fields);
    if (description.isPresent() || keywords.isPresent()) {
      attributes.setText(
          Text.newBuilder()
              .setDescription(description.orElse(""))
              .addAllKeywords(keywords.orElse(List.of())));
    }
    return attributes.build();
  }

  static Optional<String> description(ObjectReader fields) {
    return fields.text("description", 0, DESCRIPTION_CHARS_MAX);
  }

  static Optional<List<String>> keywords(ObjectReader fields) {
    return fields.texts("keywords", KEYWORDS_MAX, 1, KEYWORD_CHARS_MAX);
  }

  private static Tags tags(ObjectReader tags, InstanceRecord instance) {
    checkKeys(tags, instance.getTagsList(), "tags");
    Tags.Builder read = Tags.newBuilder();
    for (String key : tags.names()) {
      tags.text(key, 1, TAG_CHARS_MAX).ifPresent(value -> read.putValues(key, value));
    }
    return read.build();
  }

  private static Numbers numbers(ObjectReader numbers, InstanceRecord instance) {
    checkKeys(numbers, instance.getNumberTagsList(), "number_tags");
    Numbers.Builder read = Numbers.newBuilder();
    for (String key : numbers.names()) {
      numbers.real(key).ifPresent(value -> read.putValues(key, value));
    }
    return read.build();
  }

  private static void checkKeys(
      ObjectReader map, Collection<String> declared, String declaredUnder) {
    List<String> keys = map.names();
    if (keys.size() > TAGS_MAX) {
      throw ApiFault.invalid(map.at("") + " has " + keys.size() + " keys, at most " + TAGS_MAX);
    }
    for (String key : keys) {
      checkDeclared(key, declared, map.at(key), declaredUnder);
    }
  }

  static void checkDeclared(
      String key, Collection<String> declared, String where, String declaredUnder) {
    if (!declared.contains(key)) {
      throw ApiFault.invalid(
          where
              + " is not among the instance's "
              + declaredUnder
              + ": "
              + String.join(", ", declared));
    }
  }

  /** Writes all four, empty where the image has none. */
  static void write(ObjectNode image, Attributes attributes) {
    ObjectNode tags = image.putObject("tags");
    new TreeMap<>(attributes.getTags().getValuesMap()).forEach(tags::put);
    ObjectNode numbers = image.putObject("numbers");
    new TreeMap<>(attributes.getNumbers().getValuesMap()).forEach(numbers::put);
    image.put("description", attributes.getText().getDescription());
    ArrayNode keywords = image.putArray("keywords");
    attributes.getText().getKeywordsList().forEach(keywords::add);
  }
}
