package io.likeness.shard.index;

/**
 * How a shard keeps its data.
 *
 * @param sealRows rows of the tail at which it is sealed and a graph is built
 * @param writeBufferBytes of Lucene, before it writes a segment by itself
 */
public record ShardSettings(int sealRows, long writeBufferBytes) {

  public static final ShardSettings DEFAULT = new ShardSettings(16_384, 16L << 20);

  public ShardSettings {
    if (sealRows < 1) {
      throw new IllegalArgumentException("sealRows " + sealRows + " is below 1");
    }
    if (writeBufferBytes < 1 << 20) {
      throw new IllegalArgumentException(
          "writeBufferBytes " + writeBufferBytes + " is below 1 MiB");
    }
  }
}
