package io.likeness.gateway.auth.iam;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.ByteString;
import io.likeness.gateway.auth.TemporaryKeys;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The bodies of IAM's requests. They are small, so a tree is the plainest way to read them. */
final class IamBodies {

  private static final int DEPTH_MAX = 16;
  private static final int TEXT_CHARS_MAX = 4096;

  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH_MAX)
                          .maxStringLength(TEXT_CHARS_MAX)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private IamBodies() {}

  /** What a token is wanted for; no project means the account as a whole. */
  record TokenWish(
      String domain,
      String user,
      String password,
      Optional<String> projectId,
      Optional<String> projectName,
      Optional<String> scopeDomain) {

    static TokenWish read(ByteString body) throws IamFault {
      JsonNode auth = object(tree(body), "auth");
      JsonNode identity = object(auth, "identity");
      onlyMethod(identity, "password");
      JsonNode user = object(object(identity, "password"), "user");
      JsonNode project = auth.path("scope").path("project");
      JsonNode scopeDomain = auth.path("scope").path("domain");
      Optional<String> projectId = optionalText(project, "id");
      Optional<String> projectName = optionalText(project, "name");
      if (project.isObject() && projectId.isEmpty() && projectName.isEmpty()) {
        throw IamFault.badRequest("auth.scope.project needs a name or an id");
      }
      return new TokenWish(
          text(object(user, "domain"), "name"),
          text(user, "name"),
          text(user, "password"),
          projectId,
          projectName,
          optionalText(scopeDomain, "name"));
    }

    @Override
    public String toString() {
      return "TokenWish[" + domain + "/" + user + "]";
    }
  }

  /** A wish for a temporary key; the token may stand in the body in place of the header. */
  record KeyWish(Duration life, Optional<String> token) {

    static KeyWish read(ByteString body) throws IamFault {
      JsonNode identity = object(object(tree(body), "auth"), "identity");
      onlyMethod(identity, "token");
      if (identity.has("policy")) {
        throw IamFault.badRequest(
            "auth.identity.policy cannot be honoured: a temporary key has the rights of its account");
      }
      JsonNode token = identity.path("token");
      if (!token.isMissingNode() && !token.isObject()) {
        throw IamFault.badRequest("auth.identity.token is not an object");
      }
      JsonNode seconds = token.path("duration_seconds");
      long life = TemporaryKeys.LIFE_MIN.toSeconds();
      if (!seconds.isMissingNode() && !seconds.isNull()) {
        // Some SDKs send this number as text.
        String digits = seconds.isIntegralNumber() || seconds.isTextual() ? seconds.asText() : "";
        life = digits.matches("\\d{1,9}") ? Long.parseLong(digits) : -1;
      }
      if (life < TemporaryKeys.LIFE_MIN.toSeconds() || life > TemporaryKeys.LIFE_MAX.toSeconds()) {
        throw IamFault.badRequest(
            "auth.identity.token.duration_seconds is a whole number from "
                + TemporaryKeys.LIFE_MIN.toSeconds()
                + " to "
                + TemporaryKeys.LIFE_MAX.toSeconds());
      }
      return new KeyWish(Duration.ofSeconds(life), optionalText(token, "id"));
    }

    @Override
    public String toString() {
      return "KeyWish[" + life + "]";
    }
  }

  private static void onlyMethod(JsonNode identity, String method) throws IamFault {
    JsonNode methods = identity.path("methods");
    if (!methods.isArray() || methods.size() != 1 || !methods.get(0).asText().equals(method)) {
      throw IamFault.badRequest("auth.identity.methods must be [\"" + method + "\"]");
    }
  }

  private static JsonNode tree(ByteString body) throws IamFault {
    try {
      JsonNode tree = JSON.readTree(body.newInput());
      if (tree != null && tree.isObject()) {
        return tree;
      }
    } catch (JacksonException e) {
      throw IamFault.badRequest(
          "the body is not JSON"
              + (e.getLocation() == null
                  ? ""
                  : ", it breaks at byte " + e.getLocation().getByteOffset()));
    } catch (IOException e) {
      throw IamFault.badRequest("the body is not UTF-8");
    }
    throw IamFault.badRequest("the body is not a JSON object");
  }

  private static JsonNode object(JsonNode parent, String name) throws IamFault {
    JsonNode child = parent.path(name);
    if (!child.isObject()) {
      throw IamFault.badRequest(name + " is missing or not an object");
    }
    return child;
  }

  private static String text(JsonNode parent, String name) throws IamFault {
    return optionalText(parent, name)
        .orElseThrow(() -> IamFault.badRequest(name + " is missing or empty"));
  }

  private static Optional<String> optionalText(JsonNode parent, String name) throws IamFault {
    JsonNode child = parent.path(name);
    if (child.isMissingNode() || child.isNull()) {
      return Optional.empty();
    }
    if (!child.isTextual() || child.asText().isEmpty()) {
      throw IamFault.badRequest(name + " is empty or not a string");
    }
    return Optional.of(child.asText());
  }
}
