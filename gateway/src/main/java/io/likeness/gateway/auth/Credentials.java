package io.likeness.gateway.auth;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;

/**
 * All that a caller of one account needs to know; what {@code credentials.json} holds. Shown once,
 * never stored by us in the clear.
 */
@JsonPropertyOrder({"project_id", "domain", "user", "password", "access_key", "secret_key"})
public record Credentials(
    @JsonProperty("project_id") String projectId,
    @JsonProperty("domain") String domain,
    @JsonProperty("user") String user,
    @JsonProperty("password") String password,
    @JsonProperty("access_key") String accessKey,
    @JsonProperty("secret_key") String secretKey) {

  public Credentials {
    if (!PROJECT.matcher(projectId).matches()) {
      throw new IllegalArgumentException("project_id is not 1 to 64 letters and digits");
    }
    for (String part : List.of(domain, user, password, accessKey, secretKey)) {
      if (part.isBlank()) {
        throw new IllegalArgumentException("a part of the credentials is empty");
      }
    }
  }

  private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9]{1,64}");

  /** Letters and digits that nobody confuses. */
  private static final String CLEAR = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

  private static final String CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  private static final String ALPHANUMERIC = CAPITALS + "abcdefghijklmnopqrstuvwxyz";
  private static final int ACCESS_CHARS = 20;
  private static final int SECRET_CHARS = 40;
  private static final int PASSWORD_CHARS = 24;
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES);

  /**
   * New random ones, shaped like the original's: 32 hex digits, 20 capitals and digits, 40 letters
   * and digits.
   */
  public static Credentials fresh(String domain, String user, SecureRandom random) {
    byte[] project = new byte[16];
    random.nextBytes(project);
    return new Credentials(
        HexFormat.of().formatHex(project),
        domain,
        user,
        text(random, CLEAR, PASSWORD_CHARS),
        freshAccess(random),
        freshSecret(random));
  }

  static String freshAccess(SecureRandom random) {
    return text(random, CAPITALS, ACCESS_CHARS);
  }

  static String freshSecret(SecureRandom random) {
    return text(random, ALPHANUMERIC, SECRET_CHARS);
  }

  public static Credentials read(Path file) {
    try {
      return JSON.readValue(Files.readString(file, StandardCharsets.UTF_8), Credentials.class);
    } catch (JacksonException e) {
      // Not the parser's own message: it quotes the file.
      throw new IllegalStateException(
          "the credentials "
              + file
              + " are not JSON with project_id, domain, user, password, access_key, secret_key");
    } catch (IOException e) {
      throw new IllegalStateException(
          "cannot read the credentials " + file + ": " + e.getMessage(), e);
    }
  }

  /** Writes the file for its owner alone; fails where it is there. */
  public void write(Path file) {
    PrivateFiles.write(file, toJson() + "\n", StandardOpenOption.CREATE_NEW);
  }

  public String toJson() {
    try {
      return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(this);
    } catch (JacksonException e) {
      throw new IllegalStateException("credentials cannot be written as JSON", e);
    }
  }

  private static String text(SecureRandom random, String alphabet, int length) {
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return "Credentials[" + domain + "/" + user + ", project " + projectId + ", the rest hidden]";
  }
}
