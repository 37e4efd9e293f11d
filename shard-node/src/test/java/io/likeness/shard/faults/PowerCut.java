package io.likeness.shard.faults;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;

/**
 * What may be found on a disk whose power fails after some steps. POSIX promises little: bytes of a
 * file are there after an fsync of the file, a name is there after an fsync of its folder, and a
 * rename is whole or not at all. Everything since may be there, or not, or in part, in any order. A
 * file's bytes and its name are two things: a file synced in a folder not synced may be nameless.
 *
 * <p>The seed chooses one of the possible remains: nothing unsynced survives, all of it does (as
 * after a kill), all up to some moment, names without their bytes, or each thing by the throw of a
 * coin, writes torn at any multiple of 512 bytes.
 */
final class PowerCut {

  static final int ROOT = 0;
  private static final int SECTOR = 512;

  private sealed interface Node {}

  private static final class FileNode implements Node {
    byte[] live = new byte[0];
    int size;
    byte[] synced = new byte[0];
    final List<Aged> unsynced = new ArrayList<>();
  }

  private static final class FolderNode implements Node {
    final Map<String, Integer> live = new TreeMap<>();
    Map<String, Integer> synced = new TreeMap<>();
    final List<Aged> unsynced = new ArrayList<>();
  }

  /** A step and when it was taken. Renames carry the node they move. */
  private record Aged(int age, Step step, int node) {}

  private final Map<Integer, Node> nodes = new HashMap<>(Map.of(ROOT, new FolderNode()));
  private int taken;

  /** How many steps have been taken. */
  int taken() {
    return taken;
  }

  // ---- Steps ----

  void take(Step step) {
    taken++;
    switch (step) {
      case Step.MakeFile make -> {
        nodes.put(make.node(), new FileNode());
        enter(make.folder(), make.name(), make.node(), step);
      }
      case Step.MakeFolder make -> {
        nodes.put(make.node(), new FolderNode());
        enter(make.folder(), make.name(), make.node(), step);
      }
      case Step.Write write -> {
        FileNode file = file(write.node());
        file.live = written(file.live, file.size, write);
        file.size = Math.max(file.size, end(write));
        file.unsynced.add(new Aged(taken, step, write.node()));
      }
      case Step.Truncate cut -> {
        FileNode file = file(cut.node());
        file.size = Math.min(file.size, (int) cut.size());
        Arrays.fill(file.live, file.size, file.live.length, (byte) 0);
        file.unsynced.add(new Aged(taken, step, cut.node()));
      }
      case Step.Sync sync -> sync(node(sync.node()));
      case Step.Rename rename -> {
        FolderNode folder = folder(rename.folder());
        int node = Objects.requireNonNull(folder.live.remove(rename.from()));
        folder.live.put(rename.to(), node);
        folder.unsynced.add(new Aged(taken, step, node));
      }
      case Step.Delete delete -> {
        FolderNode folder = folder(delete.folder());
        int node = Objects.requireNonNull(folder.live.remove(delete.name()));
        folder.unsynced.add(new Aged(taken, step, node));
      }
    }
  }

  private void enter(int folder, String name, int node, Step step) {
    folder(folder).live.put(name, node);
    folder(folder).unsynced.add(new Aged(taken, step, node));
  }

  private static void sync(Node node) {
    switch (node) {
      case FileNode file -> {
        file.synced = Arrays.copyOf(file.live, file.size);
        file.unsynced.clear();
      }
      case FolderNode folder -> {
        folder.synced = new TreeMap<>(folder.live);
        folder.unsynced.clear();
      }
    }
  }

  private Node node(int number) {
    return Objects.requireNonNull(nodes.get(number));
  }

  private FileNode file(int node) {
    return (FileNode) node(node);
  }

  private FolderNode folder(int node) {
    return (FolderNode) node(node);
  }

  private static int end(Step.Write write) {
    return Math.toIntExact(write.position() + write.bytes().length);
  }

  private static byte[] written(byte[] content, int size, Step.Write write) {
    int end = end(write);
    byte[] target =
        end <= content.length ? content : Arrays.copyOf(content, Math.max(end, size * 2));
    System.arraycopy(write.bytes(), 0, target, (int) write.position(), write.bytes().length);
    return target;
  }

  // ---- Remains ----

  /** What survives of things not synced. */
  private enum Mercy {
    NONE,
    ALL,
    UNTIL_A_MOMENT,
    NAMES_ONLY,
    BY_COIN
  }

  /** Which remains a seed stands for, for messages. */
  static String describe(long seed) {
    return mercy(new Random(seed)).toString();
  }

  private static Mercy mercy(Random random) {
    Mercy[] all = Mercy.values();
    return all[random.nextInt(all.length)];
  }

  /** Writes one of the possible remains into an empty folder; the same seed gives the same. */
  void leave(Path target, long seed) throws IOException {
    Random random = new Random(seed);
    Mercy mercy = mercy(random);
    int moment = mercy == Mercy.UNTIL_A_MOMENT ? oldest() + random.nextInt(span()) : 0;
    leave(folder(ROOT), target, mercy, moment, random);
  }

  /** Everything as it stands: what a process finds that was killed, the power staying on. */
  void leaveAll(Path target) throws IOException {
    leave(folder(ROOT), target, Mercy.ALL, 0, new Random(0));
  }

  /** Ages of unsynced steps lie between the oldest and now; cuts are worth making only there. */
  private int oldest() {
    int oldest = taken;
    for (Node node : nodes.values()) {
      List<Aged> unsynced =
          switch (node) {
            case FileNode file -> file.unsynced;
            case FolderNode folder -> folder.unsynced;
          };
      if (!unsynced.isEmpty()) {
        oldest = Math.min(oldest, unsynced.getFirst().age());
      }
    }
    return oldest;
  }

  private int span() {
    return taken - oldest() + 1;
  }

  private static boolean survives(Aged aged, Mercy mercy, int moment, Random random) {
    return switch (mercy) {
      case NONE -> false;
      case ALL, NAMES_ONLY -> true;
      case UNTIL_A_MOMENT -> aged.age() <= moment;
      case BY_COIN -> random.nextBoolean();
    };
  }

  private void leave(FolderNode folder, Path target, Mercy mercy, int moment, Random random)
      throws IOException {
    Map<String, Integer> entries = new TreeMap<>(folder.synced);
    for (Aged aged : folder.unsynced) {
      if (survives(aged, mercy, moment, random)) {
        switch (aged.step()) {
          case Step.MakeFile make -> entries.put(make.name(), aged.node());
          case Step.MakeFolder make -> entries.put(make.name(), aged.node());
          case Step.Rename rename -> {
            entries.remove(rename.from(), aged.node());
            entries.put(rename.to(), aged.node());
          }
          case Step.Delete delete -> entries.remove(delete.name(), aged.node());
          case Step.Write other -> throw new IllegalStateException(other.toString());
          case Step.Truncate other -> throw new IllegalStateException(other.toString());
          case Step.Sync other -> throw new IllegalStateException(other.toString());
        }
      }
    }
    for (Map.Entry<String, Integer> entry : entries.entrySet()) {
      Path path = target.resolve(entry.getKey());
      switch (node(entry.getValue())) {
        case FileNode file -> Files.write(path, content(file, mercy, moment, random));
        case FolderNode inner -> {
          Files.createDirectory(path);
          leave(inner, path, mercy, moment, random);
        }
      }
    }
  }

  private static byte[] content(FileNode file, Mercy mercy, int moment, Random random) {
    byte[] content = file.synced.clone();
    int size = content.length;
    for (Aged aged : file.unsynced) {
      boolean survives = survives(aged, mercy, moment, random);
      if (aged.step() instanceof Step.Truncate cut) {
        if (survives) {
          size = Math.min(size, (int) cut.size());
          Arrays.fill(content, size, content.length, (byte) 0);
        }
      } else if (aged.step() instanceof Step.Write write) {
        boolean last = mercy == Mercy.UNTIL_A_MOMENT && aged.age() == moment;
        if (mercy == Mercy.NAMES_ONLY) {
          // The length is part of the entry on most disks, the bytes came too late.
          size = Math.max(size, end(write));
          content = content.length < size ? Arrays.copyOf(content, size) : content;
        } else if (survives || mercy == Mercy.BY_COIN && random.nextInt(3) == 0) {
          Step.Write kept = survives && !last ? write : torn(write, random);
          content = written(content, size, kept);
          size = Math.max(size, end(kept));
        }
      }
    }
    return Arrays.copyOf(content, size);
  }

  /** Its first sectors only. Where a disk writes a later one and not an earlier, zeros stand. */
  private static Step.Write torn(Step.Write write, Random random) {
    int sectors = (write.bytes().length + SECTOR - 1) / SECTOR;
    int kept = Math.min(write.bytes().length, SECTOR * random.nextInt(sectors + 1));
    byte[] bytes = Arrays.copyOf(write.bytes(), kept);
    if (kept > 2 * SECTOR && random.nextInt(4) == 0) {
      int hole = SECTOR * random.nextInt(kept / SECTOR);
      Arrays.fill(bytes, hole, Math.min(kept, hole + SECTOR), (byte) 0);
    }
    return new Step.Write(write.node(), write.position(), bytes);
  }
}
