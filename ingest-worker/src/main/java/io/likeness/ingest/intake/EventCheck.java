package io.likeness.ingest.intake;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.node.kafka.Headers;
import io.likeness.proto.image.ImageIds;
import io.likeness.proto.image.InstanceKey;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.EventFormat;
import io.likeness.wire.AddImage;
import io.likeness.wire.FloatVector;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.apache.kafka.common.utils.Utils;

/**
 * Reads a record of {@code ops} and says whether it can be worked. Anybody may write to the topic,
 * so everything the rest of the system relies on is checked here: above all that the record lies in
 * the partition of its key, since versions of one image are compared by offset alone.
 *
 * <p>The caller refreshes {@link Instances} after polling and before checking. A producer names an
 * instance only after its creation was acknowledged, so an instance that is unknown then never
 * existed when the event was written, and a name is never taken for an earlier life of itself.
 */
public final class EventCheck {

  /** Longest reason that is kept: it may quote what a stranger wrote. */
  static final int DETAIL_LENGTH_MAX = 500;

  private final int epoch;
  private final int partitions;
  private final Instances instances;

  public EventCheck(int epoch, int partitions, Instances instances) {
    this.epoch = epoch;
    this.partitions = partitions;
    this.instances = instances;
  }

  public Checked check(OpsRecord record) {
    Finding finding = new Finding(record);
    try {
      return finding.check();
    } catch (Fault fault) {
      return finding.unfit(fault.rejection);
    }
  }

  /** A rejection whose reason is cut to a bounded length. */
  public static Rejection rejection(RejectionKind kind, String detail) {
    String kept =
        detail.length() <= DETAIL_LENGTH_MAX
            ? detail
            : detail.substring(0, DETAIL_LENGTH_MAX) + "...";
    return Rejection.newBuilder().setKind(kind).setDetail(kept).build();
  }

  /** Ends the checking of one record; never leaves this class. */
  private static final class Fault extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Rejection rejection;

    Fault(RejectionKind kind, String detail) {
      super(detail, null, false, false);
      this.rejection = EventCheck.rejection(kind, detail);
    }
  }

  /** One record, and what has been found out about it so far. */
  private final class Finding {

    private final OpsRecord record;
    private Version version;
    private EventKind kind = EventKind.UNKNOWN;
    private String instanceName = "";
    private String imageId = "";
    private Optional<InstanceRecord> instance = Optional.empty();

    Finding(OpsRecord record) {
      this.record = record;
      this.version = record.place();
    }

    Checked check() throws Fault {
      if (!record.origin().isEmpty()) {
        version = originalVersion();
      }
      ImageEvent event = read();
      kind = EventKind.of(event);
      instanceName = event.getInstance();
      imageId = event.getImageId();
      InstanceKey key = checkAddress(event);
      Optional<InstanceRecord> live = instances.live(key);
      if (live.isEmpty()) {
        if (instances.hasEnded(key)) {
          return new Checked.Outlived(record, version, kind);
        }
        throw new Fault(RejectionKind.UNKNOWN_INSTANCE, "there is no instance " + key);
      }
      if (isBeforeBirth(live.get())) {
        return new Checked.Outlived(record, version, kind);
      }
      instance = live;
      switch (event.getChangeCase()) {
        case ADD -> checkAdd(event.getAdd(), live.get());
        case UPDATE -> checkAttributes(event.getUpdate().getAttributes(), live.get());
        case DELETE, DELETE_INSTANCE, CHANGE_NOT_SET -> {}
      }
      return new Checked.Fit(record, version, live.get(), event);
    }

    Checked.Unfit unfit(Rejection rejection) {
      return new Checked.Unfit(record, version, kind, rejection, instance, instanceName, imageId);
    }

    /** A re-driven event keeps its version, so that it cannot undo what has come after it. */
    private Version originalVersion() throws Fault {
      Version origin;
      try {
        origin = Version.parse(record.origin());
      } catch (IllegalArgumentException e) {
        throw new Fault(
            RejectionKind.BAD_EVENT, "header " + Headers.ORIGIN + ": " + e.getMessage());
      }
      Version place = record.place();
      if (origin.epoch() != place.epoch()
          || origin.partition() != place.partition()
          || origin.offset() < 0
          || origin.offset() >= place.offset()) {
        throw new Fault(
            RejectionKind.BAD_EVENT,
            "header "
                + Headers.ORIGIN
                + " says "
                + origin
                + ", which is not an earlier place in the partition of "
                + place);
      }
      return origin;
    }

    private ImageEvent read() throws Fault {
      try {
        return EventFormat.read(record.value(), record.contentType());
      } catch (InvalidProtocolBufferException e) {
        throw new Fault(
            RejectionKind.BAD_EVENT,
            "the value's "
                + record.value().length
                + " bytes cannot be read as an ImageEvent: "
                + e.getMessage());
      }
    }

    private InstanceKey checkAddress(ImageEvent event) throws Fault {
      if (kind == EventKind.UNKNOWN) {
        throw new Fault(
            RejectionKind.BAD_EVENT, "the event is no add, update, delete or delete_instance");
      }
      InstanceKey key;
      try {
        key = InstanceKey.parse(event.getInstance());
      } catch (IllegalArgumentException e) {
        throw new Fault(RejectionKind.BAD_EVENT, String.valueOf(e.getMessage()));
      }
      if (kind == EventKind.DELETE_INSTANCE) {
        if (!imageId.isEmpty()) {
          throw new Fault(
              RejectionKind.BAD_EVENT, "delete_instance names the image \"" + imageId + "\"");
        }
      } else {
        Optional<String> fault = ImageIds.fault(imageId);
        if (fault.isPresent()) {
          throw new Fault(RejectionKind.BAD_EVENT, fault.get());
        }
      }
      String expected = key.recordKey(imageId);
      if (!Arrays.equals(expected.getBytes(StandardCharsets.UTF_8), record.key())) {
        throw new Fault(
            RejectionKind.BAD_EVENT,
            "the record's key is \""
                + new String(record.key(), StandardCharsets.UTF_8)
                + "\", its event says \""
                + expected
                + "\"");
      }
      int home = Utils.toPositive(Utils.murmur2(record.key())) % partitions;
      if (home != record.place().partition()) {
        throw new Fault(
            RejectionKind.BAD_EVENT,
            "the record lies in partition "
                + record.place().partition()
                + ", its key belongs to "
                + home
                + " of "
                + partitions
                + " by Kafka's standard partitioner (murmur2)");
      }
      return key;
    }

    private boolean isBeforeBirth(InstanceRecord live) {
      // An image's event that is driven again is meant for the life in which it is: else one that
      // came before its instance could never be mended. The end of an instance is meant for the
      // life that was, however often it is driven.
      Version meant = kind == EventKind.DELETE_INSTANCE ? version : record.place();
      if (live.getBornEpoch() != epoch) {
        return meant.epoch() < live.getBornEpoch();
      }
      int partition = meant.partition();
      return partition < live.getBornAtCount() && meant.offset() < live.getBornAt(partition);
    }

    private void checkAdd(AddImage add, InstanceRecord live) throws Fault {
      checkAttributes(add.getAttributes(), live);
      switch (add.getPictureCase()) {
        case CONTENT -> {
          if (add.getContent().isEmpty()) {
            throw new Fault(RejectionKind.UNSUPPORTED_FORMAT, "the picture has no bytes");
          }
        }
        case URL -> {
          if (add.getUrl().isBlank()) {
            throw new Fault(RejectionKind.FETCH_REFUSED, "the picture's url is empty");
          }
        }
        case VECTOR -> checkVector(add.getVector(), live.getDimensions());
        case PICTURE_NOT_SET ->
            throw new Fault(
                RejectionKind.BAD_EVENT, "the add brings no content, no url and no vector");
      }
    }

    private void checkVector(FloatVector vector, int dimensions) throws Fault {
      if (vector.getValuesCount() != dimensions) {
        throw new Fault(
            RejectionKind.BAD_VECTOR,
            "the vector has "
                + vector.getValuesCount()
                + " values, the instance's model makes "
                + dimensions);
      }
      double squares = 0;
      for (int i = 0; i < dimensions; i++) {
        float value = vector.getValues(i);
        if (!Float.isFinite(value)) {
          throw new Fault(
              RejectionKind.BAD_VECTOR,
              "value " + i + " of the vector is " + value + ", no number");
        }
        squares += (double) value * value;
      }
      if (!(squares > 1e-24)) {
        throw new Fault(RejectionKind.BAD_VECTOR, "the vector has length 0 and so no direction");
      }
    }

    private void checkAttributes(io.likeness.wire.Attributes attributes, InstanceRecord live)
        throws Fault {
      Optional<String> fault = AttributeRules.fault(attributes, live);
      if (fault.isPresent()) {
        throw new Fault(RejectionKind.BAD_ATTRIBUTES, fault.get());
      }
    }
  }
}
