package io.likeness.shard.index;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.proto.vector.Version;
import io.likeness.wire.Attributes;
import io.likeness.wire.Numbers;
import io.likeness.wire.PatchAttributes;
import io.likeness.wire.PutVector;
import io.likeness.wire.RejectImage;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.RemoveImage;
import io.likeness.wire.Tags;
import io.likeness.wire.Text;
import io.likeness.wire.VectorRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Seeded histories of images: what a worker could have written, in the order of its versions. */
public final class Histories {

  static final String UID = "life-1";

  private Histories() {}

  public static VectorRecord.Builder record(String id, long version) {
    return VectorRecord.newBuilder()
        .setInstanceUid(UID)
        .setImageId(id)
        .setVersion(new Version(1, Math.floorMod(id.hashCode(), 4), version).toWire())
        .setAcceptedAtMillis(1_700_000_000_000L + version);
  }

  public static VectorRecord put(
      String id, long version, ByteString vector, Attributes attributes) {
    return record(id, version)
        .setPut(
            PutVector.newBuilder()
                .setVector(vector)
                .setModel("test@1")
                .setContentSha256(ByteString.copyFromUtf8("sha-" + version))
                .setFingerprint(version)
                .setWidth(100 + (int) version)
                .setHeight(50)
                .setAttributes(attributes))
        .build();
  }

  public static VectorRecord patch(String id, long version, Attributes attributes) {
    return record(id, version)
        .setPatch(PatchAttributes.newBuilder().setAttributes(attributes))
        .build();
  }

  public static VectorRecord remove(String id, long version) {
    return record(id, version).setRemove(RemoveImage.getDefaultInstance()).build();
  }

  public static VectorRecord reject(String id, long version) {
    return record(id, version)
        .setReject(
            RejectImage.newBuilder()
                .setRejection(
                    Rejection.newBuilder()
                        .setKind(RejectionKind.BROKEN_PICTURE)
                        .setDetail("broken at " + version)))
        .build();
  }

  public static ByteString vector(Random random, int dimensions) {
    float[] values = new float[dimensions];
    for (int i = 0; i < dimensions; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return FeatureVector.normalised(values).toBytes();
  }

  /** A vector near one of a few centres, as pictures are. */
  public static ByteString clustered(Random random, float[][] centres, double spread) {
    float[] centre = centres[random.nextInt(centres.length)];
    float[] values = new float[centre.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = centre[i] + (float) (spread * random.nextGaussian());
    }
    return FeatureVector.normalised(values).toBytes();
  }

  public static float[][] centres(Random random, int count, int dimensions) {
    float[][] centres = new float[count][];
    for (int i = 0; i < count; i++) {
      centres[i] = FeatureVector.ofBytes(vector(random, dimensions)).array();
    }
    return centres;
  }

  public static Attributes attributes(Random random) {
    Attributes.Builder all = Attributes.newBuilder();
    if (random.nextInt(4) > 0) {
      Tags.Builder tags = Tags.newBuilder();
      for (String key : List.of("colour", "shop")) {
        if (random.nextBoolean()) {
          tags.putValues(key, "v" + random.nextInt(4));
        }
      }
      all.setTags(tags);
    }
    if (random.nextInt(4) > 0) {
      Numbers.Builder numbers = Numbers.newBuilder();
      if (random.nextBoolean()) {
        numbers.putValues("price", random.nextInt(20) - 5);
      }
      all.setNumbers(numbers);
    }
    if (random.nextInt(4) > 0) {
      all.setText(Text.newBuilder().setDescription("d" + random.nextInt(9)).addKeywords("k"));
    }
    return all.build();
  }

  /** One random step. */
  public static VectorRecord step(Random random, String id, long version, ByteString vector) {
    return switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> put(id, version, vector, attributes(random));
      case 4, 5, 6 -> patch(id, version, attributes(random));
      case 7, 8 -> remove(id, version);
      default -> reject(id, version);
    };
  }

  /** Steps of many images, versions rising through all of them. */
  public static List<VectorRecord> mixed(Random random, int images, int steps, int dimensions) {
    List<VectorRecord> history = new ArrayList<>();
    List<ByteString> known = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      String id = "image-" + random.nextInt(images);
      ByteString vector =
          !known.isEmpty() && random.nextInt(5) == 0
              ? known.get(random.nextInt(known.size()))
              : vector(random, dimensions);
      known.add(vector);
      history.add(step(random, id, i, vector));
    }
    return history;
  }
}
