package io.likeness.shard.index;

/** The one 64-bit mixer of this package: MurmurHash3's finaliser. */
final class Hashes {

  private Hashes() {}

  static long stir(long h) {
    h = (h ^ (h >>> 33)) * 0xff51afd7ed558ccdL;
    h = (h ^ (h >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return h ^ (h >>> 33);
  }
}
