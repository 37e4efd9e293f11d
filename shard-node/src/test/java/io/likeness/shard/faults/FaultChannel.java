package io.likeness.shard.faults;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A real channel whose changes go past the disk's book. */
final class FaultChannel extends FileChannel {

  static final int READ_ONLY = -2;

  private final FaultDisk disk;
  private final FileChannel real;
  private final Path path;
  private final int node;

  FaultChannel(FaultDisk disk, FileChannel real, Path path, int node) {
    this.disk = disk;
    this.real = real;
    this.path = path;
    this.node = node;
  }

  // ---- Changes ----

  @Override
  public synchronized int write(ByteBuffer source) throws IOException {
    int count = write(source, real.position());
    real.position(real.position() + count);
    return count;
  }

  @Override
  public int write(ByteBuffer source, long position) throws IOException {
    byte[] bytes = new byte[source.remaining()];
    source.get(source.position(), bytes);
    int count =
        disk.write(
            node, path, position, bytes, part -> real.write(ByteBuffer.wrap(part), position));
    source.position(source.position() + count);
    return count;
  }

  @Override
  public synchronized long write(ByteBuffer[] sources, int offset, int length) throws IOException {
    long count = 0;
    for (int i = offset; i < offset + length; i++) {
      while (sources[i].hasRemaining()) {
        count += write(sources[i]);
      }
    }
    return count;
  }

  @Override
  public FileChannel truncate(long size) throws IOException {
    if (size < real.size()) {
      disk.truncate(node, path, size, () -> real.truncate(size));
    }
    return this;
  }

  @Override
  public void force(boolean metaData) throws IOException {
    disk.sync(
        node,
        path,
        () -> {
          // The book knows what is durable; waiting for the real disk would prove nothing.
          return true;
        });
  }

  @Override
  public long transferFrom(ReadableByteChannel source, long position, long count)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(count, 1 << 16));
    long done = 0;
    while (done < count) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), count - done));
      if (source.read(buffer) < 0) {
        break;
      }
      buffer.flip();
      while (buffer.hasRemaining()) {
        done += write(buffer, position + done);
      }
    }
    return done;
  }

  // ---- Looks ----

  @Override
  public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
    return disk.read(path, () -> real.map(readOnly(mode), position, size));
  }

  @Override
  public MemorySegment map(MapMode mode, long position, long size, Arena arena) throws IOException {
    return disk.read(path, () -> real.map(readOnly(mode), position, size, arena));
  }

  private MapMode readOnly(MapMode mode) {
    if (mode != MapMode.READ_ONLY) {
      throw new UnsupportedOperationException("writing to " + path + " through a mapping");
    }
    return mode;
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    return real.read(target);
  }

  @Override
  public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
    return real.read(targets, offset, length);
  }

  @Override
  public int read(ByteBuffer target, long position) throws IOException {
    return real.read(target, position);
  }

  @Override
  public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
    return real.transferTo(position, count, target);
  }

  @Override
  public long position() throws IOException {
    return real.position();
  }

  @Override
  public FileChannel position(long position) throws IOException {
    real.position(position);
    return this;
  }

  @Override
  public long size() throws IOException {
    return real.size();
  }

  @Override
  public FileLock lock(long position, long size, boolean shared) throws IOException {
    return real.lock(position, size, shared);
  }

  @Override
  public FileLock tryLock(long position, long size, boolean shared) throws IOException {
    return real.tryLock(position, size, shared);
  }

  @Override
  protected void implCloseChannel() throws IOException {
    real.close();
  }
}
