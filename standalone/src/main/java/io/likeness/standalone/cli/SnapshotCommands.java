package io.likeness.standalone.cli;

import io.likeness.shard.intake.DataLock;
import io.likeness.shard.intake.PinnedSlot;
import io.likeness.shard.snapshot.SnapshotManifest;
import io.likeness.shard.snapshot.SnapshotStore;
import io.likeness.shard.snapshot.Snapshots;
import io.likeness.shard.snapshot.StoreAddress;
import io.likeness.standalone.DataFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Copies of a shard node's slots, made and brought back while the node does not run. */
@Command(
    name = "snapshot",
    description =
        "Keep copies of shards in a folder or an S3-compatible store, and bring them back. A running node takes"
            + " snapshots by itself: likeness up --set shard.snapshot.store=STORE.",
    subcommands = {
      SnapshotCommands.Create.class,
      SnapshotCommands.ListAll.class,
      SnapshotCommands.Verify.class,
      SnapshotCommands.Restore.class,
      SnapshotCommands.Prune.class
    })
final class SnapshotCommands extends Group {

  private static final double KIBIBYTE = 1 << 10;

  private static final double MEBIBYTE = 1 << 20;

  /** Which store, and how a command about it runs. */
  abstract static class StoreCommand implements Callable<Integer> {

    @Option(
        names = "--store",
        paramLabel = "STORE",
        description =
            "A folder, or s3://BUCKET/PREFIX?endpoint=URL&region=REGION with credentials where AWS's tools look for"
                + " them (LIKENESS_SNAPSHOT_STORE).")
    @Nullable String store;

    @Option(
        names = {"-h", "--help"},
        usageHelp = true,
        description = "Show this help and end.")
    boolean help;

    Console console = Console.system();

    // It advises on the speed of searches, of which there are none here. Kept, or it would be
    // forgotten.
    private static final Logger LUCENE = Logger.getLogger("org.apache.lucene");

    /** The environment; a test brings its own. */
    Map<String, String> environment = System.getenv();

    @Override
    public final Integer call() throws IOException {
      LUCENE.setLevel(Level.SEVERE);
      String text = store != null ? store : environment.getOrDefault("LIKENESS_SNAPSHOT_STORE", "");
      StoreAddress address;
      try {
        address = StoreAddress.parse(text);
      } catch (IllegalArgumentException e) {
        throw new UsageFault(String.valueOf(e.getMessage()));
      }
      try (SnapshotStore opened = address.open()) {
        return run(new Snapshots(opened, InstantSource.system()), opened);
      } catch (IOException e) {
        throw new Failure(String.valueOf(e.getMessage()));
      }
    }

    abstract int run(Snapshots snapshots, SnapshotStore store) throws IOException;

    final void tell(Snapshots.Named each, List<List<String>> rows) {
      SnapshotManifest manifest = each.manifest();
      rows.add(
          List.of(
              Integer.toString(manifest.slot()),
              manifest.taken().toString(),
              Long.toString(manifest.nextOffset()),
              Integer.toString(manifest.shards().size()),
              size(manifest.bytes()),
              each.name()));
    }

    static String size(long bytes) {
      return bytes < MEBIBYTE
          ? "%.1f KiB".formatted(bytes / KIBIBYTE)
          : "%.1f MiB".formatted(bytes / MEBIBYTE);
    }
  }

  /** Which folder of shards. */
  static final class Shards {

    @Option(
        names = "--data",
        paramLabel = "DIR",
        description = "Data folder of likeness up (LIKENESS_DATA; default: ./data).")
    @Nullable Path data;

    @Option(
        names = "--shards",
        paramLabel = "DIR",
        description = "Folder of a shard node, its shard.data, in place of DIR/shards.")
    @Nullable Path shards;

    Path folder(Map<String, String> environment) {
      if (shards != null) {
        return shards;
      }
      String usual = environment.getOrDefault("LIKENESS_DATA", Target.DATA_DEFAULT);
      return DataFolder.shardsIn(data != null ? data : Path.of(usual));
    }

    /** Nobody may run on it meanwhile. */
    DataLock lock(Path folder) {
      try {
        return DataLock.take(folder);
      } catch (IOException e) {
        throw new Failure(
            e.getMessage()
                + ": stop it first, or have it take snapshots itself with shard.snapshot.store");
      }
    }
  }

  @Command(name = "create", description = "Copy the slots of a node that does not run.")
  static final class Create extends StoreCommand {

    @Mixin Shards shards = new Shards();

    @Override
    int run(Snapshots snapshots, SnapshotStore store) throws IOException {
      Path folder = shards.folder(environment);
      if (!Files.isDirectory(folder)) {
        throw new Failure("there is no folder " + folder);
      }
      try (DataLock lock = shards.lock(folder)) {
        List<Integer> slots = slots(folder);
        if (slots.isEmpty()) {
          throw new Failure("there is no slot in " + folder);
        }
        for (int slot : slots) {
          try (PinnedSlot pinned =
              PinnedSlot.atRest(slot, folder.resolve(Integer.toString(slot)))) {
            Snapshots.Taken taken = snapshots.take(pinned);
            console.line(
                "slot %d at offset %d: %d instances, %s, of which %s were new: %s"
                    .formatted(
                        slot,
                        pinned.nextOffset(),
                        pinned.shards().size(),
                        size(taken.snapshot().manifest().bytes()),
                        size(taken.bytesPut()),
                        taken.snapshot().name()));
          }
        }
      }
      return Exit.OK;
    }

    private static List<Integer> slots(Path folder) throws IOException {
      try (Stream<Path> all = Files.list(folder)) {
        return all.filter(Files::isDirectory)
            .map(each -> each.getFileName().toString())
            .filter(name -> name.matches("\\d{1,5}"))
            .map(Integer::valueOf)
            .sorted()
            .toList();
      }
    }
  }

  @Command(name = "list", description = "List the snapshots in a store.")
  static final class ListAll extends StoreCommand {

    @Override
    int run(Snapshots snapshots, SnapshotStore store) throws IOException {
      List<List<String>> rows = new ArrayList<>();
      snapshots.list().forEach(each -> tell(each, rows));
      if (rows.isEmpty()) {
        console.line("no snapshots");
      } else {
        console.table(List.of(" SLOT", "TAKEN", " OFFSET", " INSTANCES", " SIZE", "NAME"), rows);
      }
      return Exit.OK;
    }
  }

  /** Those that are meant: some by name, or the newest of each slot. */
  abstract static class ChoosingCommand extends StoreCommand {

    @Parameters(
        arity = "0..*",
        paramLabel = "NAME",
        description = "As list shows them (default: the newest of each slot).")
    List<String> names = new ArrayList<>();

    final List<Snapshots.Named> chosen(Snapshots snapshots) throws IOException {
      List<Snapshots.Named> chosen = new ArrayList<>();
      if (names.isEmpty()) {
        Map<Integer, Snapshots.Named> newest = new TreeMap<>();
        snapshots.list().forEach(each -> newest.put(each.manifest().slot(), each));
        chosen.addAll(newest.values());
      }
      for (String name : names) {
        chosen.add(snapshots.read(name));
      }
      if (chosen.isEmpty()) {
        throw new Failure("there are no snapshots in the store");
      }
      return chosen;
    }
  }

  @Command(name = "verify", description = "Read every byte of snapshots against its hash.")
  static final class Verify extends ChoosingCommand {

    @Override
    int run(Snapshots snapshots, SnapshotStore store) throws IOException {
      boolean sound = true;
      for (Snapshots.Named each : chosen(snapshots)) {
        List<String> faults = snapshots.verify(each.manifest());
        console.line(
            each.name() + ": " + (faults.isEmpty() ? "sound" : faults.size() + " files are not"));
        faults.forEach(fault -> console.line("  " + fault));
        sound &= faults.isEmpty();
      }
      return sound ? Exit.OK : Exit.FAILED;
    }
  }

  @Command(
      name = "restore",
      description = {
        "Make slots anew from snapshots, on any node of a cluster with as many slots. When the node is started it reads"
            + " the log on from there; a log that no longer reaches back so far, or another one, is read from its start."
      })
  static final class Restore extends ChoosingCommand {

    @Mixin Shards shards = new Shards();

    @Option(names = "--slot", paramLabel = "N", description = "Only this slot; may be given again.")
    List<Integer> slots = new ArrayList<>();

    @Override
    int run(Snapshots snapshots, SnapshotStore store) throws IOException {
      Path folder = shards.folder(environment);
      List<Snapshots.Named> wanted =
          chosen(snapshots).stream()
              .filter(each -> slots.isEmpty() || slots.contains(each.manifest().slot()))
              .toList();
      if (wanted.isEmpty()) {
        throw new Failure("there are no snapshots of slots " + slots);
      }
      try (DataLock lock = shards.lock(folder)) {
        for (Snapshots.Named each : wanted) {
          snapshots.restore(each.manifest(), folder);
          console.line(
              "slot %d is as it was at offset %d, with %d instances"
                  .formatted(
                      each.manifest().slot(),
                      each.manifest().nextOffset(),
                      each.manifest().shards().size()));
        }
      }
      return Exit.OK;
    }
  }

  @Command(
      name = "prune",
      description =
          "Delete old snapshots, and after a day what no snapshot needs any more; others may be taken meanwhile.")
  static final class Prune extends StoreCommand {

    @Option(
        names = "--keep",
        required = true,
        paramLabel = "N",
        description = "The newest so many of each slot stay.")
    int keep;

    @Override
    int run(Snapshots snapshots, SnapshotStore store) throws IOException {
      if (keep < 1) {
        throw new UsageFault("--keep " + keep + " is below 1");
      }
      Snapshots.Pruned pruned = snapshots.prune(keep);
      console.line(
          "deleted %d snapshots, and %d files of %s that none needs"
              .formatted(pruned.snapshots(), pruned.objects(), size(pruned.bytes())));
      return Exit.OK;
    }
  }
}
