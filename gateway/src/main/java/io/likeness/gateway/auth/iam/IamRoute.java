package io.likeness.gateway.auth.iam;

import io.likeness.gateway.auth.Paths;
import java.util.List;
import java.util.Optional;

/** The operations 20 to 23 of the contract. */
public enum IamRoute {
  CREATE_TOKEN("POST", List.of("v3", "auth", "tokens")),
  VALIDATE_TOKEN("GET", List.of("v3", "auth", "tokens")),
  LIST_PROJECTS("GET", List.of("v3", "projects")),
  CREATE_TEMPORARY_KEY("POST", List.of("v3.0", "OS-CREDENTIAL", "securitytokens"));

  private final String method;
  private final List<String> path;

  IamRoute(String method, List<String> path) {
    this.method = method;
    this.path = path;
  }

  /** For metrics and logs. */
  public String text() {
    return "iam." + name().toLowerCase(java.util.Locale.ROOT);
  }

  public static Optional<IamRoute> find(String method, String rawPath) {
    List<String> segments = Paths.segments(rawPath);
    for (IamRoute route : values()) {
      if (route.method.equals(method) && route.path.equals(segments)) {
        return Optional.of(route);
      }
    }
    return Optional.empty();
  }
}
