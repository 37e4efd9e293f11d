package io.likeness.bench.engine;

import io.likeness.bench.engine.child.EngineChild;
import io.likeness.bench.engine.data.DataSet;
import io.likeness.bench.engine.rival.Engine;
import io.likeness.bench.engine.rival.Engines;
import io.likeness.shard.index.Disk;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What the engines have built for a data set, one folder each, used again as long as the engine's
 * version is the same. Each is built in a JVM of its own.
 */
final class EngineFolders {

  private static final String NOTE = ".built.json";

  /** A folder ready to open, and what building it has cost. */
  record Ready(Path folder, EngineChild.Built built) {}

  private final Path work;
  private final List<String> flags;
  private final Set<String> rebuilt;
  private final Consumer<String> say;

  /** {@code rebuilt}: engines built anew even where they are there. */
  EngineFolders(Path work, List<String> flags, Set<String> rebuilt, Consumer<String> say) {
    this.work = work;
    this.flags = flags;
    this.rebuilt = rebuilt;
    this.say = say;
  }

  Ready ready(String name, DataSet data) throws IOException {
    String version;
    try (Engine engine = Engines.of(name)) {
      version = engine.version();
    }
    String prefix = data.folder().getFileName() + "--" + version + "--";
    Path folder = work.resolve(prefix + name);
    Path note = noteOf(folder);
    if (rebuilt.contains(name) || !Files.exists(note)) {
      deleteOlder(name, data);
      Optional<Path> twin = rebuilt.contains(name) ? Optional.empty() : twin(prefix);
      if (twin.isPresent()) {
        copy(twin.get(), folder);
        Files.copy(noteOf(twin.get()), note);
      } else {
        build(name, data, folder, note);
      }
    }
    return new Ready(folder, EngineChild.Built.of(new JsonObject(Files.readString(note))));
  }

  /** A folder with what the engine has built under {@code copy}, for the caller to delete. */
  Path stage(String name, DataSet data) throws IOException {
    Path stage = Files.createTempDirectory(work, "stage-");
    copy(ready(name, data).folder(), stage.resolve("copy"));
    return stage;
  }

  EngineChild start(String name, DataSet data, Path folder) throws IOException {
    return EngineChild.start(name, data.folder(), folder, flags, work.resolve(name + ".log"));
  }

  /** What other versions of the engine have built of the same data. */
  private void deleteOlder(String name, DataSet data) throws IOException {
    String prefix = data.folder().getFileName() + "--";
    List<Path> old;
    try (Stream<Path> all = Files.list(work)) {
      old =
          all.filter(path -> path.getFileName().toString().startsWith(prefix))
              .filter(path -> path.getFileName().toString().endsWith("--" + name))
              .toList();
    }
    for (Path folder : old) {
      Files.deleteIfExists(noteOf(folder));
      Disk.deleteTree(folder);
    }
  }

  private static Path noteOf(Path folder) {
    return folder.resolveSibling(folder.getFileName() + NOTE);
  }

  /** What another engine of the same version has built; two of them may not share one folder. */
  private Optional<Path> twin(String prefix) throws IOException {
    try (Stream<Path> all = Files.list(work)) {
      return all.filter(path -> path.getFileName().toString().startsWith(prefix))
          .filter(path -> Files.exists(noteOf(path)))
          .findFirst();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Disk.deleteTree(to);
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    }
  }

  private void build(String name, DataSet data, Path folder, Path note) throws IOException {
    say.accept("building " + name);
    Disk.deleteTree(folder);
    Files.createDirectories(folder);
    EngineChild.Built built;
    try (EngineChild child = start(name, data, folder)) {
      built = child.build();
    }
    say.accept(
        String.format(
            Locale.ROOT,
            "built %s in %.1f s, %.1f CPU s, %.0f rows per CPU s, at most %,d MiB of private memory",
            name,
            built.wallSeconds(),
            built.cpuSeconds(),
            data.base().count() / built.cpuSeconds(),
            built.mostPrivateMib()));
    // The note stands for a complete folder.
    Path fresh = note.resolveSibling(note.getFileName() + ".new");
    Files.writeString(fresh, built.json().encodePrettily());
    Files.move(fresh, note, StandardCopyOption.ATOMIC_MOVE);
  }
}
