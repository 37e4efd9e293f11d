package io.likeness.coordinator;

import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.coordinator.fanout.ShardReply;
import io.likeness.coordinator.merge.ListMerger;
import io.likeness.coordinator.plan.RequestRules;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.coordinator.plan.Target;
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
    Target holder = directory.target(instance.get(), slot);
    Duration wait = times.wait(request.getWaitMillis());
    ShardImageRequest.Builder asked =
        ShardImageRequest.newBuilder()
            .setImageId(request.getImageId())
            .setWaitMillis(Math.toIntExact(wait.toMillis()))
            .setWithVector(request.getWithVector());
    if (request.hasVersion()) {
      asked.setVersion(request.getVersion());
    }
    ShardReply<ImageAnswer> reply =
        fanOut
            .askAll(
                instance.get(),
                List.of(holder),
                questions.show(asked.build(), trace),
                times.deadlineAfter(wait))
            .getFirst();
    return reply instanceof ShardReply.Answered<ImageAnswer> answered
        ? answered.answer()
        : refusedImage(Refusals.from(reply));
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
            directory.targets(instance.get()),
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
