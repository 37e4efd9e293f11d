package io.likeness.shard.query;

import com.google.protobuf.ByteString;
import io.likeness.node.process.BoundedPool;
import io.likeness.proto.vector.Version;
import io.likeness.shard.copy.CopyDesk;
import io.likeness.shard.index.Damage;
import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.index.Filters;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.View;
import io.likeness.shard.index.WordSearch;
import io.likeness.shard.intake.HeldSlot;
import io.likeness.shard.intake.HeldSlots;
import io.likeness.shard.intake.ImageWaits;
import io.likeness.shard.intake.LogEnds;
import io.likeness.shard.intake.ShardAbsentException;
import io.likeness.shard.intake.ShardMeters;
import io.likeness.wire.DescribeGraphsAnswer;
import io.likeness.wire.DescribeGraphsRequest;
import io.likeness.wire.DescribeSlotsAnswer;
import io.likeness.wire.DescribeSlotsRequest;
import io.likeness.wire.EndCopyAnswer;
import io.likeness.wire.EndCopyRequest;
import io.likeness.wire.EventVersion;
import io.likeness.wire.Filter;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ImageList;
import io.likeness.wire.InventoryAnswer;
import io.likeness.wire.InventoryRequest;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.OpenCopyAnswer;
import io.likeness.wire.OpenCopyRequest;
import io.likeness.wire.ReadCopyAnswer;
import io.likeness.wire.ReadCopyRequest;
import io.likeness.wire.ReadGraphAnswer;
import io.likeness.wire.ReadGraphRequest;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ShardAddress;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardGroup;
import io.likeness.wire.ShardGroups;
import io.likeness.wire.ShardGroupsAnswer;
import io.likeness.wire.ShardGroupsRequest;
import io.likeness.wire.ShardHits;
import io.likeness.wire.ShardImageRequest;
import io.likeness.wire.ShardImagesRequest;
import io.likeness.wire.ShardLeaseEnd;
import io.likeness.wire.ShardLeaseEnded;
import io.likeness.wire.ShardListRequest;
import io.likeness.wire.ShardNodeGrpcService;
import io.likeness.wire.ShardQuery;
import io.vertx.core.Future;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.server.GrpcServer;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Answers for the shards of this node. Each request runs straight down on a virtual thread, waits
 * there, and does its heavy part on the pool, as far as {@link Admission} lets it in.
 *
 * <p><b>at_least.</b> A write token names an event of {@code ops}, and a shard cannot tell which
 * tokens are of its slot. So a query with tokens waits until the shard shows everything that was in
 * the slot's log when the query came. That the ingest workers have written the event there by then
 * is the coordinator's care.
 *
 * <p><b>max_lag.</b> The shard shows everything that stood in the log at some moment that is not
 * longer ago. Ends of logs are remembered, so a slot that keeps up asks Kafka once in that time.
 */
final class ShardService extends ShardNodeGrpcService {

  /** Hits or images in one answer at most; one more tells whether there are more. */
  static final int LIMIT_MAX = 10_001;

  /**
   * Hits of one shard a cursor takes at most: twice what it gives, since groups that another shard
   * gave are passed over.
   */
  static final int DEPTH_MAX = 200_000;

  private static final int GROUPS_MAX = 2_000;
  private static final int GROUP_SIZE_MAX = 10;

  private final String node;
  private final HeldSlots slots;
  private final Admission admission;
  private final BoundedPool pool;
  private final LogEnds ends;
  private final ShardMeters meters;
  private final FilterCache filters;
  private final Leases leases;
  private final Searches searches;
  private final CopyDesk copies;
  private final RequestThreads threads;

  ShardService(
      String node,
      HeldSlots slots,
      Admission admission,
      BoundedPool pool,
      LogEnds ends,
      ShardMeters meters,
      FilterCache filters,
      Leases leases,
      RecallMeter recall,
      CopyDesk copies,
      RequestThreads threads) {
    this.node = node;
    this.slots = slots;
    this.admission = admission;
    this.pool = pool;
    this.ends = ends;
    this.meters = meters;
    this.filters = filters;
    this.leases = leases;
    this.searches = new Searches(slots, filters, leases, recall);
    this.copies = copies;
    this.threads = threads;
  }

  @Override
  public void bind(GrpcServer server) {
    List<ServiceMethod<?, ?>> plain =
        all().stream().filter(each -> each != QueryShard && each != DescribeGroups).toList();
    builder(this).bind(plain).build().bind(server);
    Calls.bind(server, QueryShard, ShardQuery::getDeadlineMillis, this::answer);
    Calls.bind(server, DescribeGroups, ShardGroupsRequest::getDeadlineMillis, this::answer);
  }

  // ---- What is found, or why nothing is looked for ----

  private sealed interface Addressed {
    record Slot(HeldSlot slot) implements Addressed {}

    record No(Refusal refusal) implements Addressed {}
  }

  private Addressed find(ShardAddress address) {
    Optional<HeldSlot> held = slots.of(address.getSlot());
    if (held.isEmpty() && slots.isIncoming(address.getSlot())) {
      return new Addressed.No(
          Refusals.of(
              RefusalKind.UNAVAILABLE,
              "slot " + address.getSlot() + " is being copied to " + node));
    }
    if (held.isEmpty()) {
      return new Addressed.No(
          Refusals.of(
              RefusalKind.STALE_TERM, "slot " + address.getSlot() + " is not held by " + node));
    }
    HeldSlot slot = held.get();
    if (address.getTerm() < slot.term()) {
      return new Addressed.No(
          Refusals.of(
              RefusalKind.STALE_TERM,
              "slot %d is held in term %d, the request names term %d"
                  .formatted(slot.number(), slot.term(), address.getTerm())));
    }
    if (!slot.isServing()) {
      return new Addressed.No(
          Refusals.of(
              RefusalKind.UNAVAILABLE,
              "slot %d is catching up: at %d of %d"
                  .formatted(
                      slot.number(),
                      slot.position().getAppliedOffset(),
                      slot.position().getEndOffset())));
    }
    return new Addressed.Slot(slot);
  }

  private static Optional<Refusal> fault(Filter filter, int limit) {
    Optional<String> reason =
        limit < 0 || limit > LIMIT_MAX
            ? Optional.of("limit " + limit + " is not within 0 and " + LIMIT_MAX)
            : Filters.fault(filter);
    return reason.map(text -> Refusals.bad(text));
  }

  /** Work on the pool, and the thread of the request waits for it. */
  private <T> T heavy(HeldSlot slot, Shard shard, Deadline deadline, Callable<T> work)
      throws InterruptedException, TimeoutException, ExecutionException {
    Duration had = deadline.remaining();
    Admission.Place place = admission.enter();
    long start = System.nanoTime();
    meters.searchBegins();
    return pool.submit(
            () -> {
              long begun = System.nanoTime();
              place.begins(Duration.ofNanos(begun - start), had);
              T result = asked(slot, shard, work);
              meters.searched(
                  Duration.ofNanos(begun - start), Duration.ofNanos(System.nanoTime() - begun));
              return result;
            })
        .onComplete(
            done -> {
              meters.searchEnds();
              place.leave();
            })
        .toCompletionStage()
        .toCompletableFuture()
        .get(2 * Calls.DEADLINE_MAX.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * A shard whose files are damaged is nothing a search could answer from: it is told of, and the
   * asker hears that it is not there.
   */
  private static <T> T asked(HeldSlot slot, Shard shard, Callable<T> work) throws Exception {
    try {
      return work.call();
    } catch (Exception | InternalError e) {
      if (Damage.of(e).isPresent() && shard.failed(e)) {
        throw new ShardAbsentException(slot.number(), "its files are damaged", e);
      }
      throw e;
    }
  }

  // ---- Search ----

  private Future<ShardAnswer> answer(ShardQuery query, Deadline deadline) {
    return threads.answer(
        () -> query(query, deadline),
        (kind, detail) -> ShardAnswer.newBuilder().setRefusal(Refusals.of(kind, detail)).build());
  }

  private ShardAnswer query(ShardQuery query, Deadline deadline) throws Exception {
    return switch (find(query.getShard())) {
      case Addressed.No no -> ShardAnswer.newBuilder().setRefusal(no.refusal()).build();
      case Addressed.Slot found -> query(query, found.slot(), deadline);
    };
  }

  private ShardAnswer query(ShardQuery query, HeldSlot slot, Deadline deadline) throws Exception {
    ShardAnswer.Builder answer = ShardAnswer.newBuilder();
    Optional<Refusal> fault = fault(query);
    if (fault.isPresent()) {
      return answer.setRefusal(fault.get()).build();
    }
    Optional<float[]> vector = QueryVectors.read(query.getVector());
    if (vector.isEmpty()) {
      return answer.setRefusal(noVector(query.getVector())).build();
    }
    String uid = query.getShard().getInstanceUid();
    if (query.getAtLeastCount() > 0) {
      OptionalLong end = ends.of(slot.number(), deadline);
      if (end.isEmpty() || !slot.awaitShown(uid, end.getAsLong(), deadline)) {
        return answer.setRefusal(Refusals.late(slot)).build();
      }
    }
    if (query.hasMaxLagMillis()) {
      Duration lag = Duration.ofMillis(query.getMaxLagMillis());
      Optional<LogEnds.End> end = ends.notOlderThan(slot.number(), lag, deadline);
      if (end.isEmpty()
          || !slot.awaitShown(
              uid, end.get().offset(), deadline.orSooner(end.get().seenAt(), lag))) {
        return answer.setRefusal(Refusals.behind(slot, lag)).build();
      }
    }
    Optional<Shard> shard = slot.shard(uid);
    if (shard.isEmpty()) {
      return answer.setHits(ShardHits.newBuilder().setPosition(slot.position())).build();
    }
    final long asked = System.nanoTime();
    return heavy(
        slot,
        shard.get(),
        deadline,
        () -> {
          long begun = System.nanoTime();
          ShardAnswer found = searches.hits(slot, shard.get(), query, vector.get(), deadline);
          return found.hasHits() ? timed(found, asked, begun, System.nanoTime()) : found;
        });
  }

  /** The asker learns from it whether there is a rush. */
  private static ShardAnswer timed(ShardAnswer found, long asked, long begun, long ended) {
    return ShardAnswer.newBuilder()
        .setHits(
            found.getHits().toBuilder()
                .setQueuedMicros((begun - asked) / 1_000)
                .setRanMicros((ended - begun) / 1_000))
        .build();
  }

  private static Optional<Refusal> fault(ShardQuery query) {
    if (!query.getGroupBy().isEmpty() && query.getVector().isEmpty()) {
      return Optional.of(Refusals.bad("groups are of a search by vector, and there is none"));
    }
    if (query.hasWords()) {
      Optional<String> reason =
          query.hasCursor() || !query.getVector().isEmpty()
              ? Optional.of("words are asked for without a cursor and without a vector")
              : WordSearch.fault(query.getWords());
      if (reason.isPresent()) {
        return Optional.of(Refusals.bad(reason.get()));
      }
    }
    int taken = query.getCursor().getTaken();
    if (taken < 0 || taken > DEPTH_MAX) {
      return Optional.of(
          Refusals.bad(
              "the cursor has taken " + taken + " hits of the shard, not 0 to " + DEPTH_MAX));
    }
    return fault(query.getFilter(), query.getLimit());
  }

  private static Refusal noVector(ByteString bytes) {
    return Refusals.bad("query vector of " + bytes.size() + " bytes is not float32 of unit length");
  }

  // ---- Groups ----

  private Future<ShardGroupsAnswer> answer(ShardGroupsRequest request, Deadline deadline) {
    return threads.answer(
        () -> groups(request, deadline),
        (kind, detail) ->
            ShardGroupsAnswer.newBuilder().setRefusal(Refusals.of(kind, detail)).build());
  }

  private ShardGroupsAnswer groups(ShardGroupsRequest request, Deadline deadline) throws Exception {
    return switch (find(request.getShard())) {
      case Addressed.No no -> ShardGroupsAnswer.newBuilder().setRefusal(no.refusal()).build();
      case Addressed.Slot found -> groups(request, found.slot(), deadline);
    };
  }

  private ShardGroupsAnswer groups(ShardGroupsRequest request, HeldSlot slot, Deadline deadline)
      throws Exception {
    Optional<float[]> vector = QueryVectors.read(request.getVector());
    Optional<Refusal> fault =
        vector.isEmpty() ? Optional.of(noVector(request.getVector())) : fault(request);
    if (fault.isPresent()) {
      return ShardGroupsAnswer.newBuilder().setRefusal(fault.get()).build();
    }
    Optional<Shard> shard = slot.shard(request.getShard().getInstanceUid());
    if (shard.isEmpty()) {
      return ShardGroupsAnswer.newBuilder()
          .setGroups(
              ShardGroups.newBuilder()
                  .addAllGroups(
                      Collections.nCopies(
                          request.getValuesCount(), ShardGroup.getDefaultInstance())))
          .build();
    }
    return heavy(
        slot,
        shard.get(),
        deadline,
        () -> searches.groups(slot, shard.get(), request, vector.get(), deadline));
  }

  private static Optional<Refusal> fault(ShardGroupsRequest request) {
    if (request.getTag().isEmpty() || request.getValuesCount() > GROUPS_MAX) {
      return Optional.of(
          Refusals.bad(
              "asked for %d groups by \"%s\", at most %d, and by a tag"
                  .formatted(request.getValuesCount(), request.getTag(), GROUPS_MAX)));
    }
    if (request.getSize() < 0 || request.getSize() > GROUP_SIZE_MAX) {
      return Optional.of(
          Refusals.bad("size of a group is " + request.getSize() + ", not 0 to " + GROUP_SIZE_MAX));
    }
    if (request.getLease().isEmpty() && request.getVector().isEmpty()) {
      return Optional.of(Refusals.bad("groups are of a search by vector, and there is none"));
    }
    return fault(request.getFilter(), request.getTaken());
  }

  // ---- Leases ----

  @Override
  public Future<ShardLeaseEnded> endLease(ShardLeaseEnd end) {
    leases.finish(
        end.getLease(), end.getTenant(), end.getShard().getInstanceUid(), end.getShard().getSlot());
    return Future.succeededFuture(ShardLeaseEnded.getDefaultInstance());
  }

  // ---- Some images ----

  @Override
  public Future<ListImagesAnswer> describeImages(ShardImagesRequest request) {
    return threads.answer(
        () -> images(request),
        (kind, detail) ->
            ListImagesAnswer.newBuilder().setRefusal(Refusals.of(kind, detail)).build());
  }

  private ListImagesAnswer images(ShardImagesRequest request) throws Exception {
    return switch (find(request.getShard())) {
      case Addressed.No no -> ListImagesAnswer.newBuilder().setRefusal(no.refusal()).build();
      case Addressed.Slot found -> images(request, found.slot());
    };
  }

  private ListImagesAnswer images(ShardImagesRequest request, HeldSlot slot) throws Exception {
    Optional<Refusal> fault = fault(Filter.getDefaultInstance(), request.getImageIdsCount());
    if (fault.isPresent()) {
      return ListImagesAnswer.newBuilder().setRefusal(fault.get()).build();
    }
    Optional<Shard> shard = slot.shard(request.getShard().getInstanceUid());
    if (shard.isEmpty()) {
      return ListImagesAnswer.newBuilder().setImages(ImageList.getDefaultInstance()).build();
    }
    return heavy(
        slot, shard.get(), Calls.deadline(0), () -> searches.images(slot, shard.get(), request));
  }

  // ---- One image ----

  @Override
  public Future<ImageAnswer> showImage(ShardImageRequest request) {
    return threads.answer(
        () -> show(request),
        (kind, detail) -> ImageAnswer.newBuilder().setRefusal(Refusals.of(kind, detail)).build());
  }

  private ImageAnswer show(ShardImageRequest request) throws Exception {
    return switch (find(request.getShard())) {
      case Addressed.No no -> ImageAnswer.newBuilder().setRefusal(no.refusal()).build();
      case Addressed.Slot found ->
          ImageAnswer.newBuilder().setImage(show(request, found.slot())).build();
    };
  }

  private ImageInfo show(ShardImageRequest request, HeldSlot slot) throws Exception {
    if (!request.hasVersion()) {
      return describe(request, slot).build();
    }
    Version version = Version.of(request.getVersion());
    ImageInfo.Builder now = describe(request, slot);
    if (hasSeen(now, version) || request.getWaitMillis() <= 0) {
      return now.setApplied(hasSeen(now, version)).build();
    }
    String uid = request.getShard().getInstanceUid();
    Deadline deadline = Calls.deadline(request.getWaitMillis());
    try (ImageWaits.Wait wait = slot.waits().register(uid, request.getImageId(), version)) {
      // Whoever registers looks again: the news may have come in between.
      now = describe(request, slot);
      if (!hasSeen(now, version)) {
        slot.hurry(uid);
        try {
          wait.news().get(deadline.remaining().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
          return now.setApplied(false).build();
        }
        now = describe(request, slot);
      }
    }
    return now.setApplied(hasSeen(now, version)).build();
  }

  private static ImageInfo.Builder describe(ShardImageRequest request, HeldSlot slot)
      throws Exception {
    Optional<Shard> shard = slot.shard(request.getShard().getInstanceUid());
    if (shard.isEmpty()) {
      return ImageInfo.newBuilder().setImageId(request.getImageId());
    }
    return asked(
        slot,
        shard.get(),
        () -> {
          try (View view = shard.get().view()) {
            return view.describe(request.getImageId(), request.getWithVector());
          }
        });
  }

  private static boolean hasSeen(ImageInfo.Builder image, Version version) {
    return reaches(image.getAdded(), image.hasAdded(), version)
        || reaches(image.getRemoved(), image.hasRemoved(), version)
        || reaches(image.getUpdated(), image.hasUpdated(), version)
        || reaches(image.getRejected(), image.hasRejected(), version);
  }

  private static boolean reaches(EventVersion seen, boolean present, Version version) {
    return present && Version.of(seen).compareTo(version) >= 0;
  }

  // ---- Lists ----

  @Override
  public Future<ListImagesAnswer> pageImages(ShardListRequest request) {
    return threads.answer(
        () -> page(request),
        (kind, detail) ->
            ListImagesAnswer.newBuilder().setRefusal(Refusals.of(kind, detail)).build());
  }

  private ListImagesAnswer page(ShardListRequest request) throws Exception {
    return switch (find(request.getShard())) {
      case Addressed.No no -> ListImagesAnswer.newBuilder().setRefusal(no.refusal()).build();
      case Addressed.Slot found -> page(request, found.slot());
    };
  }

  private ListImagesAnswer page(ShardListRequest request, HeldSlot slot) throws Exception {
    ListImagesAnswer.Builder answer = ListImagesAnswer.newBuilder();
    Optional<Refusal> fault = fault(request.getFilter(), request.getLimit());
    if (fault.isPresent()) {
      return answer.setRefusal(fault.get()).build();
    }
    Optional<Shard> shard = slot.shard(request.getShard().getInstanceUid());
    if (shard.isEmpty()) {
      return answer.setImages(ImageList.getDefaultInstance()).build();
    }
    int limit = request.getLimit();
    Deadline deadline = Calls.deadline(0);
    // One more than asked for tells whether there are more.
    Optional<List<ImageInfo>> images =
        heavy(
            slot,
            shard.get(),
            deadline,
            () -> {
              try (View view = shard.get().view()) {
                return view.page(
                    request.getAfter(), request.getFilter(), limit + 1, deadline, filters);
              }
            });
    return images
        .map(
            list ->
                answer
                    .setImages(
                        ImageList.newBuilder()
                            .addAllImages(list.subList(0, Math.min(limit, list.size())))
                            .setMore(list.size() > limit))
                    .build())
        .orElseGet(() -> answer.setRefusal(Refusals.late(slot)).build());
  }

  // ---- Inventory ----

  @Override
  public Future<InventoryAnswer> takeInventory(InventoryRequest request) {
    // Status pages ask this; it has no way to say no, so it does not queue with the searches.
    return threads.answer(
        () -> Inventory.of(node, slots, filters),
        (kind, detail) -> InventoryAnswer.newBuilder().setNode(node).build());
  }

  @Override
  public Future<DescribeSlotsAnswer> describeSlots(DescribeSlotsRequest request) {
    DescribeSlotsAnswer.Builder answer = DescribeSlotsAnswer.newBuilder().setNode(node);
    return Future.succeededFuture(answer.addAllSlots(slots.states()).build());
  }

  // ---- Copies ----

  @Override
  public Future<OpenCopyAnswer> openCopy(OpenCopyRequest request) {
    return threads.answer(
        () -> copies.open(request),
        (kind, detail) ->
            OpenCopyAnswer.newBuilder().setRefusal(Refusals.of(kind, detail)).build());
  }

  @Override
  public Future<ReadCopyAnswer> readCopy(ReadCopyRequest request) {
    return threads.answer(
        () -> copies.read(request),
        (kind, detail) ->
            ReadCopyAnswer.newBuilder().setRefusal(Refusals.of(kind, detail)).build());
  }

  @Override
  public Future<EndCopyAnswer> endCopy(EndCopyRequest request) {
    return threads.answer(
        () -> {
          copies.end(request);
          return EndCopyAnswer.getDefaultInstance();
        },
        (kind, detail) -> EndCopyAnswer.getDefaultInstance());
  }

  @Override
  public Future<DescribeGraphsAnswer> describeGraphs(DescribeGraphsRequest request) {
    return threads.answer(
        () -> copies.graphs(request),
        (kind, detail) ->
            DescribeGraphsAnswer.newBuilder().setRefusal(Refusals.of(kind, detail)).build());
  }

  @Override
  public Future<ReadGraphAnswer> readGraph(ReadGraphRequest request) {
    return threads.answer(
        () -> copies.readGraph(request),
        (kind, detail) ->
            ReadGraphAnswer.newBuilder().setRefusal(Refusals.of(kind, detail)).build());
  }
}
