package io.likeness.bench.engine.rival;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.proto.vector.Version;
import io.likeness.shard.index.ImageState;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardEvents;
import io.likeness.wire.Attributes;
import io.likeness.wire.Hit;
import io.likeness.wire.PutVector;
import io.likeness.wire.RemoveImage;
import io.likeness.wire.RowFormat;
import io.likeness.wire.VectorRecord;
import java.time.Duration;
import java.util.List;

/** Rows as the records a shard reads: a row's number is in its image id. */
final class Records {

  static final String LOG = "bench";
  static final String SHARD = "shard";

  private static final String ID = "image-";
  private static final ByteString NO_HASH = ByteString.copyFrom(new byte[32]);

  private Records() {}

  static Shard.Change put(
      long offset, int row, float[] vector, Attributes attributes, RowFormat rows) {
    PutVector put =
        PutVector.newBuilder()
            .setVector(FeatureVector.ofUnit(vector).toBytes())
            .setModel("bench@1")
            .setContentSha256(NO_HASH)
            .setAttributes(attributes)
            .setRows(rows)
            .build();
    return new Shard.Change(offset, record(offset, row).setPut(put).build());
  }

  static Shard.Change remove(long offset, int row) {
    RemoveImage remove = RemoveImage.getDefaultInstance();
    return new Shard.Change(offset, record(offset, row).setRemove(remove).build());
  }

  private static VectorRecord.Builder record(long offset, int row) {
    return VectorRecord.newBuilder()
        .setInstanceUid("bench")
        .setImageId(ID + row)
        .setVersion(new Version(1, 0, offset).toWire());
  }

  static int[] rows(List<Hit> hits) {
    int[] rows = new int[hits.size()];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = Integer.parseInt(hits.get(i).getImageId().substring(ID.length()));
    }
    return rows;
  }

  /** Nobody listens: what is to be done is done when it is asked for. */
  static final class Quiet implements ShardEvents {
    @Override
    public boolean isAwaited(String imageId) {
      return false;
    }

    @Override
    public void dirty(Shard shard, boolean urgent) {}

    @Override
    public void visible(String imageId, ImageState state, long acceptedAtMillis) {}

    @Override
    public void refreshed(Shard shard) {}

    @Override
    public void buildWanted(Shard shard) {}

    @Override
    public void built(int rows, Duration took) {}
  }
}
