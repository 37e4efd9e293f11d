package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.likeness.wire.Filter;
import io.likeness.wire.FilterList;
import io.likeness.wire.IdPrefix;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.NumberRange;
import io.likeness.wire.TagIn;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A filter in JSON: a tree whose every node has exactly one of {@code tag}, {@code number}, {@code
 * id_prefix}, {@code all}, {@code any}, {@code not}.
 */
final class FilterJson {

  private static final int DEPTH_MAX = 16;
  private static final int PARTS_MAX = 64;
  private static final int VALUES_MAX = 32;

  private FilterJson() {}

  static Filter read(ObjectReader node, InstanceRecord instance) {
    return read(node, instance, 1);
  }

  private static Filter read(ObjectReader node, InstanceRecord instance, int depth) {
    if (depth > DEPTH_MAX) {
      throw ApiFault.invalid("the filter is more than " + DEPTH_MAX + " levels deep");
    }
    if (node.names().size() != 1) {
      throw ApiFault.invalid(
          node.at("")
              + " has "
              + node.names().size()
              + " fields, not exactly one of tag, number, id_prefix, all, any, not");
    }
    Filter.Builder filter = Filter.newBuilder();
    node.object("tag").ifPresent(tag -> filter.setTagIn(tag(tag, instance)));
    node.object("number").ifPresent(range -> filter.setNumberRange(range(range, instance)));
    node.text("id_prefix", 1, 512)
        .ifPresent(prefix -> filter.setIdPrefix(IdPrefix.newBuilder().setPrefix(prefix)));
    node.array("all", 1, PARTS_MAX)
        .ifPresent(parts -> filter.setAllOf(list(node, "all", parts, instance, depth)));
    node.array("any", 1, PARTS_MAX)
        .ifPresent(parts -> filter.setAnyOf(list(node, "any", parts, instance, depth)));
    node.object("not").ifPresent(part -> filter.setNoneOf(read(part, instance, depth + 1)));
    node.done();
    if (filter.getKindCase() == Filter.KindCase.KIND_NOT_SET) {
      throw ApiFault.invalid(node.at(node.names().getFirst()) + " is null");
    }
    return filter.build();
  }

  private static FilterList list(
      ObjectReader node, String name, List<JsonNode> parts, InstanceRecord instance, int depth) {
    FilterList.Builder list = FilterList.newBuilder();
    for (JsonNode part : parts) {
      list.addFilters(read(node.item(part, name), instance, depth + 1));
    }
    return list.build();
  }

  private static TagIn tag(ObjectReader tag, InstanceRecord instance) {
    String key = tag.text("key", 1, 64).orElseThrow(() -> missing(tag, "key"));
    AttributesJson.checkDeclared(key, instance.getTagsList(), tag.at("key") + " " + key, "tags");
    List<String> values =
        tag.texts("in", VALUES_MAX, 1, AttributesJson.TAG_CHARS_MAX)
            .orElseThrow(() -> missing(tag, "in"));
    if (values.isEmpty()) {
      throw ApiFault.invalid(tag.at("in") + " has 0 items, not 1 to " + VALUES_MAX);
    }
    tag.done();
    return TagIn.newBuilder().setKey(key).addAllValues(values).build();
  }

  private static NumberRange range(ObjectReader range, InstanceRecord instance) {
    String key = range.text("key", 1, 64).orElseThrow(() -> missing(range, "key"));
    AttributesJson.checkDeclared(
        key, instance.getNumberTagsList(), range.at("key") + " " + key, "number_tags");
    NumberRange.Builder read = NumberRange.newBuilder().setKey(key);
    range.real("from").ifPresent(read::setFrom);
    range.real("to").ifPresent(read::setTo);
    range.done();
    if (read.hasFrom() && read.hasTo() && read.getFrom() > read.getTo()) {
      throw ApiFault.invalid(
          range.at("from") + " is " + read.getFrom() + ", more than its to, " + read.getTo());
    }
    return read.build();
  }

  /** The shorthand: every key must have one of its values. */
  static List<Filter> tags(Map<String, List<String>> tags, InstanceRecord instance) {
    List<Filter> filters = new ArrayList<>();
    tags.forEach(
        (key, values) -> {
          AttributesJson.checkDeclared(key, instance.getTagsList(), "tags." + key, "tags");
          if (values.size() > VALUES_MAX) {
            throw ApiFault.invalid(
                "tags." + key + " has " + values.size() + " values, at most " + VALUES_MAX);
          }
          filters.add(
              Filter.newBuilder()
                  .setTagIn(TagIn.newBuilder().setKey(key).addAllValues(values))
                  .build());
        });
    return filters;
  }

  /** The shorthand in JSON: a value is a text or an array of texts. */
  static List<Filter> tags(ObjectReader tags, InstanceRecord instance) {
    Map<String, List<String>> values = new java.util.LinkedHashMap<>();
    for (String key : tags.names()) {
      JsonNode value = tags.node(key).orElseThrow(() -> missing(tags, key));
      values.put(
          key,
          value.isArray()
              ? tags.texts(key, VALUES_MAX, 1, AttributesJson.TAG_CHARS_MAX).orElseThrow()
              : List.of(tags.text(value, key, 1, AttributesJson.TAG_CHARS_MAX)));
    }
    return tags(values, instance);
  }

  /** All of them together; no filter where there are none. */
  static Filter all(List<Filter> filters) {
    return switch (filters.size()) {
      case 0 -> Filter.getDefaultInstance();
      case 1 -> filters.getFirst();
      default ->
          Filter.newBuilder().setAllOf(FilterList.newBuilder().addAllFilters(filters)).build();
    };
  }

  private static ApiFault missing(ObjectReader reader, String name) {
    return ApiFault.invalid(reader.at(name) + " is missing");
  }
}
