package io.likeness.k8s;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Files of several YAML documents; a key that stands twice is a fault. */
final class Yaml {

  private static final ObjectMapper YAML =
      new ObjectMapper(new YAMLFactory())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);

  private Yaml() {}

  static List<ObjectNode> documents(String text) {
    return documents(text, ObjectNode.class);
  }

  static <T extends JsonNode> List<T> documents(String text, Class<T> kind) {
    try (JsonParser parser = YAML.createParser(text);
        MappingIterator<T> documents = YAML.readerFor(kind).readValues(parser)) {
      return documents.readAll();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ObjectNode object() {
    return YAML.createObjectNode();
  }
}
