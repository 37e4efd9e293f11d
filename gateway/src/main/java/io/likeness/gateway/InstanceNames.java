package io.likeness.gateway;

import io.likeness.proto.image.InstanceKey;
import java.util.Optional;
import java.util.Set;

/** What a new instance may be called. */
public final class InstanceNames {

  /**
   * Words of the v1 paths. With an instance of that name {@code DELETE /v1/P/service/image} would
   * mean two things.
   */
  private static final Set<String> RESERVED = Set.of("service", "image");

  private InstanceNames() {}

  /** Why no instance can be called so; empty where one can. */
  public static Optional<String> fault(String name) {
    if (!InstanceKey.isName(name)) {
      return Optional.of(
          "an instance name is 1 to 16 of lower-case letters, digits, - and _, beginning with a letter");
    }
    return RESERVED.contains(name)
        ? Optional.of("the name " + name + " is reserved")
        : Optional.empty();
  }
}
