package io.likeness.features.decode.pool;

/**
 * What a pool has done so far.
 *
 * @param pictures handed to a process
 * @param starts processes started
 * @param crashes processes that died with a picture in hand
 * @param kills processes ended because a picture took too long
 * @param children processes there are now
 */
public record PoolCounts(long pictures, long starts, long crashes, long kills, int children) {

  public static final PoolCounts NONE = new PoolCounts(0, 0, 0, 0, 0);
}
