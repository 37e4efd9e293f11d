package io.likeness.shard.copy;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;

/** Chunks that are asked for one after the other, as one stream. */
final class Chunks extends InputStream {

  /** At least one byte from there on. */
  @FunctionalInterface
  interface Reading {
    ByteString from(long position) throws IOException;
  }

  private final Reading reading;
  private final long end;
  private long at;
  private ByteString chunk = ByteString.EMPTY;
  private int taken;

  Chunks(Reading reading, long end, long from) {
    this.reading = reading;
    this.end = end;
    this.at = from;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (taken == chunk.size()) {
      if (at == end) {
        return -1;
      }
      chunk = reading.from(at);
      taken = 0;
    }
    int count = Math.min(length, chunk.size() - taken);
    chunk.copyTo(target, taken, offset, count);
    taken += count;
    at += count;
    return count;
  }
}
