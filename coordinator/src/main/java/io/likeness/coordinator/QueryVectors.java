package io.likeness.coordinator;

import com.google.protobuf.ByteString;
import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.coordinator.fanout.Replica;
import io.likeness.coordinator.fanout.ShardReply;
import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.features.Embedded;
import io.likeness.features.ModelManifest;
import io.likeness.features.Picture;
import io.likeness.features.Refused;
import io.likeness.features.Subject;
import io.likeness.features.fetch.FetchFailed;
import io.likeness.features.fetch.FetchOutcome;
import io.likeness.features.fetch.FetchRefused;
import io.likeness.features.fetch.Fetched;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.proto.vector.InstanceModel;
import io.likeness.proto.vector.Slots;
import io.likeness.wire.Filter;
import io.likeness.wire.FloatVector;
import io.likeness.wire.IdPrefix;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardImageRequest;
import io.likeness.wire.ShardQuery;
import io.likeness.wire.StageTimings;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.RejectedExecutionException;

/** What a search asks with, as a vector: embedded, fetched and embedded, looked up, or given. */
final class QueryVectors {

  /** Gets a picture from an address; bounds its time and bytes itself. */
  interface PictureSource {
    FetchOutcome fetch(String url);
  }

  private final ShardDirectory directory;
  private final Models models;
  private final PictureSource pictures;
  private final Questions questions;
  private final FanOut fanOut;

  QueryVectors(
      ShardDirectory directory,
      Models models,
      PictureSource pictures,
      Questions questions,
      FanOut fanOut) {
    this.directory = directory;
    this.models = models;
    this.pictures = pictures;
    this.questions = questions;
    this.fanOut = fanOut;
  }

  ModelManifest model(InstanceRecord instance) throws No {
    Optional<ModelManifest> model = models.model(instance.getModel());
    if (model.isEmpty()) {
      throw new No(
          Refusals.of(
              RefusalKind.UNAVAILABLE,
              "the coordinator does not have the instance's model \""
                  + instance.getModel()
                  + "\""));
    }
    return model.get();
  }

  /** The instance's model, where it is of the version that made the instance's vectors. */
  private ModelManifest fitting(InstanceRecord instance) throws No {
    ModelManifest model = model(instance);
    Optional<String> mismatch = InstanceModel.mismatch(instance, model.version());
    if (mismatch.isPresent()) {
      throw new No(Refusals.of(RefusalKind.BAD_REQUEST, mismatch.get()));
    }
    return model;
  }

  /** Name of what finds the instance's subjects; empty: the way that needs no detector. */
  private String detector(InstanceRecord instance) throws No {
    String name = instance.getDetector();
    if (!name.isEmpty()
        && models.detectors().stream().noneMatch(each -> each.name().equals(name))) {
      throw new No(
          Refusals.of(
              RefusalKind.UNAVAILABLE,
              "the coordinator does not have the instance's detector \"" + name + "\""));
    }
    return name;
  }

  /** A vector, and what is known of the picture it stands for. */
  record Asked(FeatureVector vector, Relations relations, List<Subject> subjects) {

    Asked(FeatureVector vector, Relations relations) {
      this(vector, relations, List.of());
    }
  }

  /** With the picture itself in place of its address. */
  SearchRequest fetched(SearchRequest request) throws No {
    return request.hasUrl()
        ? request.toBuilder().setContent(fetched(request.getUrl())).build()
        : request;
  }

  /** Empty where the filter alone decides, or words do. */
  Optional<Asked> of(
      SearchRequest request,
      InstanceRecord instance,
      StageTimings.Builder timings,
      Deadline deadline,
      Trace trace)
      throws No {
    return switch (request.getQueryCase()) {
      case CONTENT -> Optional.of(embedded(request.getContent(), request, instance, timings));
      case URL -> throw new IllegalStateException("the picture has not been fetched");
      case IMAGE_ID -> Optional.of(stored(request, instance, deadline, trace));
      case VECTOR -> Optional.of(new Asked(given(request.getVector()), Relations.UNKNOWN));
      case WORDS, QUERY_NOT_SET -> Optional.empty();
    };
  }

  private ByteString fetched(String url) throws No {
    return switch (pictures.fetch(url)) {
      case Fetched fetched -> fetched.content();
      case FetchRefused refused -> throw new No(Refusals.badPicture(refused.rejection()));
      case FetchFailed failed -> throw new No(Refusals.badPicture(failed.rejection()));
    };
  }

  private Asked embedded(
      ByteString content,
      SearchRequest request,
      InstanceRecord instance,
      StageTimings.Builder timings)
      throws No {
    Picture picture =
        new Picture(
            fitting(instance).name(),
            content,
            request.hasCrop() ? Optional.of(request.getCrop()) : Optional.empty(),
            request.getRule(),
            request.getFindSubject(),
            request.getFindSubject() && !request.hasCrop() ? detector(instance) : "");
    try {
      return switch (models.embed(picture)) {
        case Embedded embedded -> {
          timings
              .setDecodeMicros(embedded.decodeMicros())
              .setEmbedMicros(embedded.embedMicros())
              .setEmbeddingCached(embedded.cached());
          yield new Asked(
              embedded.vector(),
              new Relations(embedded.contentSha256(), OptionalLong.of(embedded.fingerprint())),
              embedded.subjects());
        }
        case Refused refused -> throw new No(Refusals.badPicture(refused.rejection()));
      };
    } catch (RejectedExecutionException e) {
      throw new No(Refusals.of(RefusalKind.BUSY, String.valueOf(e.getMessage())));
    }
  }

  /** The vector of an image of the instance, from the slot that holds it. */
  private Asked stored(
      SearchRequest request, InstanceRecord instance, Deadline deadline, Trace trace) throws No {
    String imageId = request.getImageId();
    int slot = Slots.slotOf(instance.getSlotsList(), imageId);
    ShardImageRequest asked =
        ShardImageRequest.newBuilder().setImageId(imageId).setWithVector(true).build();
    Replica replica = freshEnough(request, instance, slot, deadline, trace);
    ShardReply<ImageAnswer> reply =
        fanOut
            .askAll(instance, List.of(slot), any -> replica, questions.show(asked, trace), deadline)
            .getFirst();
    if (!(reply instanceof ShardReply.Answered<ImageAnswer> answered)) {
      throw new No(Refusals.from(reply));
    }
    if (!answered.answer().getImage().getExists()) {
      throw new No(
          Refusals.of(RefusalKind.NO_SUCH_IMAGE, "the instance has no image \"" + imageId + "\""));
    }
    ImageInfo image = answered.answer().getImage();
    return new Asked(
        FeatureVector.ofBytes(image.getVector()),
        new Relations(
            image.getContentSha256(),
            image.hasFingerprint()
                ? OptionalLong.of(image.getFingerprint())
                : OptionalLong.empty()));
  }

  /** One that shows what the request demands; only queries wait for that. */
  private Replica freshEnough(
      SearchRequest request, InstanceRecord instance, int slot, Deadline deadline, Trace trace)
      throws No {
    if (request.getAtLeastCount() == 0 && !request.hasMaxLagMillis()) {
      return Replica.BEST;
    }
    ShardQuery.Builder nothing =
        ShardQuery.newBuilder()
            .setCountOnly(true)
            .setFilter(
                Filter.newBuilder()
                    .setIdPrefix(IdPrefix.newBuilder().setPrefix(request.getImageId())))
            .addAllAtLeast(request.getAtLeastList());
    if (request.hasMaxLagMillis()) {
      nothing.setMaxLagMillis(request.getMaxLagMillis());
    }
    ShardReply<ShardAnswer> reply =
        fanOut
            .askAll(instance, List.of(slot), questions.query(nothing.build(), trace), deadline)
            .getFirst();
    if (!(reply instanceof ShardReply.Answered<ShardAnswer>)) {
      throw new No(Refusals.from(reply));
    }
    return Replica.preferred(reply.target().node());
  }

  private static FeatureVector given(FloatVector vector) {
    float[] values = new float[vector.getValuesCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = vector.getValues(i);
    }
    return FeatureVector.normalised(values);
  }
}
