package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Attributes;
import io.likeness.wire.Hit;
import io.likeness.wire.RowFormat;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RowLayoutTest {

  private static final int AT = 7;
  private static final int DIMENSIONS = 64;
  private static final int IMAGES = 900;

  private final Random random = new Random(5);

  @TempDir Path folder;

  private static float exact(ByteString vector, float[] query) {
    return Dots.dot(FeatureVector.ofBytes(vector).array(), query);
  }

  @Test
  void floatsAreReadAsTheyCame() {
    RowLayout layout = new RowLayout(20, RowLayout.Kind.FLOAT32);
    ByteString vector = Histories.vector(random, 20);
    assertThat(layout.kept(vector)).isEqualTo(FeatureVector.ofBytes(vector).array());
  }

  @Test
  void bytesScoreAlmostAsTheirVectorsDo() {
    for (int dimensions : new int[] {1, 3, 20, 128, 512, 1_280}) {
      RowLayout layout = new RowLayout(dimensions, RowLayout.Kind.INT8);
      assertThat(layout.bytes()).isEqualTo(dimensions + 4);
      for (int i = 0; i < 50; i++) {
        ByteString vector = Histories.vector(random, dimensions);
        float[] query = FeatureVector.ofBytes(Histories.vector(random, dimensions)).array();
        MemorySegment rows = MemorySegment.ofArray(new byte[AT + layout.bytes()]);
        layout.put(vector, rows, AT);
        float[] kept = new float[dimensions];
        layout.get(rows, AT, kept);
        assertThat(layout.score(rows, AT, query)).isCloseTo(exact(vector, query), within(0.004f));
        assertThat(layout.score(rows, AT, query)).isCloseTo(Dots.dot(kept, query), within(1e-5f));
        assertThat(kept).isEqualTo(layout.kept(vector));
      }
    }
  }

  @Test
  void rowsOfBytesAreAsLongAsTheirVectors() {
    RowLayout layout = new RowLayout(512, RowLayout.Kind.INT8);
    for (int i = 0; i < 50; i++) {
      float[] kept = layout.kept(Histories.vector(random, 512));
      assertThat(Dots.dot(kept, kept)).isCloseTo(1f, within(1e-6f));
    }
  }

  @Test
  void refusesAVectorOfOtherDimensions() {
    for (RowLayout.Kind kind : RowLayout.Kind.values()) {
      RowLayout layout = new RowLayout(20, kind);
      assertThatThrownBy(() -> layout.kept(Histories.vector(random, 21)))
          .hasMessageContaining("84 bytes")
          .hasMessageContaining("20 dimensions");
    }
  }

  /** Copies of rows must not drift: a row is copied whenever its graph is built anew. */
  @Test
  void aShardOfBytesKeepsThemThroughSealsBuildsAndRestarts() throws IOException {
    float[][] centres = Histories.centres(random, 40, DIMENSIONS);
    List<VectorRecord> records = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      ByteString vector = Histories.clustered(random, centres, 0.05);
      VectorRecord.Builder record =
          Histories.put("i" + i, i, vector, Attributes.getDefaultInstance()).toBuilder();
      record.getPutBuilder().setRows(RowFormat.ROW_FORMAT_INT8);
      records.add(record.build());
    }
    Shard shard = ShardScene.open(folder.resolve("s"), 100);
    for (int i = 0; i < IMAGES; i += 300) {
      ShardScene.apply(shard, records, i, i + 300);
      shard.refresh();
      shard.commit(i + 300);
      shard.build();
      shard.close();
      shard = ShardScene.open(folder.resolve("s"), 100);
    }
    RowLayout layout = new RowLayout(DIMENSIONS, RowLayout.Kind.INT8);
    try (View view = shard.view()) {
      for (VectorRecord record : records) {
        ByteString vector = record.getPut().getVector();
        assertThat(view.describe(record.getImageId(), true).getVector())
            .isEqualTo(FeatureVector.ofUnit(layout.kept(vector)).toBytes());
      }
    }
    for (VectorRecord record : records.subList(0, 50)) {
      float[] query = FeatureVector.ofBytes(record.getPut().getVector()).array();
      Hit best = ShardScene.hits(shard, query, ShardScene.ANY, 1).getFirst();
      assertThat(best.getImageId()).isEqualTo(record.getImageId());
      assertThat(best.getScore()).isCloseTo(1, within(1e-3));
    }
    assertThat(bytesOfRows()).isLessThan(IMAGES * (layout.bytes() + 1L) + 3 * RowFile.HEAD_BYTES);
    // The same picture again is the same row.
    long before = shard.bytesInMemory();
    ShardScene.apply(shard, records, 0, 10);
    assertThat(shard.bytesInMemory()).isEqualTo(before);
    shard.close();
  }

  private long bytesOfRows() throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder.resolve("s"), "rows-*")) {
      long bytes = 0;
      for (Path file : files) {
        bytes += Files.size(file);
      }
      return bytes;
    }
  }
}
