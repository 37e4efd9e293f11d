package io.likeness.standalone.cli;

import io.likeness.node.kafka.KafkaSettings;
import io.likeness.shard.index.Disk;
import io.likeness.shard.intake.DataLock;
import io.likeness.shard.intake.SlotReplay;
import io.likeness.shard.snapshot.MetaDumps;
import io.likeness.shard.snapshot.SnapshotStore;
import io.likeness.shard.snapshot.Snapshots;
import io.likeness.standalone.DataFolder;
import io.likeness.wire.ClusterRecord;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.MetaDump;
import io.likeness.wire.MetaEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The whole of a cluster, brought back into a new one as it was at some moment. */
@Command(
    name = "backup",
    description =
        "Bring a whole cluster back from the snapshots its nodes take (shard.snapshot.store): slots, instances and accounts, as of the"
            + " newest snapshots or of any moment the log still tells of.",
    subcommands = {
      BackupCommands.ListAll.class,
      BackupCommands.Restore.class,
      BackupCommands.Check.class
    })
final class BackupCommands extends Group {

  private static final String INSTANCE = "instance/";
  private static final String CLUSTER = "cluster";

  /** What is restored: which moment of which log. */
  abstract static class MomentCommand extends SnapshotCommands.StoreCommand {

    @Option(
        names = "--kafka",
        paramLabel = "HOST:PORT",
        description =
            "Kafka of the cluster the backup is of. With it the log is read on from the snapshots, to its end or to --at.")
    @Nullable String kafka;

    @Option(
        names = "--at",
        paramLabel = "TIME",
        description = "The moment, such as 2026-11-21T10:00:00Z (default: the newest there is).")
    @Nullable String at;

    @Option(
        names = "--offset",
        paramLabel = "SLOT=OFFSET",
        description =
            "The first record of this slot that is left out, in place of --at; may be repeated, and then counts for the slots named.")
    Map<Integer, Long> offsets = new TreeMap<>();

    final Optional<Instant> moment() {
      if (at == null) {
        return Optional.empty();
      }
      try {
        return Optional.of(Instant.parse(at));
      } catch (DateTimeParseException e) {
        throw new UsageFault("--at \"" + at + "\" is no time such as 2026-11-21T10:00:00Z");
      }
    }

    final Optional<SlotReplay> replay() {
      if (kafka == null && !offsets.isEmpty()) {
        throw new UsageFault("--offset needs the log: give --kafka, too");
      }
      return Optional.ofNullable(kafka)
          .map(bootstrap -> new SlotReplay(new KafkaSettings(bootstrap, (short) 1)));
    }

    /** Up to where this slot's log is read. */
    final long until(SlotReplay replay, int slot) {
      Long given = offsets.get(slot);
      long end = replay.end(slot);
      if (given != null) {
        if (given < 0 || given > end) {
          throw new UsageFault(
              "--offset %d=%d: the log of slot %d ends at %d".formatted(slot, given, slot, end));
        }
        return given;
      }
      return moment().map(time -> replay.at(slot, time)).orElse(end);
    }

    /** The newest snapshot of the slot that holds nothing of later. */
    final Optional<Snapshots.Named> chosen(
        List<Snapshots.Named> all, int slot, Optional<SlotReplay> replay, long until) {
      Optional<Snapshots.Named> chosen = Optional.empty();
      for (Snapshots.Named each : all) {
        boolean fits =
            replay
                .map(
                    log ->
                        each.manifest().log().equals(log.log())
                            && each.manifest().firstAbsent() <= until)
                .orElseGet(
                    () ->
                        moment().map(time -> !each.manifest().taken().isAfter(time)).orElse(true));
        if (each.manifest().slot() == slot && fits) {
          chosen = Optional.of(each);
        }
      }
      return chosen;
    }

    static int slots(MetaDump dump) throws IOException {
      for (MetaEntry entry : dump.getEntriesList()) {
        if (entry.getKey().equals(CLUSTER)) {
          return ClusterRecord.parseFrom(entry.getValue()).getSlots();
        }
      }
      throw new Failure("the copy of meta does not know its cluster");
    }

    /** As of the moment, with the instances that were made between that copy and the moment. */
    final MetaDump meta(MetaDumps dumps) throws IOException {
      List<MetaDump> all = new ArrayList<>();
      for (String name : dumps.names()) {
        all.add(dumps.read(name));
      }
      if (all.isEmpty()) {
        throw new Failure(
            "the store holds no copy of meta: it was not filled by a running cluster (shard.snapshot.store)");
      }
      Optional<Instant> moment = moment();
      if (moment.isEmpty()) {
        return all.getLast();
      }
      long millis = moment.get().toEpochMilli();
      MetaDump before =
          all.stream()
              .filter(dump -> dump.getTakenAtMillis() <= millis)
              .reduce((older, newer) -> newer)
              .orElseThrow(
                  () ->
                      new Failure(
                          "the oldest copy of meta is of "
                              + Instant.ofEpochMilli(all.getFirst().getTakenAtMillis())
                              + ", after "
                              + moment.get()));
      Map<String, MetaEntry> entries = new TreeMap<>();
      before.getEntriesList().forEach(entry -> entries.put(entry.getKey(), entry));
      for (MetaEntry entry : all.getLast().getEntriesList()) {
        if (entry.getKey().startsWith(INSTANCE)
            && InstanceRecord.parseFrom(entry.getValue()).getCreatedAtMillis() <= millis) {
          entries.putIfAbsent(entry.getKey(), entry);
        }
      }
      return before.toBuilder().clearEntries().addAllEntries(entries.values()).build();
    }
  }

  @Command(
      name = "list",
      description =
          "Show the moments a store can bring back without the log, and how far the log is needed for others.")
  static final class ListAll extends SnapshotCommands.StoreCommand {

    @Override
    int run(Snapshots snapshots, SnapshotStore store) throws IOException {
      MetaDumps dumps = new MetaDumps(store);
      List<List<String>> rows = new ArrayList<>();
      for (String name : dumps.names()) {
        MetaDump dump = dumps.read(name);
        long instances =
            dump.getEntriesList().stream()
                .filter(entry -> entry.getKey().startsWith(INSTANCE))
                .count();
        rows.add(
            List.of(
                Instant.ofEpochMilli(dump.getTakenAtMillis())
                    .truncatedTo(ChronoUnit.MILLIS)
                    .toString(),
                Long.toString(instances),
                name));
      }
      if (rows.isEmpty()) {
        console.line("no copies of meta: a running cluster makes them (shard.snapshot.store)");
        return Exit.OK;
      }
      console.table(List.of("META OF", " INSTANCES", "NAME"), rows);
      console.line("");
      Map<Integer, List<Snapshots.Named>> bySlot = new TreeMap<>();
      snapshots
          .list()
          .forEach(
              each ->
                  bySlot
                      .computeIfAbsent(each.manifest().slot(), slot -> new ArrayList<>())
                      .add(each));
      List<List<String>> slots = new ArrayList<>();
      bySlot.forEach(
          (slot, all) ->
              slots.add(
                  List.of(
                      Integer.toString(slot),
                      Integer.toString(all.size()),
                      all.getFirst().manifest().taken().toString(),
                      all.getLast().manifest().taken().toString(),
                      Long.toString(all.getLast().manifest().firstAbsent()))));
      console.table(List.of(" SLOT", " SNAPSHOTS", "OLDEST", "NEWEST", " OFFSET"), slots);
      return Exit.OK;
    }
  }

  @Command(
      name = "restore",
      description = {
        "Make a data folder for likeness up from a backup. The cluster that is started on it has a log of its own: what is"
            + " added to it outranks what was."
      })
  static final class Restore extends MomentCommand {

    @Option(
        names = "--data",
        paramLabel = "DIR",
        required = true,
        description = "The new cluster's folder, which must hold neither a log nor shards.")
    Path data = Path.of("");

    @Option(
        names = "--secrets-of",
        paramLabel = "DIR",
        description =
            "Data folder of the old cluster, whose master key and first account are taken along. Without them its access keys"
                + " cannot be used any more.")
    @Nullable Path secrets;

    @Override
    int run(Snapshots snapshots, SnapshotStore store) throws IOException {
      Path shards = DataFolder.shardsIn(data);
      if (Files.exists(shards) || Files.exists(data.resolve("kafka"))) {
        throw new Failure(
            data + " holds a cluster already: a backup is restored into a new folder");
      }
      MetaDump meta = meta(new MetaDumps(store));
      Files.createDirectories(shards);
      if (secrets != null) {
        for (String name : List.of("master.key", "credentials.json")) {
          Files.copy(secrets.resolve(name), data.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
        }
      }
      List<Snapshots.Named> all = snapshots.list();
      try (DataLock lock = DataLock.take(shards)) {
        try (SlotReplay log = replay().orElse(null)) {
          for (int slot = 0; slot < slots(meta); slot++) {
            restore(slot, snapshots, all, Optional.ofNullable(log), shards);
          }
        }
      }
      Disk.replace(DataFolder.restoredMetaIn(data), meta.toByteArray());
      console.line(
          "instances and accounts are as of " + Instant.ofEpochMilli(meta.getTakenAtMillis()));
      console.line("start it with: likeness up --data " + data);
      return Exit.OK;
    }

    private void restore(
        int slot,
        Snapshots snapshots,
        List<Snapshots.Named> all,
        Optional<SlotReplay> log,
        Path shards)
        throws IOException {
      long until = log.map(each -> until(each, slot)).orElse(Long.MAX_VALUE);
      Optional<Snapshots.Named> snapshot = chosen(all, slot, log, until);
      if (snapshot.isEmpty() && log.isEmpty()) {
        throw new Failure(
            "the store holds no snapshot of slot "
                + slot
                + moment().map(time -> " before " + time).orElse("")
                + "; with --kafka it is made from the log");
      }
      if (snapshot.isPresent()) {
        snapshots.restore(snapshot.get().manifest(), shards);
      }
      String from =
          snapshot.map(each -> "the snapshot of " + each.manifest().taken()).orElse("the log");
      if (log.isPresent()) {
        SlotReplay.Contents contents = log.get().upTo(shards, slot, until);
        console.line(
            "slot %d is as it was before offset %d: %d instances, %d images, from %s"
                .formatted(
                    slot,
                    until,
                    contents.shards().size(),
                    contents.shards().values().stream().mapToLong(SlotReplay.Images::count).sum(),
                    from));
      } else {
        console.line("slot %d is as in %s".formatted(slot, from));
      }
    }
  }

  @Command(
      name = "check",
      description =
          "Restore every slot to a moment, build it from the log alone beside that, and compare: ids, versions and vectors.")
  static final class Check extends MomentCommand {

    @Override
    int run(Snapshots snapshots, SnapshotStore store) throws IOException {
      int slots = slots(meta(new MetaDumps(store)));
      List<Snapshots.Named> all = snapshots.list();
      Path scratch = Files.createTempDirectory("likeness-backup-check-");
      boolean sound = true;
      try (SlotReplay log =
          replay().orElseThrow(() -> new UsageFault("a check needs the log: give --kafka"))) {
        for (int slot = 0; slot < slots; slot++) {
          sound &= check(slot, snapshots, all, log, scratch);
        }
      } finally {
        Disk.deleteTree(scratch);
      }
      return sound ? Exit.OK : Exit.FAILED;
    }

    private boolean check(
        int slot, Snapshots snapshots, List<Snapshots.Named> all, SlotReplay log, Path scratch)
        throws IOException {
      long until = until(log, slot);
      Optional<Snapshots.Named> snapshot = chosen(all, slot, Optional.of(log), until);
      if (snapshot.isEmpty()) {
        console.line("slot %d: no snapshot before offset %d".formatted(slot, until));
        return true;
      }
      Path restored = Files.createDirectories(scratch.resolve("restored"));
      snapshots.restore(snapshot.get().manifest(), restored);
      SlotReplay.Contents is = log.upTo(restored, slot, until);
      if (log.begin(slot) > 0) {
        console.line(
            "slot %d: restored up to %d; the log begins at %d, so there is nothing to compare it with"
                .formatted(slot, until, log.begin(slot)));
        return true;
      }
      SlotReplay.Contents should =
          log.upTo(Files.createDirectories(scratch.resolve("from-log")), slot, until);
      Disk.deleteTree(restored);
      Disk.deleteTree(scratch.resolve("from-log"));
      boolean same = nonEmpty(is).equals(nonEmpty(should));
      console.line(
          "slot %d before offset %d: %s, %d images in %d instances; snapshot of %s and %d records"
              .formatted(
                  slot,
                  until,
                  same ? "the same" : "DIFFERENT",
                  is.shards().values().stream().mapToLong(SlotReplay.Images::count).sum(),
                  nonEmpty(is).size(),
                  snapshot.get().manifest().taken(),
                  until - snapshot.get().manifest().nextOffset()));
      if (!same) {
        console.line("  restored " + nonEmpty(is));
        console.line("  from the log " + nonEmpty(should));
      }
      return same;
    }

    /** An instance without images may have a shard or none. */
    private static Map<String, SlotReplay.Images> nonEmpty(SlotReplay.Contents contents) {
      Map<String, SlotReplay.Images> some = new TreeMap<>();
      contents
          .shards()
          .forEach(
              (uid, images) -> {
                if (images.count() > 0) {
                  some.put(uid, Objects.requireNonNull(images));
                }
              });
      return some;
    }
  }
}
