package io.likeness.bench.overload;

import io.likeness.bench.api.Answer;
import io.likeness.bench.api.ApiClient;
import io.likeness.bench.picture.Pictures;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/** An account with an instance of random vectors, and searches in it. */
final class Asker {

  private static final int SEARCHES = 64;
  private static final int LIMIT = 10;
  private static final String DEADLINE = "2s";
  private static final int SIDE = 256;

  private final ApiClient api;
  private final String instance;
  private final List<JsonObject> searches;
  private final List<byte[]> pictures;
  private final boolean byVector;

  private Asker(
      ApiClient api,
      String instance,
      List<JsonObject> searches,
      List<byte[]> pictures,
      boolean byVector) {
    this.api = api;
    this.instance = instance;
    this.searches = searches;
    this.pictures = pictures;
    this.byVector = byVector;
  }

  static Asker fill(ApiClient api, String instance, int images, boolean byVector)
      throws IOException {
    int dimensions =
        api.createInstance(instance, List.of(), List.of())
            .expect(201)
            .json()
            .getInteger("dimensions");
    Random random = new Random(instance.hashCode());
    for (int i = 0; i < images; i++) {
      Answer unused =
          api.post(
                  "/api/v1/instances/" + instance + "/images?wait=0",
                  new JsonObject()
                      .put("id", "image-" + i)
                      .put("vector", vector(random, dimensions)))
              .expect(200, 201, 202);
    }
    Answer all =
        api.search(
            instance,
            new JsonObject()
                .put("vector", vector(random, dimensions))
                .put("consistency", "strong")
                .put("deadline", "60s"));
    if (all.expect(200).json().getLong("total") != images) {
      throw new IllegalStateException("not all of " + images + " images are there: " + all);
    }
    List<JsonObject> searches = new ArrayList<>();
    List<byte[]> pictures = new ArrayList<>();
    for (int i = 0; i < SEARCHES; i++) {
      searches.add(
          new JsonObject()
              .put("vector", vector(random, dimensions))
              .put("limit", LIMIT)
              .put("attributes", false)
              .put("deadline", DEADLINE));
      pictures.add(Pictures.encode(Pictures.draw(i, SIDE, SIDE), "jpg"));
    }
    return new Asker(api, instance, searches, pictures, byVector);
  }

  private static JsonArray vector(Random random, int dimensions) {
    JsonArray vector = new JsonArray();
    for (int i = 0; i < dimensions; i++) {
      vector.add(Math.round(random.nextGaussian() * 1_000) / 1_000.0);
    }
    return vector;
  }

  Answer search(int number) throws IOException {
    if (byVector) {
      return api.search(instance, searches.get(number % SEARCHES));
    }
    byte[] picture = pictures.get(number % SEARCHES);
    // What stands behind a picture's end is another file and the same picture.
    byte[] unseen = Arrays.copyOf(picture, picture.length + Long.BYTES);
    ByteBuffer.wrap(unseen).putLong(picture.length, ThreadLocalRandom.current().nextLong());
    return api.call(
        "POST",
        "/api/v1/instances/"
            + instance
            + "/search?limit="
            + LIMIT
            + "&attributes=false&deadline="
            + DEADLINE,
        BodyPublishers.ofByteArray(unseen),
        "application/octet-stream");
  }
}
