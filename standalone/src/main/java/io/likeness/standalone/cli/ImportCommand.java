package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Answer;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.load.CsvPlan;
import io.likeness.standalone.load.FolderPlan;
import io.likeness.standalone.load.ImportFailure;
import io.likeness.standalone.load.ImportItem;
import io.likeness.standalone.load.ImportJournal;
import io.likeness.standalone.load.ImportPlan;
import io.likeness.standalone.load.ImportResult;
import io.likeness.standalone.load.Importer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "import",
    description =
        "Bring in a folder of pictures, or those a CSV file names. Cut off, the same command goes on where it was.",
    footer = {
      "",
      "From a folder, a picture's id is its path from that folder. A CSV file begins with a line of column",
      "names: file (relative to the CSV file, or an http(s) address), perhaps id (default: the file), and any",
      "other column is a tag of that name.",
      "Example: likeness import photos --instance demo --create --tag-from-folder album",
      "Exit codes: 0 all brought in, 1 none or cut off, 2 wrong usage, 3 some failed (listed, and written to a file)."
    })
final class ImportCommand extends ServiceCommand {

  private static final int FAILURES_SHOWN = 20;
  private static final int THREADS_MAX = 512;

  @Parameters(paramLabel = "FOLDER|CSV", description = "What to bring in.")
  Path source = Path.of("");

  @Option(
      names = {"-i", "--instance"},
      required = true,
      paramLabel = "NAME",
      description = "The instance.")
  String instance = "";

  @Option(names = "--create", description = "Make the instance where there is none.")
  boolean create;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "32",
      description = "Requests under way at once (default: ${DEFAULT-VALUE}).")
  int threads = 32;

  @Option(
      names = "--tag",
      paramLabel = "KEY=VALUE",
      description = "A tag for every picture; may be repeated.")
  Map<String, String> tags = new LinkedHashMap<>();

  @Option(
      names = "--tag-from-folder",
      paramLabel = "KEY",
      description = "Tag each picture with the name of the folder it lies in.")
  @Nullable String tagFromFolder;

  @Option(
      names = "--restart",
      description = "Begin anew instead of going on where an earlier import was.")
  boolean restart;

  @Option(
      names = "--resume",
      description = "Go on where an earlier import was: what happens anyway.")
  boolean resume;

  @Override
  int run(Api api) throws Exception {
    if (threads < 1 || threads > THREADS_MAX) {
      throw new UsageFault("--threads is " + threads + ", not 1 to " + THREADS_MAX);
    }
    if (restart && resume) {
      throw new UsageFault("--restart and --resume exclude one another");
    }
    ImportPlan plan = plan();
    String uid = instanceUid(api, plan);
    Path folder = target.folder().resolve("imports");
    String name = instance + "-" + digest(uid + "\n" + source.toRealPath());
    Path failuresFile = folder.resolve(name + ".failures.tsv");
    try (ImportJournal journal = ImportJournal.open(folder.resolve(name + ".journal"), restart)) {
      if (!target.json) {
        announce(plan, journal);
      }
      Thread note = Thread.ofPlatform().unstarted(this::sayHowToGoOn);
      Runtime.getRuntime().addShutdownHook(note);
      ImportResult result;
      try {
        result =
            new Importer(api, instance, threads, journal, console.err(), console.terminal())
                .run(plan);
      } finally {
        removeHook(note);
      }
      write(result, failuresFile);
      if (target.json) {
        console.json(json(result, failuresFile));
      } else {
        show(result, failuresFile);
      }
      if (result.failures().isEmpty()) {
        return Exit.OK;
      }
      return result.taken() + result.before() == 0 ? Exit.FAILED : Exit.PARTLY;
    }
  }

  private ImportPlan plan() throws IOException {
    ImportPlan read;
    if (Files.isDirectory(source)) {
      read = FolderPlan.read(source, Optional.ofNullable(tagFromFolder));
    } else if (Files.isRegularFile(source)) {
      if (tagFromFolder != null) {
        throw new UsageFault("--tag-from-folder goes with a folder, not with a CSV file");
      }
      try {
        read = CsvPlan.read(source);
      } catch (IOException e) {
        throw new Failure("cannot read " + source + ": " + e.getMessage());
      }
    } else {
      throw new UsageFault("there is no folder or file " + source);
    }
    List<ImportItem> tagged = new ArrayList<>();
    for (ImportItem item : read.items()) {
      Map<String, String> all = new TreeMap<>(tags);
      all.putAll(item.tags());
      tagged.add(new ImportItem(item.id(), item.location(), item.isAddress(), item.stamp(), all));
    }
    return new ImportPlan(tagged, read.unusable(), read.skipped());
  }

  /** The journal belongs to this very instance: a new one of the same name begins anew. */
  private String instanceUid(Api api, ImportPlan plan) {
    Answer answer = api.call("GET", Api.path("instances", instance), Api.Body.NONE);
    if (answer.status() == 404 && create) {
      JsonNode made =
          api.post(
              "/instances",
              InstanceCommands.wanted(instance, null, null, plan.tagKeys(), List.of()));
      console.note("made instance " + instance);
      return made.path("uid").asText();
    }
    if (answer.status() == 404) {
      throw new Failure(
          "there is no instance "
              + instance
              + ": make it with --create or likeness instance create");
    }
    return answer.orThrow().path("uid").asText();
  }

  private void announce(ImportPlan plan, ImportJournal journal) {
    long before = plan.items().stream().filter(journal::holds).count();
    console.note(
        plan.items().size()
            + " pictures in "
            + source
            + (before == 0 ? "" : ", " + before + " of them brought in before")
            + (plan.skipped() == 0 ? "" : "; passed over " + plan.skipped() + " other files"));
  }

  private void sayHowToGoOn() {
    console.note((console.terminal() ? "\n" : "") + "stopped; the same command goes on from here");
  }

  private static void removeHook(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // the process is ending already, and the hook has said so
    }
  }

  private static void write(ImportResult result, Path file) throws IOException {
    if (result.failures().isEmpty()) {
      Files.deleteIfExists(file);
      return;
    }
    StringBuilder text = new StringBuilder("id\tlocation\treason\n");
    for (ImportFailure each : result.failures()) {
      text.append(Console.printable(each.id()))
          .append('\t')
          .append(Console.printable(each.location()))
          .append('\t')
          .append(Console.printable(each.reason()))
          .append('\n');
    }
    Files.writeString(file, text);
  }

  private void show(ImportResult result, Path failuresFile) {
    console.line(
        String.format(
            Locale.ROOT,
            "brought in %d pictures in %.1f s (%.1f/s)%s; %d failed",
            result.taken(),
            result.time().toMillis() / 1000.0,
            result.perSecond(),
            result.before() == 0 ? "" : ", " + result.before() + " before",
            result.failures().size()));
    if (result.pending() > 0) {
      console.line(result.pending() + " of them are safe but not visible yet");
    }
    result.failures().stream()
        .limit(FAILURES_SHOWN)
        .forEach(
            each ->
                console.line(
                    "  " + Console.printable(each.id()) + ": " + Console.printable(each.reason())));
    if (!result.failures().isEmpty()) {
      console.line("all failures: " + failuresFile);
    }
  }

  private static ObjectNode json(ImportResult result, Path failuresFile) {
    ObjectNode json =
        Api.object()
            .put("taken", result.taken())
            .put("before", result.before())
            .put("pending", result.pending())
            .put("failed", result.failures().size())
            .put("seconds", result.time().toMillis() / 1000.0)
            .put("per_second", result.perSecond());
    ArrayNode failures = json.putArray("failures");
    for (ImportFailure each : result.failures()) {
      failures
          .addObject()
          .put("id", each.id())
          .put("location", each.location())
          .put("reason", each.reason());
    }
    if (!result.failures().isEmpty()) {
      json.put("failures_file", failuresFile.toString());
    }
    return json;
  }

  private static String digest(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
