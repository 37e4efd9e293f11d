package io.likeness.gateway;

import io.likeness.proto.image.InstanceKey;
import io.likeness.proto.vector.Version;
import io.likeness.wire.AddImage;
import io.likeness.wire.Attributes;
import io.likeness.wire.DetectorInfo;
import io.likeness.wire.Filter;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ImageList;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.ModelInfo;
import io.likeness.wire.Page;
import io.likeness.wire.Refusal;
import io.likeness.wire.Rejection;
import io.likeness.wire.RowFormat;
import io.likeness.wire.SearchRequest;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What every public API can do, whatever it looks like outside. Methods block: call them on a
 * virtual thread. Whose instances a caller may see is decided before, by the API.
 *
 * <p>{@code traceparent} is passed on to whatever is asked or published.
 */
public interface Library {

  /** Creates an instance; its name has been checked by {@link InstanceKey}. */
  InstanceOutcome createInstance(NewInstance wanted);

  Optional<InstanceRecord> instance(InstanceKey key);

  /** The live instances of a project, in order of name. */
  List<InstanceRecord> instancesOf(String projectId);

  /** Ends an instance and everything in it; false where there is none. */
  boolean deleteInstance(InstanceKey key);

  /** The models an instance can be created with. */
  List<ModelInfo> models();

  /** The detectors an instance can be created with. */
  List<DetectorInfo> detectors();

  /**
   * Publishes and, for {@code wait}, watches until the image is visible or rejected. No wait:
   * asynchronous.
   */
  WriteOutcome add(
      InstanceRecord instance, String imageId, AddImage add, Duration wait, String traceparent);

  /** Changes attributes: a group that is absent stays, one that is present replaces. */
  WriteOutcome update(
      InstanceRecord instance,
      String imageId,
      Attributes attributes,
      Duration wait,
      String traceparent);

  WriteOutcome delete(InstanceRecord instance, String imageId, Duration wait, String traceparent);

  /**
   * What is known of one image, waiting up to {@code wait} for {@code after} to be applied where it
   * is given.
   */
  ImageOutcome image(
      InstanceRecord instance,
      String imageId,
      Optional<Version> after,
      Duration wait,
      String traceparent);

  /** Images with ids greater than {@code after}, in order of id. */
  ListOutcome list(
      InstanceRecord instance, String after, int limit, Filter filter, String traceparent);

  CountOutcome count(InstanceRecord instance, Filter filter, String traceparent);

  SearchOutcome search(SearchRequest request, String traceparent);

  /**
   * An instance to be.
   *
   * @param model name of the model its vectors come from
   * @param modelLabel what the caller called it
   * @param rows how shards are to keep its vectors on disk
   * @param detector name of the detector that finds subjects; empty: the way that needs none
   */
  record NewInstance(
      InstanceKey key,
      String description,
      String model,
      String modelLabel,
      long level,
      List<String> tags,
      List<String> numberTags,
      RowFormat rows,
      String detector) {

    public NewInstance {
      tags = List.copyOf(tags);
      numberTags = List.copyOf(numberTags);
    }
  }

  /** What became of the wish to create an instance. */
  sealed interface InstanceOutcome {}

  record Created(InstanceRecord instance) implements InstanceOutcome {}

  record NameTaken(InstanceRecord holder) implements InstanceOutcome {}

  record UnknownModel(String model) implements InstanceOutcome {}

  record UnknownDetector(String detector) implements InstanceOutcome {}

  /** What became of a write. */
  sealed interface WriteOutcome {}

  /** Applied on a replica: every search from now on sees it. */
  record Visible(Version version) implements WriteOutcome {}

  /** Safe in the log, not yet seen applied when the wait was over. */
  record Accepted(Version version) implements WriteOutcome {}

  /** Safe in the log, and can never succeed. */
  record Rejected(Version version, Rejection rejection) implements WriteOutcome {}

  /** Cannot be taken now; nothing was written that the caller may rely on. */
  record Busy(Duration retryAfter) implements WriteOutcome {}

  sealed interface ImageOutcome {}

  /** What is known; {@link ImageInfo#getExists} tells whether it can be found. */
  record ImageShown(ImageInfo image) implements ImageOutcome {}

  sealed interface ListOutcome {}

  record Listed(ImageList images) implements ListOutcome {}

  sealed interface CountOutcome {}

  record Counted(long total) implements CountOutcome {}

  sealed interface SearchOutcome {}

  record PageFound(Page page) implements SearchOutcome {}

  /** An expected no of the coordinator or of the way to it. */
  record RefusedBy(Refusal refusal)
      implements ImageOutcome, ListOutcome, CountOutcome, SearchOutcome {}
}
