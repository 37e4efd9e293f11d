package io.likeness.gateway.huawei;

import io.likeness.gateway.auth.Paths;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * One operation of ImageSearch v2, found by method and path.
 *
 * @param project as the path names it
 * @param instance as the path names it, whatever it is
 */
public record V2Route(Operation operation, String project, String instance) {

  /** The operations 9 to 13 of the contract. */
  public enum Operation {
    ADD_DATA,
    SEARCH,
    CHECK_DATA,
    UPDATE_DATA,
    DELETE_DATA;

    /** For metrics and logs. */
    public String text() {
      return "v2." + name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Map<List<String>, Operation> OPERATIONS =
      Map.of(
          List.of("data", "add"), Operation.ADD_DATA,
          List.of("search"), Operation.SEARCH,
          List.of("data", "check"), Operation.CHECK_DATA,
          List.of("data", "update"), Operation.UPDATE_DATA,
          List.of("data", "delete"), Operation.DELETE_DATA);

  /**
   * Empty where there is no such operation: the path is unknown, or known with other methods only.
   */
  public static Optional<V2Route> find(String method, String rawPath) {
    List<String> path = Paths.segments(rawPath);
    if (!method.equals("POST")
        || path.size() < 5
        || !path.getFirst().equals("v2")
        || !path.get(2).equals("mms")) {
      return Optional.empty();
    }
    return Optional.ofNullable(OPERATIONS.get(path.subList(4, path.size())))
        .map(found -> new V2Route(found, path.get(1), path.get(3)));
  }
}
