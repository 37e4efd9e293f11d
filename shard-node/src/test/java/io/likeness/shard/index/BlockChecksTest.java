package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BlockChecksTest {

  private static final Path FILE = Path.of("rows-7");

  private static byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private static BlockSums sums(byte[] bytes, long blockBytes) {
    BlockSums sums = new BlockSums(blockBytes);
    sums.update(ByteBuffer.wrap(bytes));
    return sums;
  }

  private static BlockChecks checks(byte[] now, byte[] written, long blockBytes) {
    return new BlockChecks(
        FILE,
        MemorySegment.ofArray(now),
        blockBytes,
        MemorySegment.ofBuffer(sums(written, blockBytes).table()));
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
  void letsNoBlockPassThatHasAFlippedBit() {
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
      assertThatThrownBy(checks::checkAll).isInstanceOf(UncheckedIOException.class);
    }
  }

  @Test
  void readsAKnownBlockAgainOnlyWhereAsked() {
    byte[] now = bytes(600);
    BlockChecks checks = checks(now, now.clone(), 256);
    checks.checkAll();
    now[300] ^= 1;
    checks.require(1);
    assertThatThrownBy(() -> checks.check(1)).isInstanceOf(UncheckedIOException.class);
    checks.check(2);
    assertThat(checks.bytes(2)).isEqualTo(88);
  }

  @Test
  void keepsEachRowInOneBlock() {
    for (int dimensions : new int[] {1, 20, 512, 768, 4_096, 4_097, 100_000}) {
      long row = (long) dimensions * Float.BYTES;
      long block = RowFile.blockBytes(dimensions);
      assertThat(block).isEqualTo(row << RowFile.blockShift(dimensions));
      assertThat(block).isLessThanOrEqualTo(Math.max(row, BlockChecks.BLOCK_BYTES));
      assertThat(2 * block).isGreaterThan(BlockChecks.BLOCK_BYTES);
    }
  }
}
