package io.likeness.k8s;

import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The part of kustomize that our overlays use, so that they can be tested where there is no
 * kustomize; {@link KustomizationTest} compares it with the real one where there is. A field it
 * does not know is a fault. Unlike kustomize it puts no hash behind the names of ConfigMaps.
 */
final class Kustomization {

  private static final Set<String> FIELDS =
      Set.of(
          "apiVersion",
          "kind",
          "resources",
          "namespace",
          "images",
          "replicas",
          "configMapGenerator",
          "patches");

  private final List<ObjectNode> documents = new ArrayList<>();

  private Kustomization() {}

  static List<ObjectNode> render(Path folder) {
    Kustomization whole = new Kustomization();
    whole.read(folder);
    return List.copyOf(whole.documents);
  }

  private void read(Path folder) {
    JsonNode file = Yaml.documents(text(folder.resolve("kustomization.yaml"))).getFirst();
    known(file, FIELDS, folder);
    for (JsonNode resource : file.path("resources")) {
      Path place = folder.resolve(resource.asText()).normalize();
      if (Files.isDirectory(place)) {
        documents.addAll(render(place));
      } else {
        documents.addAll(Yaml.documents(text(place)));
      }
    }
    file.path("configMapGenerator").forEach(map -> generate(folder, map));
    file.path("patches").forEach(patch -> patch(folder, patch));
    for (JsonNode replicas : file.path("replicas")) {
      for (ObjectNode document : documents) {
        if (name(document).equals(replicas.get("name").asText())
            && document.at("/spec").has("replicas")) {
          ((ObjectNode) document.get("spec")).set("replicas", replicas.get("count"));
        }
      }
    }
    for (JsonNode image : file.path("images")) {
      known(image, Set.of("name", "newName", "newTag"), folder);
      String renamed = image.get("newName").asText() + ":" + image.get("newTag").asText();
      for (JsonNode container : containers()) {
        if (container.get("image").asText().equals(image.get("name").asText())) {
          ((ObjectNode) container).put("image", renamed);
        }
      }
    }
    if (file.has("namespace")) {
      documents.stream()
          .filter(document -> !document.get("kind").asText().equals("Namespace"))
          .forEach(
              each -> ((ObjectNode) each.get("metadata")).set("namespace", file.get("namespace")));
    }
  }

  private List<JsonNode> containers() {
    List<JsonNode> all = new ArrayList<>();
    documents.forEach(each -> each.at("/spec/template/spec/containers").forEach(all::add));
    return all;
  }

  private void generate(Path folder, JsonNode wanted) {
    known(wanted, Set.of("name", "behavior", "files", "literals", "options"), folder);
    String name = wanted.get("name").asText();
    ObjectNode data = Yaml.object();
    for (JsonNode file : wanted.path("files")) {
      data.put(file.asText(), text(folder.resolve(file.asText())));
    }
    for (JsonNode literal : wanted.path("literals")) {
      String[] parts = literal.asText().split("=", 2);
      data.put(parts[0], parts[1]);
    }
    List<ObjectNode> present =
        documents.stream()
            .filter(
                each -> each.get("kind").asText().equals("ConfigMap") && name(each).equals(name))
            .toList();
    String behavior = wanted.path("behavior").asText("create");
    if (behavior.equals("create") != present.isEmpty()) {
      throw new IllegalArgumentException(
          folder + ": ConfigMap " + name + " is " + present.size() + " times there to " + behavior);
    }
    switch (behavior) {
      case "create" -> {
        ObjectNode document = Yaml.object().put("apiVersion", "v1").put("kind", "ConfigMap");
        ObjectNode metadata = document.putObject("metadata").put("name", name);
        if (wanted.at("/options").has("labels")) {
          metadata.set("labels", wanted.at("/options/labels"));
        }
        document.set("data", data);
        documents.add(document);
      }
      case "merge" -> ((ObjectNode) present.getFirst().get("data")).setAll(data);
      case "replace" -> present.getFirst().set("data", data);
      default -> throw new IllegalArgumentException(folder + ": behavior " + behavior);
    }
  }

  private void patch(Path folder, JsonNode patch) {
    known(patch, Set.of("target", "patch"), folder);
    known(patch.get("target"), Set.of("kind", "name"), folder);
    String kind = patch.at("/target/kind").asText();
    String name = patch.at("/target/name").asText();
    List<ObjectNode> targets =
        documents.stream()
            .filter(each -> each.get("kind").asText().equals(kind) && name(each).matches(name))
            .toList();
    if (targets.isEmpty()) {
      throw new IllegalArgumentException(folder + ": a patch finds no " + kind + " " + name);
    }
    for (JsonNode change : Yaml.documents(patch.get("patch").asText(), JsonNode.class).getFirst()) {
      targets.forEach(target -> change(folder, target, change));
    }
  }

  /** One operation of RFC 6902. */
  private static void change(Path folder, ObjectNode target, JsonNode change) {
    JsonPointer at = JsonPointer.compile(change.get("path").asText());
    String operation = change.get("op").asText();
    JsonNode parent = target.at(at.head());
    boolean present = !target.at(at).isMissingNode();
    if (parent.isMissingNode() || (!present && !operation.equals("add"))) {
      throw new IllegalArgumentException(folder + ": nothing at " + at + " of " + name(target));
    }
    String last = at.last().getMatchingProperty();
    JsonNode value = change.path("value").deepCopy();
    switch (operation) {
      case "remove" -> ((ObjectNode) parent).remove(last);
      case "replace" -> {
        if (parent instanceof ArrayNode array) {
          array.set(at.last().getMatchingIndex(), value);
        } else {
          ((ObjectNode) parent).set(last, value);
        }
      }
      case "add" -> {
        if (parent instanceof ArrayNode array) {
          if (!last.equals("-")) {
            throw new IllegalArgumentException(folder + ": only appending is known, not " + at);
          }
          array.add(value);
        } else {
          ((ObjectNode) parent).set(last, value);
        }
      }
      default -> throw new IllegalArgumentException(folder + ": operation " + operation);
    }
  }

  private static String name(JsonNode document) {
    return document.at("/metadata/name").asText();
  }

  private static void known(JsonNode node, Set<String> fields, Path where) {
    for (Map.Entry<String, JsonNode> field : node.properties()) {
      if (!fields.contains(field.getKey())) {
        throw new IllegalArgumentException(where + ": field " + field.getKey() + " is not known");
      }
    }
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
