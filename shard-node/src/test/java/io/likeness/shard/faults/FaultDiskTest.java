package io.likeness.shard.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultDiskTest {

  @TempDir Path folder;

  private Path real;
  private FaultDisk disk;
  private Path root;
  private int remains;

  @BeforeEach
  void start() throws IOException {
    real = Files.createDirectory(folder.resolve("disk"));
    disk = new FaultDisk(real);
    root = disk.root();
  }

  private static FileChannel write(Path file, byte[] bytes) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    channel.write(ByteBuffer.wrap(bytes));
    return channel;
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static byte[] filled(int size, int value) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  /** Every remains of many seeds, each as "name=length:first byte,..." */
  private Set<String> remains() throws IOException {
    Remains cuts = disk.remains(0);
    Set<String> found = new TreeSet<>();
    for (long seed = 0; seed < 200; seed++) {
      Path left = Files.createDirectory(folder.resolve("remains-" + remains++));
      cuts.leave(disk.steps(), left, seed);
      found.add(describe(left));
    }
    return found;
  }

  private static String describe(Path left) throws IOException {
    List<String> all = new ArrayList<>();
    try (Stream<Path> files = Files.walk(left)) {
      for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
        byte[] bytes = Files.readAllBytes(file);
        all.add(
            left.relativize(file) + "=" + bytes.length + (bytes.length == 0 ? "" : ":" + bytes[0]));
      }
    }
    return String.join(",", all);
  }

  @Test
  void keepsWhatWasSyncedInNameAndBytesWhateverHappens() throws IOException {
    try (FileChannel channel = write(root.resolve("a"), filled(1_500, 7))) {
      channel.force(true);
    }
    sync(root);
    assertThat(remains()).containsExactly("a=1500:7");
  }

  @Test
  void mayLoseTheNameOfASyncedFileAndTheBytesOfANamedOne() throws IOException {
    try (FileChannel channel = write(root.resolve("a"), filled(1_500, 7))) {
      channel.force(true);
    }
    write(root.resolve("b"), filled(1_500, 9)).close();
    assertThat(remains())
        .contains("", "a=1500:7", "a=1500:7,b=0", "a=1500:7,b=512:9", "a=1500:7,b=1500:0")
        .contains("b=1500:9", "a=1500:7,b=1500:9");
  }

  @Test
  void renamesWhollyOrNotAtAll() throws IOException {
    for (String name : List.of("old", "new")) {
      try (FileChannel channel = write(root.resolve(name), filled(10, name.length()))) {
        channel.force(true);
      }
    }
    write(root.resolve("old"), filled(10, 5)).close();
    sync(root);
    Files.move(root.resolve("old"), root.resolve("new"), StandardCopyOption.ATOMIC_MOVE);
    assertThat(remains())
        .allMatch(left -> left.startsWith("new=10:3,old=10:") || left.matches("new=10:[35]"));
    sync(root);
    assertThat(remains()).allMatch(left -> left.matches("new=10:[35]"));
  }

  @Test
  void mayBringADeletedFileBackUntilTheFolderIsSynced() throws IOException {
    Files.createDirectory(root.resolve("sub"));
    try (FileChannel channel = write(root.resolve("sub/a"), filled(3, 1))) {
      channel.force(true);
    }
    sync(root);
    sync(root.resolve("sub"));
    Files.delete(root.resolve("sub/a"));
    assertThat(remains()).containsExactlyInAnyOrder("", "sub/a=3:1");
    sync(root.resolve("sub"));
    assertThat(remains()).containsExactly("");
  }

  @Test
  void takesUpWhatWasThereBefore() throws IOException {
    Files.createDirectory(real.resolve("sub"));
    Files.write(real.resolve("sub/a"), filled(600, 4));
    disk = new FaultDisk(real);
    Files.move(disk.root().resolve("sub"), disk.root().resolve("other"));
    assertThat(remains()).containsExactlyInAnyOrder("sub/a=600:4", "other/a=600:4");
    assertThat(disk.used()).isEqualTo(600);
  }

  @Test
  void failsTheCallItIsToldTo() throws IOException {
    write(root.resolve("a"), filled(10, 1)).close();
    int calls = disk.calls();
    disk.setFault(
        (number, call, path) -> {
          if (number == calls + 1) {
            throw FaultDisk.inputOutputError(path);
          }
        });
    assertThatThrownBy(() -> write(root.resolve("b"), filled(10, 1)))
        .hasMessageContaining("Input/output error");
    assertThat(Files.size(root.resolve("b"))).isZero();
    write(root.resolve("b"), filled(10, 1)).close();
    assertThat(Files.size(real.resolve("b"))).isEqualTo(10);
  }

  @Test
  void writesWhatFitsAndThenSaysThatItIsFull() throws IOException {
    disk.setCapacity(1_000);
    try (FileChannel channel = write(root.resolve("a"), filled(800, 1))) {
      assertThat(channel.write(ByteBuffer.wrap(filled(300, 2)))).isEqualTo(200);
      assertThatThrownBy(() -> channel.write(ByteBuffer.wrap(filled(100, 2))))
          .hasMessageContaining("No space left on device");
      channel.truncate(100);
      assertThat(channel.write(ByteBuffer.wrap(filled(1, 2)), 100)).isEqualTo(1);
    }
    assertThat(disk.used()).isEqualTo(101);
    Files.delete(root.resolve("a"));
    assertThat(disk.used()).isZero();
    assertThat(Files.getFileStore(root).getUsableSpace()).isEqualTo(1_000);
  }

  @Test
  void mapsWhatWasWritten() throws IOException {
    write(root.resolve("a"), filled(10, 6)).close();
    try (FileChannel channel = FileChannel.open(root.resolve("a"), StandardOpenOption.READ);
        Arena arena = Arena.ofConfined()) {
      assertThat(
              channel.map(FileChannel.MapMode.READ_ONLY, 2, 8, arena).get(ValueLayout.JAVA_BYTE, 7))
          .isEqualTo((byte) 6);
    }
  }
}
