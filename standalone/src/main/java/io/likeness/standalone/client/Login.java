package io.likeness.standalone.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/** The key pair a command shows to the service. */
public record Login(String accessKey, String secretKey) {

  public Login {
    if (accessKey.isBlank() || secretKey.isBlank()) {
      throw new IllegalArgumentException("access key or secret key is empty");
    }
  }

  /** Reads a file such as {@code credentials.json}. */
  public static Login read(Path file) {
    JsonNode json;
    try {
      json = new ObjectMapper().readTree(Files.readString(file));
    } catch (IOException e) {
      // Not the parser's words: they quote the file.
      throw new IllegalArgumentException(
          "cannot read the credentials " + file + ": it is absent, closed to you, or not JSON", e);
    }
    String access = json.path("access_key").asText("");
    String secret = json.path("secret_key").asText("");
    if (access.isBlank() || secret.isBlank()) {
      throw new IllegalArgumentException(
          "the credentials " + file + " lack access_key or secret_key");
    }
    return new Login(access, secret);
  }

  String basic() {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((accessKey + ":" + secretKey).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public String toString() {
    return "Login[" + accessKey + ", the rest hidden]";
  }
}
