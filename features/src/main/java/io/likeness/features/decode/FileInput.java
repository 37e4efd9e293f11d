package io.likeness.features.decode;

import java.io.IOException;
import javax.imageio.IIOException;
import javax.imageio.stream.ImageInputStreamImpl;

/**
 * A file in memory, for a decoder that may not respect its end: one that goes on asking there is
 * stopped. TwelveMonkeys' lossless WebP reader takes zeros for what is missing, so that ten
 * kilobytes that claim millions of pixels cost twenty seconds, and a cut picture comes out as a
 * sound one.
 */
final class FileInput extends ImageInputStreamImpl {

  /** Readers look a few bytes ahead. */
  private static final int PAST_END_MAX = 64;

  private final byte[] bytes;
  private int askedPastEnd;

  FileInput(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public int read() throws IOException {
    checkClosed();
    setBitOffset(0);
    if (streamPos >= bytes.length) {
      return pastEnd();
    }
    return bytes[(int) streamPos++] & 0xFF;
  }

  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    checkClosed();
    setBitOffset(0);
    if (length == 0) {
      return 0;
    }
    if (streamPos >= bytes.length) {
      return pastEnd();
    }
    int count = (int) Math.min(length, bytes.length - streamPos);
    System.arraycopy(bytes, (int) streamPos, into, offset, count);
    streamPos += count;
    return count;
  }

  private int pastEnd() throws IIOException {
    askedPastEnd++;
    if (askedPastEnd > PAST_END_MAX) {
      throw new IIOException("it ends before its picture does");
    }
    return -1;
  }

  @Override
  public long length() {
    return bytes.length;
  }
}
