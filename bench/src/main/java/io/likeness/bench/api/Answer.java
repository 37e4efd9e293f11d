package io.likeness.bench.api;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;

/** What came back, whole. */
public record Answer(int status, HttpHeaders headers, byte[] body) {

  public String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  public JsonObject json() {
    try {
      return new JsonObject(text());
    } catch (DecodeException e) {
      throw new IllegalStateException("no JSON object in the answer: " + this, e);
    }
  }

  public String header(String name) {
    return headers.firstValue(name).orElse("");
  }

  /** The same, where the status is this one; else throws with what came instead. */
  public Answer expect(int... wanted) {
    for (int one : wanted) {
      if (status == one) {
        return this;
      }
    }
    throw new IllegalStateException("the answer is not one expected: " + this);
  }

  @Override
  public String toString() {
    String shown = text();
    return status + " " + (shown.length() <= 500 ? shown : shown.substring(0, 500) + "...");
  }
}
