package io.likeness.coordinator;

import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.coordinator.fanout.ShardReply;
import io.likeness.coordinator.merge.ListMerger;
import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.RequestRules;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.node.process.Trace;
import io.likeness.proto.image.ImageIds;
import io.likeness.proto.vector.Slots;
import io.likeness.wire.GetImageRequest;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ImageList;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.ListImagesRequest;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ShardImageRequest;
import io.likeness.wire.ShardListRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Answers about images that need no likeness: one by its id, many in order of id. */
final class ImageDesk {

  /** What a replica that waits to the end needs for its answer. */
  private static final Duration WAIT_SLACK = Duration.ofMillis(200);

  private final ShardDirectory directory;
  private final Questions questions;
  private final FanOut fanOut;
  private final QueryTimes times;

  ImageDesk(ShardDirectory directory, Questions questions, FanOut fanOut, QueryTimes times) {
    this.directory = directory;
    this.questions = questions;
    this.fanOut = fanOut;
    this.times = times;
  }

  ImageAnswer show(GetImageRequest request, Trace trace) {
    Optional<InstanceRecord> instance = directory.instance(request.getInstanceUid());
    if (instance.isEmpty()) {
      return refusedImage(Refusals.noInstance(request.getInstanceUid()));
    }
    Optional<String> fault = ImageIds.fault(request.getImageId());
    if (fault.isPresent()) {
      return refusedImage(Refusals.of(RefusalKind.BAD_REQUEST, fault.get()));
    }
    int slot = Slots.slotOf(instance.get().getSlotsList(), request.getImageId());
    Duration wait = times.wait(request.getWaitMillis());
    ShardImageRequest.Builder asked =
        ShardImageRequest.newBuilder()
            .setImageId(request.getImageId())
            .setWaitMillis(Math.toIntExact(wait.toMillis()))
            .setWithVector(request.getWithVector());
    if (request.hasVersion()) {
      asked.setVersion(request.getVersion());
    }
    FanOut.Question<ImageAnswer> question = questions.show(asked.build(), trace);
    Deadline deadline = times.deadlineAfter(wait);
    if (request.hasVersion()) {
      Optional<ImageAnswer> seen = ofAll(instance.get(), slot, question, wait, deadline);
      if (seen.isPresent()) {
        return seen.get();
      }
    }
    ShardReply<ImageAnswer> reply =
        fanOut.askAll(instance.get(), List.of(slot), question, deadline).getFirst();
    return reply instanceof ShardReply.Answered<ImageAnswer> answered
        ? answered.answer()
        : refusedImage(Refusals.from(reply));
  }

  /**
   * Waits for every replica, since the caller's next search may go to any of them; when the time is
   * over, one that has seen the version is enough. Empty where none has answered.
   */
  private Optional<ImageAnswer> ofAll(
      InstanceRecord instance,
      int slot,
      FanOut.Question<ImageAnswer> question,
      Duration wait,
      Deadline deadline) {
    Optional<ImageAnswer> best = Optional.empty();
    for (ShardReply<ImageAnswer> reply :
        fanOut.askEveryReplica(instance, slot, question, wait.plus(WAIT_SLACK), deadline)) {
      if (reply instanceof ShardReply.Answered<ImageAnswer> answered
          && (best.isEmpty() || answered.answer().getImage().getApplied())) {
        best = Optional.of(answered.answer());
      }
    }
    return best;
  }

  /** A list with holes would pass for a whole one, so a shard that is missing refuses it. */
  ListImagesAnswer list(ListImagesRequest request, Trace trace) {
    Optional<InstanceRecord> instance = directory.instance(request.getInstanceUid());
    if (instance.isEmpty()) {
      return refusedList(Refusals.noInstance(request.getInstanceUid()));
    }
    int limit = request.getLimit();
    if (limit < 1 || limit > RequestRules.LIMIT_MAX) {
      return refusedList(
          Refusals.of(
              RefusalKind.BAD_REQUEST,
              "limit is " + limit + ", not 1 to " + RequestRules.LIMIT_MAX));
    }
    Optional<String> fault = RequestRules.fault(request.getFilter());
    if (fault.isPresent()) {
      return refusedList(Refusals.of(RefusalKind.BAD_REQUEST, fault.get()));
    }
    ShardListRequest asked =
        ShardListRequest.newBuilder()
            .setAfter(request.getAfter())
            .setLimit(limit)
            .setFilter(request.getFilter())
            .build();
    List<ShardReply<ListImagesAnswer>> replies =
        fanOut.askAll(
            instance.get(),
            ShardDirectory.slots(instance.get()),
            questions.page(asked, trace),
            times.deadline(0));
    List<ImageList> pages = new ArrayList<>();
    List<String> reasons = new ArrayList<>();
    for (ShardReply<ListImagesAnswer> reply : replies) {
      if (reply instanceof ShardReply.Answered<ListImagesAnswer> answered) {
        pages.add(answered.answer().getImages());
      } else {
        reasons.add(reply.reason());
      }
    }
    if (!reasons.isEmpty()) {
      return refusedList(
          Refusals.missing("the list would have holes", pages.size(), replies.size(), reasons));
    }
    return ListImagesAnswer.newBuilder().setImages(ListMerger.merge(pages, limit)).build();
  }

  private static ImageAnswer refusedImage(Refusal refusal) {
    return ImageAnswer.newBuilder().setRefusal(refusal).build();
  }

  private static ListImagesAnswer refusedList(Refusal refusal) {
    return ListImagesAnswer.newBuilder().setRefusal(refusal).build();
  }
}
