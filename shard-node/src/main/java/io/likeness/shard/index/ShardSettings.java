package io.likeness.shard.index;

/**
 * How a shard keeps its data.
 *
 * @param sealRows rows of the tail at which it is sealed and a graph is built
 * @param writeBufferBytes of Lucene, before it writes a segment by itself
 * @param codeBytes of a row's code in memory; more find as much with less effort
 * @param recall share of the true nearest rows that searches of graphs are to find
 */
public record ShardSettings(int sealRows, long writeBufferBytes, int codeBytes, double recall) {

  public static final int CODE_BYTES_MAX = 1024;
  public static final double RECALL_MIN = 0.5;
  public static final double RECALL_MAX = 0.999;

  public static final ShardSettings DEFAULT = new ShardSettings(16_384, 16L << 20, 64, 0.98);

  public ShardSettings {
    if (sealRows < 1) {
      throw new IllegalArgumentException("sealRows " + sealRows + " is below 1");
    }
    if (writeBufferBytes < 1 << 20) {
      throw new IllegalArgumentException(
          "writeBufferBytes " + writeBufferBytes + " is below 1 MiB");
    }
    if (codeBytes < 16 || codeBytes > CODE_BYTES_MAX || codeBytes % 16 != 0) {
      throw new IllegalArgumentException(
          "codeBytes " + codeBytes + " is no multiple of 16 from 16 to " + CODE_BYTES_MAX);
    }
    if (!(recall >= RECALL_MIN && recall <= RECALL_MAX)) {
      throw new IllegalArgumentException(
          "recall " + recall + " is not from " + RECALL_MIN + " to " + RECALL_MAX);
    }
  }

  public ShardSettings withCodeBytes(int bytes) {
    return new ShardSettings(sealRows, writeBufferBytes, bytes, recall);
  }

  public ShardSettings withSealRows(int rows) {
    return new ShardSettings(rows, writeBufferBytes, codeBytes, recall);
  }
}
