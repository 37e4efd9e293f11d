package io.likeness.shard.index;

import io.likeness.wire.StoredPicture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.util.BytesRef;
import org.jspecify.annotations.Nullable;

/**
 * The order-free sum over (id, version, vector hash) of a shard's images, so that replicas can be
 * compared at any time. Adding up a million images takes a good part of a second, so it is done
 * once after opening, when somebody asks first; from then on what changes count is enough: a view
 * knows the sum of what changed before it.
 */
final class ImageSum {

  /** Of what the shard held when it was opened; none before somebody asked. */
  private volatile @Nullable Long atOpen;

  /**
   * @param changed the sum of what has changed since the shard was opened, up to this view
   */
  long of(IndexSearcher view, long changed) throws IOException {
    Long known = atOpen;
    if (known == null) {
      known = add(view) - changed;
      atOpen = known;
    }
    return known + changed;
  }

  /** Every image of the view looked at. */
  static long add(IndexSearcher view) throws IOException {
    long[] sum = new long[1];
    ImageDocs.visit(
        view,
        Filters.EXISTING,
        at -> {
          sum[0] += of(at.idBytes(), at.place(), at.offset(), at.vectorHash());
          return true;
        });
    return sum[0];
  }

  /** What this image adds to the sum; an image that does not exist adds nothing. */
  static long of(String id, ImageState state) {
    return state.exists()
        ? of(
            new BytesRef(id.getBytes(StandardCharsets.UTF_8)),
            ImageDocs.place(state),
            state.added().offset(),
            state.picture().map(StoredPicture::getVectorHash).orElse(0L))
        : 0;
  }

  private static long of(BytesRef id, long place, long offset, long vectorHash) {
    long hash = 0xcbf29ce484222325L;
    for (int i = id.offset; i < id.offset + id.length; i++) {
      hash = (hash ^ (id.bytes[i] & 0xff)) * 0x100000001b3L;
    }
    hash = Hashes.stir(hash ^ place);
    hash = Hashes.stir(hash ^ offset);
    return Hashes.stir(hash ^ vectorHash);
  }
}
