package io.likeness.coordinator;

import com.google.protobuf.ByteString;
import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.coordinator.fanout.ShardReply;
import io.likeness.coordinator.merge.Coverages;
import io.likeness.coordinator.merge.HitMerger;
import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.RequestRules;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.coordinator.plan.Target;
import io.likeness.features.Embedded;
import io.likeness.features.ModelManifest;
import io.likeness.features.Picture;
import io.likeness.features.Refused;
import io.likeness.features.fetch.FetchFailed;
import io.likeness.features.fetch.FetchOutcome;
import io.likeness.features.fetch.FetchRefused;
import io.likeness.features.fetch.Fetched;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.proto.vector.Slots;
import io.likeness.wire.CountImagesAnswer;
import io.likeness.wire.CountImagesRequest;
import io.likeness.wire.Coverage;
import io.likeness.wire.FloatVector;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ImageCount;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Page;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.SearchAnswer;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardImageRequest;
import io.likeness.wire.ShardQuery;
import io.likeness.wire.StageTimings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;

/**
 * The life of a query: plan by instance, make the query's vector, ask one replica of each slot,
 * merge. Straight down, on a virtual thread.
 */
final class Searcher {

  private final ShardDirectory directory;
  private final Models models;
  private final PictureSource pictures;
  private final Questions questions;
  private final FanOut fanOut;
  private final QueryTimes times;
  private final SearchMetrics metrics;

  /** Gets a picture from an address; bounds its time and bytes itself. */
  interface PictureSource {
    FetchOutcome fetch(String url);
  }

  Searcher(
      ShardDirectory directory,
      Models models,
      PictureSource pictures,
      Questions questions,
      FanOut fanOut,
      QueryTimes times,
      SearchMetrics metrics) {
    this.directory = directory;
    this.models = models;
    this.pictures = pictures;
    this.questions = questions;
    this.fanOut = fanOut;
    this.times = times;
    this.metrics = metrics;
  }

  SearchAnswer search(SearchRequest request, Trace trace) {
    SearchAnswer answer;
    try {
      answer = SearchAnswer.newBuilder().setPage(page(request, trace)).build();
    } catch (No no) {
      answer = SearchAnswer.newBuilder().setRefusal(no.refusal).build();
    }
    metrics.searched(answer);
    return answer;
  }

  CountImagesAnswer count(CountImagesRequest request, Trace trace) {
    try {
      return CountImagesAnswer.newBuilder().setCount(counted(request, trace)).build();
    } catch (No no) {
      return CountImagesAnswer.newBuilder().setRefusal(no.refusal).build();
    }
  }

  /** An expected no on the way; never leaves this class. */
  private static final class No extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    No(Refusal refusal) {
      super(refusal.getDetail(), null, false, false);
      this.refusal = refusal;
    }
  }

  private Page page(SearchRequest request, Trace trace) throws No {
    final long begun = System.nanoTime();
    Deadline deadline = times.deadline(request.getDeadlineMillis());
    StageTimings.Builder timings = StageTimings.newBuilder();
    InstanceRecord instance = instance(request.getInstanceUid());
    refuseWhere(RequestRules.fault(request, instance));
    Optional<FeatureVector> vector = queryVector(request, instance, timings, deadline, trace);
    Optional<ModelManifest> scale =
        vector.isPresent() ? Optional.of(model(instance)) : Optional.empty();

    int reach = request.getOffset() + request.getLimit();
    ShardQuery.Builder query =
        ShardQuery.newBuilder()
            .setVector(vector.map(FeatureVector::toBytes).orElse(ByteString.EMPTY))
            .setFilter(request.getFilter())
            .setLimit(reach)
            .setWithAttributes(request.getWithAttributes())
            .addAllAtLeast(request.getAtLeastList())
            .setCountOnly(reach == 0);
    if (request.hasMinScore() && scale.isPresent()) {
      query.setMinCosine(lowestCosine(scale.get(), request.getMinScore()));
    }
    final long asking = System.nanoTime();
    List<ShardReply<ShardAnswer>> replies =
        fanOut.askAll(
            instance, directory.targets(instance), questions.query(query.build(), trace), deadline);
    final long merging = System.nanoTime();
    Coverage coverage = Coverages.of(replies);
    refuseWhereTooFew(coverage, request.getStrict());
    List<Hit> hits = hits(request, replies, scale);
    long merged = System.nanoTime();
    timings
        .setShardsMicros(micros(asking, merging))
        .setMergeMicros(micros(merging, merged))
        .setTotalMicros(micros(begun, merged));
    return Page.newBuilder()
        .addAllHits(hits)
        .setTotal(total(replies))
        .setCoverage(coverage)
        .setTimings(timings)
        .build();
  }

  private ImageCount counted(CountImagesRequest request, Trace trace) throws No {
    Deadline deadline = times.deadline(0);
    InstanceRecord instance = instance(request.getInstanceUid());
    refuseWhere(RequestRules.fault(request.getFilter()));
    ShardQuery query =
        ShardQuery.newBuilder().setFilter(request.getFilter()).setCountOnly(true).build();
    List<ShardReply<ShardAnswer>> replies =
        fanOut.askAll(
            instance, directory.targets(instance), questions.query(query, trace), deadline);
    Coverage coverage = Coverages.of(replies);
    refuseWhereTooFew(coverage, false);
    return ImageCount.newBuilder().setTotal(total(replies)).setCoverage(coverage).build();
  }

  private InstanceRecord instance(String uid) throws No {
    Optional<InstanceRecord> instance = directory.instance(uid);
    if (instance.isEmpty()) {
      throw new No(Refusals.noInstance(uid));
    }
    return instance.get();
  }

  private ModelManifest model(InstanceRecord instance) throws No {
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

  private static void refuseWhere(Optional<String> fault) throws No {
    if (fault.isPresent()) {
      throw new No(Refusals.of(RefusalKind.BAD_REQUEST, fault.get()));
    }
  }

  /** A part is an answer unless all was demanded; nothing is none. */
  private static void refuseWhereTooFew(Coverage coverage, boolean strict) throws No {
    int wanted = strict ? coverage.getShardsAsked() : 1;
    if (coverage.getShardsAnswered() < wanted) {
      throw new No(
          Refusals.missing(
              strict ? "all shards were demanded" : "nobody could answer",
              coverage.getShardsAnswered(),
              coverage.getShardsAsked(),
              coverage.getReasonsList()));
    }
  }

  private Optional<FeatureVector> queryVector(
      SearchRequest request,
      InstanceRecord instance,
      StageTimings.Builder timings,
      Deadline deadline,
      Trace trace)
      throws No {
    return switch (request.getQueryCase()) {
      case CONTENT -> Optional.of(embedded(request.getContent(), request, instance, timings));
      case URL -> Optional.of(embedded(fetched(request.getUrl()), request, instance, timings));
      case IMAGE_ID -> Optional.of(stored(request, instance, deadline, trace));
      case VECTOR -> Optional.of(given(request.getVector()));
      case QUERY_NOT_SET -> Optional.empty();
    };
  }

  private ByteString fetched(String url) throws No {
    return switch (pictures.fetch(url)) {
      case Fetched fetched -> fetched.content();
      case FetchRefused refused -> throw new No(Refusals.badPicture(refused.rejection()));
      case FetchFailed failed -> throw new No(Refusals.badPicture(failed.rejection()));
    };
  }

  private FeatureVector embedded(
      ByteString content,
      SearchRequest request,
      InstanceRecord instance,
      StageTimings.Builder timings)
      throws No {
    Picture picture =
        new Picture(
            model(instance).name(),
            content,
            request.hasCrop() ? Optional.of(request.getCrop()) : Optional.empty(),
            request.getRule());
    try {
      return switch (models.embed(picture)) {
        case Embedded embedded -> {
          timings
              .setDecodeMicros(embedded.decodeMicros())
              .setEmbedMicros(embedded.embedMicros())
              .setEmbeddingCached(embedded.cached());
          yield embedded.vector();
        }
        case Refused refused -> throw new No(Refusals.badPicture(refused.rejection()));
      };
    } catch (RejectedExecutionException e) {
      throw new No(Refusals.of(RefusalKind.BUSY, String.valueOf(e.getMessage())));
    }
  }

  /** The vector of an image of the instance, from the slot that holds it. */
  private FeatureVector stored(
      SearchRequest request, InstanceRecord instance, Deadline deadline, Trace trace) throws No {
    String imageId = request.getImageId();
    Target holder = directory.target(instance, Slots.slotOf(instance.getSlotsList(), imageId));
    ShardImageRequest asked =
        ShardImageRequest.newBuilder().setImageId(imageId).setWithVector(true).build();
    ShardReply<ImageAnswer> reply =
        fanOut.askAll(instance, List.of(holder), questions.show(asked, trace), deadline).getFirst();
    if (!(reply instanceof ShardReply.Answered<ImageAnswer> answered)) {
      throw new No(Refusals.from(reply));
    }
    if (!answered.answer().getImage().getExists()) {
      throw new No(
          Refusals.of(RefusalKind.NO_SUCH_IMAGE, "the instance has no image \"" + imageId + "\""));
    }
    return FeatureVector.ofBytes(answered.answer().getImage().getVector());
  }

  private static FeatureVector given(FloatVector vector) {
    float[] values = new float[vector.getValuesCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = vector.getValues(i);
    }
    return FeatureVector.normalised(values);
  }

  private static List<Hit> hits(
      SearchRequest request, List<ShardReply<ShardAnswer>> replies, Optional<ModelManifest> scale) {
    List<List<Hit>> shards = new ArrayList<>();
    for (ShardReply<ShardAnswer> reply : replies) {
      if (reply instanceof ShardReply.Answered<ShardAnswer> answered) {
        shards.add(answered.answer().getHits().getHitsList());
      }
    }
    Comparator<Hit> order = scale.isPresent() ? HitMerger.BY_SCORE : HitMerger.BY_ID;
    List<Hit> page = HitMerger.merge(shards, order, request.getOffset(), request.getLimit());
    List<Hit> scored = new ArrayList<>();
    for (Hit hit : page) {
      double likeness = scale.isPresent() ? scale.get().likeness(hit.getScore()) : 1;
      if (!request.hasMinScore() || likeness >= request.getMinScore()) {
        scored.add(hit.toBuilder().setScore(likeness).build());
      }
    }
    return scored;
  }

  /** A little low, since the shard compares floats; {@link #hits} cuts sharply. */
  private static float lowestCosine(ModelManifest scale, double minScore) {
    return Math.nextDown((float) scale.cosineOf(minScore));
  }

  private static long total(List<ShardReply<ShardAnswer>> replies) {
    long total = 0;
    for (ShardReply<ShardAnswer> reply : replies) {
      if (reply instanceof ShardReply.Answered<ShardAnswer> answered) {
        total += answered.answer().getHits().getTotal();
      }
    }
    return total;
  }

  private static long micros(long from, long to) {
    return (to - from) / 1_000;
  }
}
