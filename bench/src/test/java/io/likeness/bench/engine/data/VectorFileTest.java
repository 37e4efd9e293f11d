package io.likeness.bench.engine.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class VectorFileTest {

  @TempDir private Path folder;

  private Path write(String name, ByteBuffer bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes.array());
  }

  private static ByteBuffer bytes(int count) {
    return ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static List<List<Float>> rows(Path file) throws IOException {
    List<List<Float>> rows = new ArrayList<>();
    VectorFile.read(
        file,
        (row, values) -> {
          List<Float> copy = new ArrayList<>();
          for (float value : values) {
            copy.add(value);
          }
          rows.add(copy);
        });
    return rows;
  }

  @Test
  void readsARowWithItsOwnHead() throws IOException {
    Path file =
        write(
            "a.fvecs",
            bytes(24).putInt(2).putFloat(1.5f).putFloat(-2).putInt(2).putFloat(0).putFloat(8));

    assertThat(rows(file)).containsExactly(List.of(1.5f, -2f), List.of(0f, 8f));
  }

  @Test
  void readsSignedAndUnsignedBytes() throws IOException {
    ByteBuffer content = bytes(10).putInt(1).putInt(2).put((byte) 200).put((byte) 3);

    assertThat(rows(write("a.i8bin", content))).containsExactly(List.of(-56f, 3f));
    assertThat(rows(write("a.u8bin", content))).containsExactly(List.of(200f, 3f));
  }

  @Test
  void passesOverWhatFollowsTheNeighbours() throws IOException {
    ByteBuffer content =
        bytes(24).putInt(1).putInt(2).putInt(7).putInt(5).putFloat(0.9f).putFloat(0.8f);

    assertThat(VectorFile.neighbours(write("a.ibin", content))).isEqualTo(new int[][] {{7, 5}});
  }

  @Test
  void refusesARowThatEndsEarly() throws IOException {
    Path file = write("a.fvecs", bytes(16).putInt(2).putFloat(1).putFloat(1).putInt(2));

    assertThatThrownBy(() -> rows(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("row 1 of")
        .hasMessageContaining("ends after 0 of 8 bytes");
  }

  @Test
  void refusesAnotherDimensionInTheMiddle() throws IOException {
    Path file = write("a.fvecs", bytes(16).putInt(1).putFloat(1).putInt(3).putFloat(1));

    assertThatThrownBy(() -> rows(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("row 1")
        .hasMessageContaining("says 3 dimensions, the first 1");
  }

  @Test
  void refusesAHugeDimensionBeforeMakingRoomForIt() throws IOException {
    Path file = write("a.fbin", bytes(8).putInt(1).putInt(Integer.MAX_VALUE));

    assertThatThrownBy(() -> rows(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("at most 65536");
  }

  @Test
  void refusesAnUnknownEnding() throws IOException {
    Path file = write("a.npy", bytes(4));

    assertThatThrownBy(() -> rows(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("known endings");
  }

  // ---- As a data set ----

  private Path someRows(String name, int count, int dimensions, boolean signed) throws IOException {
    ByteBuffer content = bytes(8 + count * dimensions).putInt(count).putInt(dimensions);
    Draws draws = new Draws(count);
    for (int i = 0; i < count * dimensions; i++) {
      content.put((byte) (signed ? draws.below(255) - 127 : draws.below(255)));
    }
    return write(name, content);
  }

  @Test
  void aDataSetOfFilesHasUnitRowsAndItsTruthIsChecked() throws IOException {
    Path base = someRows("base.i8bin", 500, 12, true);
    Path queries = someRows("queries.i8bin", 7, 12, true);
    List<String> said = new ArrayList<>();
    ByteBuffer wrong = bytes(8 + 7 * 10 * 4).putInt(7).putInt(10);
    for (int i = 0; i < 70; i++) {
      wrong.putInt(i);
    }
    Path truth = write("truth.ibin", wrong);

    try (DataSet data =
        new DataSets(folder.resolve("work"), said::add)
            .fromFiles(base, queries, Optional.of(truth))) {
      assertThat(data.base().count()).isEqualTo(500);
      float[] row = data.base().row(17);
      double squares = 0;
      for (float value : row) {
        squares += value * value;
      }
      assertThat(squares).isCloseTo(1, within(1e-5));
      assertThat(said).anyMatch(line -> line.contains("agrees with exact search"));
      data.computeTruth(List.of(Subset.ALL), 10, 7, line -> {});
      assertThat(data.truth(Subset.ALL, 10, 7).ordinals(3))
          .isEqualTo(Exact.scan(data.base(), data.queries()[3], 10, null).ordinals());
    }
  }

  @Test
  void aRowWithoutDirectionIsNamed() throws IOException {
    Path base = write("base.i8bin", bytes(12).putInt(2).putInt(2).put((byte) 1).put((byte) 1));
    Path queries = write("queries.i8bin", bytes(10).putInt(1).putInt(2).put((byte) 1));

    assertThatThrownBy(
            () ->
                new DataSets(folder.resolve("work"), line -> {})
                    .fromFiles(base, queries, Optional.empty()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("row 1 of")
        .hasMessageContaining("no direction");
  }
}
