package io.likeness.bench.api;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Who calls: what {@code credentials.json} holds, and what making an account answers. */
public record Account(
    String projectId,
    String domain,
    String user,
    String password,
    String accessKey,
    String secretKey) {

  public static Account read(Path credentialsFile) throws IOException {
    return of(new JsonObject(Files.readString(credentialsFile)));
  }

  public static Account of(JsonObject json) {
    return new Account(
        text(json, "project_id"),
        text(json, "domain"),
        text(json, "user"),
        text(json, "password"),
        text(json, "access_key"),
        text(json, "secret_key"));
  }

  private static String text(JsonObject json, String key) {
    String value = json.getString(key);
    if (value == null) {
      throw new IllegalArgumentException("credentials without " + key);
    }
    return value;
  }

  /** Without its secrets. */
  @Override
  public String toString() {
    return "account " + domain + "/" + user + " of project " + projectId;
  }
}
