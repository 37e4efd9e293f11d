package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlockChecksTest {

  private static final Path FILE = Path.of("rows-7");
  private static final int HEAD = 100;

  @TempDir Path folder;

  private FileChannel channel;

  @BeforeEach
  void open() throws IOException {
    channel = FileChannel.open(Files.createFile(folder.resolve("none")));
  }

  @AfterEach
  void close() throws IOException {
    channel.close();
  }

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private static BlockSums sums(byte[] bytes, int blockBytes) {
    BlockSums sums = new BlockSums(blockBytes);
    sums.update(ByteBuffer.wrap(bytes));
    return sums;
  }

  /** A file that holds {@code now} after a head, checked against what was written. */
  private BlockChecks checks(byte[] now, byte[] written, int blockBytes) throws IOException {
    Path file = folder.resolve("rows-7");
    Files.write(file, new byte[HEAD]);
    Files.write(file, now, StandardOpenOption.APPEND);
    channel.close();
    channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return new BlockChecks(
        FILE, channel, HEAD, now.length, blockBytes, sums(written, blockBytes).table());
  }

  @Test
  void sumsTheSameHoweverTheBytesArrive() {
    byte[] bytes = bytes(10_000);
    Random random = new Random(1);
    for (int block : new int[] {1, 512, 999, 10_000, 20_000}) {
      BlockSums pieces = new BlockSums(block);
      for (int at = 0; at < bytes.length; ) {
        int part = Math.min(bytes.length - at, 1 + random.nextInt(1_500));
        pieces.update(ByteBuffer.wrap(bytes, at, part));
        at += part;
      }
      assertThat(pieces.table()).isEqualTo(sums(bytes, block).table());
      assertThat(pieces.checksum()).isEqualTo(sums(bytes, block).checksum());
      assertThat(pieces.table().remaining() / Integer.BYTES)
          .isEqualTo(BlockSums.blocks(bytes.length, block));
    }
  }

  @Test
  void letsNoBlockPassThatHasAFlippedBit() throws IOException {
    byte[] written = bytes(1_000);
    for (int bit = 0; bit < written.length * 8; bit += 7) {
      byte[] now = written.clone();
      now[bit / 8] ^= (byte) (1 << bit % 8);
      BlockChecks checks = checks(now, written, 256);
      int damaged = bit / 8 / 256;
      for (int block = 0; block < checks.blocks(); block++) {
        int each = block;
        if (block == damaged) {
          assertThatThrownBy(() -> checks.require(each))
              .isInstanceOf(UncheckedIOException.class)
              .hasCauseInstanceOf(CorruptShardException.class)
              .hasMessageContaining("rows-7: block " + block + " of 4");
        } else {
          checks.require(block);
        }
        assertThat(checks.isChecked(block)).isEqualTo(block != damaged);
      }
      assertThat(checks.isWhole()).isFalse();
    }
  }

  @Test
  void readsAKnownBlockAgainOnlyWhereAsked() throws IOException {
    byte[] bytes = bytes(600);
    BlockChecks checks = checks(bytes, bytes, 256);
    assertThat(checks.isWhole()).isFalse();
    for (int block = 0; block < 3; block++) {
      checks.require(block);
    }
    assertThat(checks.isWhole()).isTrue();
    channel.write(ByteBuffer.wrap(new byte[] {(byte) ~bytes[300]}), HEAD + 300);
    checks.require(1);
    ByteBuffer scratch = ByteBuffer.allocate(256);
    assertThatThrownBy(() -> checks.check(1, scratch)).isInstanceOf(CorruptShardException.class);
    checks.check(2, scratch);
    assertThat(checks.bytes(2)).isEqualTo(88);
  }

  @Test
  void takesAFileThatEndsEarlyForDamagedAndAClosedOneForClosed() throws IOException {
    byte[] bytes = bytes(600);
    BlockChecks checks = checks(bytes, bytes, 256);
    channel.truncate(HEAD + 550);
    checks.require(0);
    assertThatThrownBy(() -> checks.require(2))
        .satisfies(failure -> assertThat(Damage.of(failure)).isPresent());
    channel.close();
    assertThatThrownBy(() -> checks.require(1))
        .satisfies(failure -> assertThat(Damage.of(failure)).isEmpty());
  }

  @Test
  void keepsEachRowInOneBlock() {
    for (int dimensions : new int[] {1, 20, 512, 768, 4_096, 4_097, 100_000}) {
      for (RowLayout.Kind kind : RowLayout.Kind.values()) {
        RowLayout layout = new RowLayout(dimensions, kind);
        long row = layout.bytes();
        long block = RowFile.blockBytes(layout);
        assertThat(block).isEqualTo(row << RowFile.blockShift(layout));
        assertThat(block).isLessThanOrEqualTo(Math.max(row, BlockChecks.BLOCK_BYTES));
        assertThat(2 * block).isGreaterThan(BlockChecks.BLOCK_BYTES);
      }
    }
  }
}
