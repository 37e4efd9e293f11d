package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.api.ApiClient;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Deep pages, cursors and groups of a whole system, against brute force over the same vectors. */
class DepthTest {

  private static final int IMAGES = 360;

  private static final TheSystem system = TheSystem.shared();
  private static final String instance = system.instanceName();
  private static final Map<String, float[]> vectors = new TreeMap<>();
  private static final Map<String, String> products = new HashMap<>();
  private static int dimensions;

  @BeforeAll
  static void fill() throws IOException {
    system.client().createInstance(instance, List.of("product"), List.of()).expect(201);
    dimensions =
        system
            .client()
            .get("/api/v1/models")
            .expect(200)
            .json()
            .getJsonArray("models")
            .getJsonObject(0)
            .getInteger("dimensions");
    Random random = new Random(5);
    for (int i = 0; i < IMAGES; i++) {
      String id = "image-%03d".formatted(i);
      vectors.put(id, vector(random));
      if (i % 6 > 0) {
        products.put(id, "p" + random.nextInt(60));
      }
      put(id, i == IMAGES - 1 ? "10s" : "0");
    }
    JsonObject everything = new JsonObject().put("filter", new JsonObject().put("id_prefix", "i"));
    Awaitility.await().until(() -> search(everything).getInteger("total") == IMAGES);
  }

  private static float[] vector(Random random) {
    float[] values = new float[dimensions];
    double length = 0;
    for (int i = 0; i < dimensions; i++) {
      values[i] = (float) random.nextGaussian();
      length += values[i] * values[i];
    }
    for (int i = 0; i < dimensions; i++) {
      values[i] /= (float) Math.sqrt(length);
    }
    return values;
  }

  private static float[] vectorOf(String id) {
    return Objects.requireNonNull(vectors.get(id));
  }

  private static void put(String id, String wait) throws IOException {
    JsonObject image = new JsonObject().put("vector", json(vectorOf(id)));
    if (products.containsKey(id)) {
      image.put("tags", new JsonObject().put("product", products.get(id)));
    }
    system
        .client()
        .call(
            "PUT",
            ApiClient.imagePath(instance, id) + "?wait=" + wait,
            BodyPublishers.ofString(image.encode()),
            "application/json")
        .expect(wait.equals("0") ? 202 : 200);
  }

  private static JsonArray json(float[] vector) {
    JsonArray values = new JsonArray();
    for (float value : vector) {
      values.add(value);
    }
    return values;
  }

  private static JsonObject search(JsonObject request) throws IOException {
    return system.client().search(instance, request.put("deadline", "30s")).expect(200).json();
  }

  private static List<String> ids(JsonObject answer) {
    JsonArray hits = answer.getJsonArray("hits");
    return IntStream.range(0, hits.size())
        .mapToObj(i -> hits.getJsonObject(i).getString("id"))
        .toList();
  }

  /** All ids, the most alike first. */
  private static List<String> exact(float[] query) {
    Comparator<String> order = Comparator.comparingDouble(id -> -dot(query, vectorOf(id)));
    return vectors.keySet().stream().sorted(order).toList();
  }

  private static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }

  private static List<String> bestOfGroups(List<String> ids) {
    Set<String> met = new HashSet<>();
    return ids.stream()
        .filter(id -> !products.containsKey(id) || met.add(products.get(id)))
        .toList();
  }

  private static List<String> readOn(JsonObject first, int size) throws IOException {
    List<String> all = new ArrayList<>(ids(first));
    String cursor = first.getString("next_cursor");
    while (cursor != null) {
      JsonObject page = search(new JsonObject().put("cursor", cursor).put("page_size", size));
      all.addAll(ids(page));
      cursor = page.getString("next_cursor");
    }
    return all;
  }

  @Test
  void aCursorShowsOneMomentToItsEndWhileImagesComeAndGo() throws IOException {
    float[] query = vector(new Random(6));
    JsonObject first =
        search(new JsonObject().put("vector", json(query)).put("cursor", "").put("page_size", 50));
    JsonObject byFilter =
        search(
            new JsonObject()
                .put("filter", new JsonObject().put("id_prefix", "image-1"))
                .put("cursor", "")
                .put("page_size", 7));
    List<String> gone = List.of("image-001", "image-100", "image-150", "image-199", "image-350");
    for (String id : gone) {
      system.client().delete(instance, id, "10s").expect(200);
    }
    try {
      assertThat(readOn(first, 50)).isEqualTo(exact(query));
      assertThat(readOn(byFilter, 7))
          .isEqualTo(vectors.keySet().stream().filter(id -> id.startsWith("image-1")).toList());
    } finally {
      for (String id : gone) {
        put(id, "10s");
      }
    }
  }

  @Test
  void aCursorIsOfNoUseToAnotherTenant() throws IOException {
    String cursor =
        search(
                new JsonObject()
                    .put("filter", new JsonObject().put("id_prefix", "image"))
                    .put("cursor", ""))
            .getString("next_cursor");
    try (ApiClient them = new ApiClient(system.endpoint(), system.newAccount())) {
      them.createInstance(instance, List.of("product"), List.of()).expect(201);
      assertThat(them.search(instance, new JsonObject().put("cursor", cursor)).expect(400).text())
          .contains("invalid_request")
          .doesNotContain("image-0");
    }
  }

  @Test
  void theBestOfEachProductComesOnce() throws IOException {
    float[] query = vector(new Random(7));
    List<String> best = bestOfGroups(exact(query));
    List<String> byOffset = new ArrayList<>();
    for (int offset = 0; offset < best.size(); offset += 25) {
      byOffset.addAll(
          ids(
              search(
                  new JsonObject()
                      .put("vector", json(query))
                      .put("group_by", "product")
                      .put("offset", offset)
                      .put("limit", 25))));
    }
    JsonObject first =
        search(
            new JsonObject()
                .put("vector", json(query))
                .put("group_by", "product")
                .put("group_size", 3)
                .put("cursor", "")
                .put("page_size", 25));

    assertThat(byOffset).isEqualTo(best);
    assertThat(readOn(first, 25)).isEqualTo(best);
    JsonArray hits = first.getJsonArray("hits");
    for (int i = 0; i < hits.size(); i++) {
      JsonObject hit = hits.getJsonObject(i);
      String product = hit.getString("group");
      List<String> others = new ArrayList<>();
      hit.getJsonArray("others", new JsonArray())
          .forEach(other -> others.add(((JsonObject) other).getString("id")));
      assertThat(others)
          .isEqualTo(
              product == null
                  ? List.of()
                  : exact(query).stream()
                      .filter(id -> product.equals(products.get(id)))
                      .skip(1)
                      .limit(2)
                      .toList());
    }
  }

  @Test
  void aPageAtAnyOffsetIsTheRightOneWithItsAttributes() throws IOException {
    float[] query = vector(new Random(8));
    JsonObject page =
        search(new JsonObject().put("vector", json(query)).put("offset", 300).put("limit", 40));

    assertThat(ids(page)).isEqualTo(exact(query).subList(300, 340));
    JsonArray hits = page.getJsonArray("hits");
    for (int i = 0; i < hits.size(); i++) {
      JsonObject hit = hits.getJsonObject(i);
      assertThat(hit.getJsonObject("tags", new JsonObject()).getString("product"))
          .isEqualTo(products.get(hit.getString("id")));
    }
  }
}
