package io.likeness.features;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The folder of test pictures that may lie beside the repository: the system property {@code
 * likeness.shared} names it, or a folder {@code shared} is found beside one of the folders above.
 */
final class SharedData {

  static final String ABSENT =
      "no test pictures: put them into shared/data beside the repository or set likeness.shared";

  private SharedData() {}

  static Optional<Path> folder() {
    String named = System.getProperty("likeness.shared");
    if (named != null) {
      return existing(Path.of(named));
    }
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Optional<Path> found = existing(at.resolve("shared"));
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> existing(Path shared) {
    return Optional.of(shared.resolve("data")).filter(Files::isDirectory);
  }
}
