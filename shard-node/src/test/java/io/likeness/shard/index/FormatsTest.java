package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.proto.wire.NewerFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.NoMergePolicy;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A shard that a newer release has written is refused, and stays as it is. */
class FormatsTest {

  private static final int SEAL_ROWS = 40;

  @TempDir Path home;
  private Path folder;

  /** What has a number of its own on disk. */
  private enum Form {
    COMMIT("the last commit of shard ", Manifest.FORMAT),
    ROWS("rows-", RowFile.FORMAT),
    GRAPH("graph-", GraphFile.FORMAT);

    private final String named;
    private final int highest;

    Form(String named, int highest) {
      this.named = named;
      this.highest = highest;
    }
  }

  @BeforeEach
  void makeShard() throws IOException {
    folder = home.resolve("shard");
    try (Shard shard = ShardScene.open(folder, SEAL_ROWS)) {
      ShardScene.apply(shard, Histories.mixed(new Random(1), 120, 300, 8), 0, 300);
      shard.build();
      shard.commit(300);
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesANewerFormAndLeavesItAlone(Form form) throws IOException {
    makeNewer(form);
    Map<String, Integer> before = contents();

    for (int attempt = 0; attempt < 2; attempt++) {
      assertThatThrownBy(() -> ShardScene.open(folder, SEAL_ROWS))
          .isInstanceOf(NewerFormatException.class)
          .hasMessageContaining(form.named)
          .hasMessageContaining(folder.toString())
          .hasMessageContaining(
              "has format %d, and this release understands up to %d"
                  .formatted(form.highest + 1, form.highest));
    }

    assertThat(contents()).isEqualTo(before);
  }

  /** Else the tests above would prove nothing about the number. */
  @Test
  void takesWhatIsWrittenAnewWithTheSameNumbers() throws IOException {
    recommit(data -> data);
    ShardScene.open(folder, SEAL_ROWS).close();
  }

  private void makeNewer(Form form) throws IOException {
    switch (form) {
      case COMMIT ->
          recommit(
              data -> {
                data.put("format", Integer.toString(Manifest.FORMAT + 1));
                return data;
              });
      case ROWS -> {
        Path file = RowFile.path(folder, generation());
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer head =
            ByteBuffer.wrap(bytes, 0, RowFile.HEAD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        head.putInt(8, RowFile.FORMAT + 1).putInt(24, 0);
        head.putInt(24, checksum(bytes, RowFile.HEAD_BYTES));
        Files.write(file, bytes);
      }
      case GRAPH -> {
        Path file = GraphFile.path(folder, generation());
        byte[] bytes = Files.readAllBytes(file);
        String before = Integer.toHexString(checksum(bytes, bytes.length));
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(8, GraphFile.FORMAT + 1);
        Files.write(file, bytes);
        String after = Integer.toHexString(checksum(bytes, bytes.length));
        recommit(
            data -> {
              data.computeIfPresent(
                  "graphs", (key, graphs) -> graphs.replace(":" + before, ":" + after));
              return data;
            });
      }
    }
  }

  /** Of the first graph the commit refers to, and of its rows. */
  private long generation() throws IOException {
    try (Directory directory = FSDirectory.open(folder.resolve(ShardFolder.LUCENE));
        DirectoryReader reader = DirectoryReader.open(directory)) {
      Manifest manifest = Manifest.of("the commit", reader.getIndexCommit().getUserData());
      return manifest.graphs().getFirst().rows().generation();
    }
  }

  private static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  private void recommit(UnaryOperator<Map<String, String>> change) throws IOException {
    try (Directory directory = FSDirectory.open(folder.resolve(ShardFolder.LUCENE))) {
      Map<String, String> data;
      try (DirectoryReader reader = DirectoryReader.open(directory)) {
        data = new HashMap<>(reader.getIndexCommit().getUserData());
      }
      try (IndexWriter writer =
          new IndexWriter(
              directory, new IndexWriterConfig().setMergePolicy(NoMergePolicy.INSTANCE))) {
        writer.setLiveCommitData(List.copyOf(change.apply(data).entrySet()));
        writer.commit();
      }
    }
  }

  private Map<String, Integer> contents() throws IOException {
    Map<String, Integer> contents = new TreeMap<>();
    try (Stream<Path> files = Files.walk(home)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        contents.put(home.relativize(file).toString(), checksum(bytes, bytes.length));
      }
    }
    return contents;
  }
}
