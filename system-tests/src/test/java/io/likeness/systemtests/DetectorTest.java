package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.api.ApiClient;
import io.likeness.bench.picture.Pictures;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;

/** A detector that somebody brought finds what pictures are about, when added and searched with. */
class DetectorTest {

  private static final int WIDTH = 256;
  private static final int HEIGHT = 128;

  /** Each fills a cell of the detector. */
  private static final JsonObject LEFT = box(64, 64, 64, 64);

  private static final JsonObject RIGHT = box(192, 0, 64, 64);

  private final TheSystem system = TheSystem.shared();
  private final ApiClient api = system.client();

  private static JsonObject box(int x, int y, int width, int height) {
    return new JsonObject().put("x", x).put("y", y).put("width", width).put("height", height);
  }

  @Test
  void findsTheThingTheDetectorSawInAnotherPicture() throws IOException {
    String instance = instance("colours");
    add(instance, "red", onAWall(new Color(255, 0, 0), LEFT));
    add(instance, "green", inANet(new Color(0, 255, 0), RIGHT));

    assertThat(subjectOf(instance, "red")).isEqualTo(LEFT);
    assertThat(subjectOf(instance, "green")).isEqualTo(RIGHT);

    // All but the thing is as in the other picture.
    byte[] asked = inANet(new Color(255, 0, 0), RIGHT);
    JsonObject answer = search(instance, asked, true);
    JsonObject subject = answer.getJsonArray("subjects").getJsonObject(0);
    JsonArray hits = answer.getJsonArray("hits");

    assertThat(subject.getJsonObject("box")).isEqualTo(RIGHT);
    assertThat(subject.getString("label")).isEqualTo("red");
    assertThat(hits.getJsonObject(0).getString("id")).isEqualTo("red");
    assertThat(hits.getJsonObject(0).getDouble("score")).isGreaterThan(0.9);
    assertThat(hits.getJsonObject(1).getDouble("score")).isLessThan(0.9);
    assertThat(search(instance, asked, false).containsKey("subjects")).isFalse();
  }

  @Test
  void leavesInstancesWithoutADetectorToTheWayThatShips() throws IOException {
    String instance = instance("");
    add(instance, "red", onAWall(new Color(255, 0, 0), LEFT));

    JsonObject answer = search(instance, onAWall(new Color(255, 0, 0), LEFT), true);

    // The carpet stands out as well as the thing on it.
    assertThat(subjectOf(instance, "red")).isNotEqualTo(LEFT);
    assertThat(answer.getJsonArray("subjects").getJsonObject(0).containsKey("label")).isFalse();
  }

  private String instance(String detector) throws IOException {
    String name = system.instanceName();
    JsonObject wanted = new JsonObject().put("name", name);
    if (!detector.isEmpty()) {
      wanted.put("detector", detector);
    }
    api.post("/api/v1/instances", wanted).expect(201);
    return name;
  }

  private void add(String instance, String id, byte[] picture) throws IOException {
    api.call(
            "PUT",
            ApiClient.imagePath(instance, id) + "?find_subject=true&wait=20s",
            BodyPublishers.ofByteArray(picture),
            "application/octet-stream")
        .expect(200);
  }

  private JsonObject subjectOf(String instance, String id) throws IOException {
    return api.image(instance, id).expect(200).json().getJsonObject("subject");
  }

  private JsonObject search(String instance, byte[] picture, boolean findSubject)
      throws IOException {
    return api.call(
            "POST",
            "/api/v1/instances/" + instance + "/search?limit=2&find_subject=" + findSubject,
            BodyPublishers.ofByteArray(picture),
            "application/octet-stream")
        .expect(200)
        .json();
  }

  /** On a dark carpet before a grey wall. */
  private static byte[] onAWall(Color thing, JsonObject place) {
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    paint(picture, new Color(130, 130, 130), box(0, 0, WIDTH, HEIGHT));
    paint(picture, new Color(40, 40, 40), box(40, 30, 200, 98));
    paint(picture, thing, place);
    return Pictures.encode(picture, "png");
  }

  private static byte[] inANet(Color thing, JsonObject place) {
    BufferedImage picture = new BufferedImage(WIDTH, HEIGHT, BufferedImage.TYPE_INT_RGB);
    paint(picture, new Color(240, 240, 240), box(0, 0, WIDTH, HEIGHT));
    for (int i = 0; i < WIDTH; i += 16) {
      paint(picture, Color.BLACK, box(i, 0, 4, HEIGHT));
      paint(picture, Color.BLACK, box(0, i, WIDTH, 4));
    }
    paint(picture, thing, place);
    return Pictures.encode(picture, "png");
  }

  private static void paint(BufferedImage picture, Color colour, JsonObject box) {
    Graphics2D g = picture.createGraphics();
    g.setColor(colour);
    g.fillRect(
        box.getInteger("x"),
        box.getInteger("y"),
        box.getInteger("width"),
        box.getInteger("height"));
    g.dispose();
  }
}
