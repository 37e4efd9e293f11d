package io.likeness.gateway.huawei;

import io.likeness.gateway.auth.Paths;
import java.util.List;
import java.util.Optional;

/**
 * One operation of ImageSearch v1, found by method and path.
 *
 * @param project as the path names it
 * @param instance as the path names it, whatever it is; empty for {@link Operation#CREATE_INSTANCE}
 */
public record V1Route(Operation operation, String project, String instance) {

  /** The operations 1 to 8 of the contract. */
  public enum Operation {
    CREATE_INSTANCE,
    QUERY_INSTANCE,
    DELETE_INSTANCE,
    ADD_PICTURE,
    SEARCH_PICTURE,
    CHECK_PICTURE,
    MODIFY_PICTURE,
    DELETE_PICTURE;

    /** For metrics and logs. */
    public String text() {
      return "v1." + name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /**
   * Empty where there is no such operation: the path is unknown, or known with other methods only.
   *
   * <p>{@code /v1/P/service/image} could be the instance "image" or the image call of the instance
   * "service". Neither name can be given to an instance, so either reading ends in "no such
   * instance".
   */
  public static Optional<V1Route> find(String method, String rawPath) {
    List<String> path = Paths.segments(rawPath);
    if (path.size() < 3 || path.size() > 5 || !path.getFirst().equals("v1")) {
      return Optional.empty();
    }
    String project = path.get(1);
    if (path.get(2).equals("service")) {
      if (path.size() == 3 && method.equals("POST")) {
        return Optional.of(new V1Route(Operation.CREATE_INSTANCE, project, ""));
      }
      if (path.size() == 4 && method.equals("GET")) {
        return Optional.of(new V1Route(Operation.QUERY_INSTANCE, project, path.get(3)));
      }
      if (path.size() == 4 && method.equals("DELETE")) {
        return Optional.of(new V1Route(Operation.DELETE_INSTANCE, project, path.get(3)));
      }
    }
    if (path.size() < 4 || !path.get(3).equals("image")) {
      return Optional.empty();
    }
    Optional<Operation> operation =
        switch (path.size() == 4 ? method : method + " " + path.get(4)) {
          case "POST" -> Optional.of(Operation.ADD_PICTURE);
          case "PUT" -> Optional.of(Operation.MODIFY_PICTURE);
          case "DELETE" -> Optional.of(Operation.DELETE_PICTURE);
          case "POST search" -> Optional.of(Operation.SEARCH_PICTURE);
          case "POST check" -> Optional.of(Operation.CHECK_PICTURE);
          default -> Optional.empty();
        };
    return operation.map(found -> new V1Route(found, project, path.get(2)));
  }
}
