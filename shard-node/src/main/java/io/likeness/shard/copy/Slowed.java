package io.likeness.shard.copy;

import io.likeness.shard.intake.ByteRate;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;

/** A stream read no faster than a rate. */
final class Slowed extends FilterInputStream {

  private final ByteRate rate;

  Slowed(InputStream in, ByteRate rate) {
    super(in);
    this.rate = rate;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int count = in.read(target, offset, length);
    if (count > 0) {
      try {
        TimeUnit.NANOSECONDS.sleep(rate.take(count));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      }
    }
    return count;
  }
}
