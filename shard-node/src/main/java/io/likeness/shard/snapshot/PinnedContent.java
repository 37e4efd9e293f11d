package io.likeness.shard.snapshot;

import io.likeness.shard.index.Pin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A file of a commit, as often as wanted. */
final class PinnedContent implements SnapshotStore.Content {

  private final Pin.PinnedFile file;

  PinnedContent(Pin.PinnedFile file) {
    this.file = file;
  }

  @Override
  public long bytes() {
    return file.bytes();
  }

  @Override
  public InputStream open(long from) {
    return new InputStream() {
      private long at = from;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        if (at == file.bytes()) {
          return -1;
        }
        int count = (int) Math.min(length, file.bytes() - at);
        file.read(ByteBuffer.wrap(target, offset, count), at);
        at += count;
        return count;
      }
    };
  }
}
