package io.likeness.bench.engine.child;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PageCacheTest {

  private static final int BYTES = 1 << 20;

  @TempDir private Path folder;

  @Test
  void aDroppedFileIsNoLongerInMemoryThoughItIsMapped() throws IOException {
    Optional<PageCache> cache = PageCache.ofThisSystem();
    assumeTrue(cache.isPresent(), "this system offers no way to drop cached files");
    String kind = Files.getFileStore(folder).type();
    assumeTrue(!kind.equals("tmpfs"), "files of a tmpfs lie nowhere but in memory");
    Path file = Files.write(folder.resolve("a"), new byte[BYTES]);
    PageCache.sync(folder);

    try (FileChannel channel = FileChannel.open(file);
        Arena arena = Arena.ofConfined()) {
      MemorySegment map = channel.map(FileChannel.MapMode.READ_ONLY, 0, BYTES, arena);
      for (int at = 0; at < BYTES; at += 4096) {
        assertThat(map.get(ValueLayout.JAVA_BYTE, at)).isZero();
      }
      assertThat(cache.get().cachedShare(folder)).isEqualTo(1);

      cache.get().drop(folder);

      assertThat(cache.get().cachedShare(folder)).isLessThan(0.1);
      assertThat(map.get(ValueLayout.JAVA_BYTE, BYTES / 2)).isZero();
    }
  }
}
