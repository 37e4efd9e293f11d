package io.likeness.ingest;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.ingest.intake.OpsRecord;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.EventFormat;
import io.likeness.wire.AddImage;
import io.likeness.wire.Attributes;
import io.likeness.wire.DeleteImage;
import io.likeness.wire.DeleteInstance;
import io.likeness.wire.FloatVector;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.Tags;
import io.likeness.wire.UpdateImage;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.utils.Utils;

/** Events and records of them, right unless a test makes them wrong. */
public final class Events {

  public static final int PARTITIONS = 4;
  public static final String INSTANCE = "p1/pets";

  private Events() {}

  public static ImageEvent add(String id, Float... vector) {
    return event(id)
        .setAdd(
            AddImage.newBuilder().setVector(FloatVector.newBuilder().addAllValues(List.of(vector))))
        .build();
  }

  public static ImageEvent addUrl(String id, String url) {
    return event(id).setAdd(AddImage.newBuilder().setUrl(url)).build();
  }

  public static ImageEvent addContent(String id, byte[] content) {
    return event(id)
        .setAdd(AddImage.newBuilder().setContent(com.google.protobuf.ByteString.copyFrom(content)))
        .build();
  }

  public static ImageEvent update(String id, String tag, String value) {
    return event(id).setUpdate(UpdateImage.newBuilder().setAttributes(tagged(tag, value))).build();
  }

  public static ImageEvent delete(String id) {
    return event(id).setDelete(DeleteImage.getDefaultInstance()).build();
  }

  public static ImageEvent deleteInstance() {
    return ImageEvent.newBuilder()
        .setInstance(INSTANCE)
        .setDeleteInstance(DeleteInstance.getDefaultInstance())
        .build();
  }

  public static Attributes tagged(String tag, String value) {
    return Attributes.newBuilder().setTags(Tags.newBuilder().putValues(tag, value)).build();
  }

  public static ImageEvent.Builder event(String id) {
    return ImageEvent.newBuilder().setInstance(INSTANCE).setImageId(id);
  }

  public static String key(ImageEvent event) {
    return event.getInstance() + "/" + event.getImageId();
  }

  public static int partition(String key) {
    return Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % PARTITIONS;
  }

  /** The record a proper producer would have written. */
  public static OpsRecord record(ImageEvent event, long offset) {
    return record(key(event), event.toByteArray(), "", offset, "");
  }

  public static OpsRecord json(ImageEvent event, long offset) {
    try {
      byte[] value = EventFormat.toJson(event).getBytes(StandardCharsets.UTF_8);
      return record(key(event), value, EventFormat.JSON, offset, "");
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  public static OpsRecord record(
      String key, byte[] value, String contentType, long offset, String origin) {
    return new OpsRecord(
        new Version(1, partition(key), offset),
        key.getBytes(StandardCharsets.UTF_8),
        value,
        contentType,
        origin,
        Trace.fresh(),
        1_000 + offset);
  }
}
