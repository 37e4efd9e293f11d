package io.likeness.systemtests;

import io.likeness.bench.api.Account;
import io.likeness.bench.api.Answer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;

/** The IAM calls a client without an SDK makes by hand. */
final class Iam {

  private Iam() {}

  /** Body of operation 20 for this account, scoped to its project. */
  static JsonObject passwordRequest(Account account, String password) {
    return new JsonObject()
        .put(
            "auth",
            new JsonObject()
                .put(
                    "identity",
                    new JsonObject()
                        .put("methods", new JsonArray().add("password"))
                        .put(
                            "password",
                            new JsonObject()
                                .put(
                                    "user",
                                    new JsonObject()
                                        .put("name", account.user())
                                        .put("password", password)
                                        .put(
                                            "domain",
                                            new JsonObject().put("name", account.domain())))))
                .put(
                    "scope",
                    new JsonObject()
                        .put("project", new JsonObject().put("id", account.projectId()))));
  }

  static String token(URI endpoint, Account account) throws IOException {
    String token =
        post(endpoint, "/v3/auth/tokens", "", passwordRequest(account, account.password()))
            .expect(201)
            .header("X-Subject-Token");
    if (token.isEmpty()) {
      throw new IllegalStateException("201 for a token, but no X-Subject-Token");
    }
    return token;
  }

  static Answer post(URI endpoint, String path, String token, JsonObject body) throws IOException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(endpoint + path))
            .header("Content-Type", "application/json;charset=utf8")
            .POST(BodyPublishers.ofString(body.encode()));
    if (!token.isEmpty()) {
      request.header("X-Auth-Token", token);
    }
    return Plain.send(request.build());
  }
}
