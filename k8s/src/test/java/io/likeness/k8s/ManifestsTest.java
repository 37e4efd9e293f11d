package io.likeness.k8s;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Kubernetes would take every field of every manifest as it is meant. */
class ManifestsTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  static List<Overlay> overlays() {
    return Overlay.all().toList();
  }

  @ParameterizedTest
  @MethodSource("overlays")
  void everyFieldIsKnownToItsKind(Overlay overlay) {
    assertThat(overlay.documents()).hasSizeGreaterThan(20);
    for (ObjectNode document : overlay.documents()) {
      assertThat(unknown(document))
          .as("%s %s", document.get("kind").asText(), document.at("/metadata/name").asText())
          .isEmpty();
    }
  }

  @Test
  void findsAFieldThatIsMisspelt() {
    for (Overlay overlay : overlays()) {
      for (ObjectNode document : overlay.documents()) {
        String kind = document.get("kind").asText();
        ObjectNode spoilt = document.deepCopy();
        if (spoilt.path("spec") instanceof ObjectNode spec && !kind.equals("ScaledObject")) {
          spec.put("replicsa", 3);
          assertThat(unknown(spoilt)).as(kind).isNotEmpty();
        } else if (kind.equals("ScaledObject")) {
          ((ObjectNode) spoilt.get("spec")).put("replicsa", 3);
          assertThatThrownBy(() -> unknown(spoilt)).hasMessageContaining("replicsa");
        }
      }
    }
  }

  @Test
  void findsAFieldThatIsMisspeltDeepInside() {
    ObjectNode pods =
        overlays().getFirst().documents().stream()
            .filter(each -> each.get("kind").asText().equals("StatefulSet"))
            .findFirst()
            .orElseThrow()
            .deepCopy();
    ((ObjectNode) pods.at("/spec/template/spec/containers/0/readinessProbe/httpGet"))
        .put("prot", 1);

    assertThat(unknown(pods))
        .containsExactly("/spec/template/spec/containers/0/readinessProbe/httpGet/prot");
  }

  /**
   * What is lost on the way through the class of its kind: read, then written again without what
   * the class keeps of fields it does not know.
   */
  private static List<String> unknown(ObjectNode document) {
    Object read = Overlay.typed(document);
    JsonNode known = JSON.valueToTree(read);
    List<String> lost = new ArrayList<>();
    Unknown.collect(read, "", lost);
    missing(document, known, "", lost);
    return lost;
  }

  /** Fields that classes drop in silence instead of keeping them. */
  private static void missing(JsonNode written, JsonNode known, String at, List<String> lost) {
    if (written.isObject()) {
      for (Map.Entry<String, JsonNode> field : written.properties()) {
        String place = at + "/" + field.getKey();
        JsonNode other = known.path(field.getKey());
        boolean empty = field.getValue().isContainerNode() && field.getValue().isEmpty();
        if (other.isMissingNode() && !empty) {
          lost.add(place);
        } else {
          missing(field.getValue(), other, place, lost);
        }
      }
    } else if (written.isArray()) {
      for (int i = 0; i < written.size(); i++) {
        missing(written.get(i), known.path(i), at + "/" + i, lost);
      }
    }
  }
}
