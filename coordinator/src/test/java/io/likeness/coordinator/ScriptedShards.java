package io.likeness.coordinator;

import com.google.protobuf.ByteString;
import io.likeness.coordinator.fanout.ShardCall;
import io.likeness.coordinator.fanout.ShardNodes;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.coordinator.plan.SlotReplicas;
import io.likeness.coordinator.plan.Target;
import io.likeness.features.ModelLibrary;
import io.likeness.node.config.HostPort;
import io.likeness.node.process.Trace;
import io.likeness.proto.image.ImageIds;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Attributes;
import io.likeness.wire.DescribeSlotsAnswer;
import io.likeness.wire.DescribeSlotsRequest;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ImageList;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InventoryAnswer;
import io.likeness.wire.InventoryRequest;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ReplicaState;
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
import io.likeness.wire.ShardPosition;
import io.likeness.wire.ShardQuery;
import io.likeness.wire.Text;
import io.likeness.wire.WordQuery;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of shards in memory, one node for each slot and a second one where asked for: they hold
 * vectors, search them exactly, and misbehave as told. What a slot holds all of its replicas hold;
 * leases and versions seen are each replica's own.
 */
final class ScriptedShards implements ShardNodes, ShardDirectory {

  private enum Mood {
    WELL,
    SILENT,
    BROKEN,
    FULL,
    AWAY
  }

  final Map<String, InstanceRecord> instances = new ConcurrentHashMap<>();
  private final Map<Integer, TreeMap<String, FeatureVector>> images = new ConcurrentHashMap<>();
  private final Map<String, String> groups = new ConcurrentHashMap<>();
  private final Map<ByteString, Lease> leases = new ConcurrentHashMap<>();
  private final AtomicInteger leasesTaken = new AtomicInteger();
  final AtomicInteger details = new AtomicInteger();
  private final Map<Integer, List<String>> nodes = new ConcurrentHashMap<>();
  private final Map<String, Mood> moods = new ConcurrentHashMap<>();
  private final Map<String, ReplicaState> states = new ConcurrentHashMap<>();
  private final Map<Integer, Long> terms = new ConcurrentHashMap<>();
  private final Map<Integer, Long> termsKnown = new ConcurrentHashMap<>();
  private final Set<String> behind = ConcurrentHashMap.newKeySet();
  private final List<Integer> restless = new CopyOnWriteArrayList<>();
  final List<String> askedNodes = new CopyOnWriteArrayList<>();
  final List<ShardQuery> queries = new CopyOnWriteArrayList<>();
  final AtomicInteger refreshes = new AtomicInteger();

  /** The version of the default model, whichever ships. */
  private static final String SHIPPED = shipped();

  private static String shipped() {
    try (ModelLibrary library = ModelLibrary.open(Optional.empty())) {
      return library.model(ModelLibrary.DEFAULT_NAME).version();
    }
  }

  InstanceRecord instance(String uid, int slots) {
    InstanceRecord.Builder instance =
        InstanceRecord.newBuilder()
            .setUid(uid)
            .setModel("default")
            .setModelVersion(SHIPPED)
            .setDimensions(3);
    for (int slot = 0; slot < slots; slot++) {
      instance.addSlots(slot);
      images.put(slot, new TreeMap<>(ImageIds.ORDER));
      nodes.put(slot, List.of("shard-" + slot));
      terms.put(slot, 1L);
      termsKnown.put(slot, 1L);
    }
    instances.put(uid, instance.build());
    return instance.build();
  }

  /** Lets a detector find the instance's subjects from now on. */
  void detectWith(String uid, String detector) {
    instances.computeIfPresent(
        uid, (known, instance) -> instance.toBuilder().setDetector(detector).build());
  }

  void hold(int slot, String id, float... vector) {
    shard(slot).put(id, FeatureVector.normalised(vector));
  }

  /** The image carries the tag that is grouped by. */
  void group(String id, String value) {
    groups.put(id, value);
  }

  void drop(int slot, String id) {
    shard(slot).remove(id);
  }

  /** The slot's node came back without what it held. */
  void forgetsLeases() {
    leases.clear();
  }

  int leases() {
    return leases.size();
  }

  /** From now on the slot has another replica, which serves. */
  String replicate(int slot) {
    List<String> now = new ArrayList<>(nodes.getOrDefault(slot, List.of()));
    now.add("shard-" + slot + "-" + now.size());
    nodes.put(slot, List.copyOf(now));
    return now.getLast();
  }

  void isLeaving(String node) {
    states.put(node, ReplicaState.LEAVING);
  }

  void isFull(int slot) {
    moods.put("shard-" + slot, Mood.FULL);
  }

  void isWellAgain(int slot) {
    isWellAgain("shard-" + slot);
  }

  void isWellAgain(String node) {
    moods.put(node, Mood.WELL);
  }

  void saysNothing(int slot) {
    saysNothing("shard-" + slot);
  }

  void saysNothing(String node) {
    moods.put(node, Mood.SILENT);
  }

  void breaks(int slot) {
    breaks("shard-" + slot);
  }

  void breaks(String node) {
    moods.put(node, Mood.BROKEN);
  }

  void isAway(int slot) {
    isAway("shard-" + slot);
  }

  void isAway(String node) {
    moods.put(node, Mood.AWAY);
  }

  /** Whoever waits for a version there waits in vain. */
  void hasNotSeenVersions(String node) {
    behind.add(node);
  }

  /** The slot moved; who asks learns of it only by a refresh. */
  void moves(int slot) {
    terms.merge(slot, 1L, Long::sum);
  }

  /** This slot moves, and again whenever somebody looks where it is. */
  void movesOnAndOn(int slot) {
    restless.add(slot);
    moves(slot);
  }

  @Override
  public Optional<InstanceRecord> instance(String uid) {
    return Optional.ofNullable(instances.get(uid));
  }

  @Override
  public List<SlotReplicas> replicas(String instanceUid, Collection<Integer> slots) {
    return slots.stream()
        .map(
            slot ->
                new SlotReplicas(
                    instanceUid,
                    slot,
                    nodes.getOrDefault(slot, List.of()).stream()
                        .map(node -> target(instanceUid, slot, node))
                        .toList()))
        .toList();
  }

  private Target target(String instanceUid, int slot, String node) {
    return new Target(
        ShardAddress.newBuilder()
            .setInstanceUid(instanceUid)
            .setSlot(slot)
            .setTerm(termsKnown.getOrDefault(slot, 0L))
            .build(),
        node,
        moods.get(node) == Mood.AWAY ? Optional.empty() : Optional.of(new HostPort(node, 1)),
        states.getOrDefault(node, ReplicaState.SERVING));
  }

  @Override
  public void refresh() {
    refreshes.incrementAndGet();
    termsKnown.putAll(terms);
    restless.forEach(this::moves);
  }

  @Override
  public ShardCall<ShardAnswer> query(HostPort where, ShardQuery query, Trace trace) {
    queries.add(query);
    int slot = query.getShard().getSlot();
    ByteString lease = query.getCursor().getLease();
    askedNodes.add(where.host());
    if (!lease.isEmpty() && !isHeld(lease, where) && mood(where) == Mood.WELL) {
      return ShardCall.of(
          Future.succeededFuture(
              ShardAnswer.newBuilder()
                  .setRefusal(Refusal.newBuilder().setKind(RefusalKind.CURSOR_EXPIRED))
                  .build()));
    }
    return answer(
        query.getShard(),
        where,
        () -> ShardAnswer.newBuilder().setHits(search(slot, where, query)).build(),
        refusal -> ShardAnswer.newBuilder().setRefusal(refusal).build());
  }

  @Override
  public ShardCall<ImageAnswer> show(HostPort where, ShardImageRequest request, Trace trace) {
    askedNodes.add(where.host());
    return answer(
        request.getShard(),
        where,
        () -> ImageAnswer.newBuilder().setImage(info(request, where)).build(),
        refusal -> ImageAnswer.newBuilder().setRefusal(refusal).build());
  }

  @Override
  public ShardCall<ListImagesAnswer> page(HostPort where, ShardListRequest request, Trace trace) {
    return answer(
        request.getShard(),
        where,
        () -> ListImagesAnswer.newBuilder().setImages(list(request)).build(),
        refusal -> ListImagesAnswer.newBuilder().setRefusal(refusal).build());
  }

  @Override
  public ShardCall<ListImagesAnswer> images(
      HostPort where, ShardImagesRequest request, Trace trace) {
    details.incrementAndGet();
    if (!request.getLease().isEmpty() && !isHeld(request.getLease(), where)) {
      return ShardCall.of(
          Future.succeededFuture(
              ListImagesAnswer.newBuilder()
                  .setRefusal(Refusal.newBuilder().setKind(RefusalKind.CURSOR_EXPIRED))
                  .build()));
    }
    return answer(
        request.getShard(),
        where,
        () -> {
          ImageList.Builder list = ImageList.newBuilder();
          int slot = request.getShard().getSlot();
          for (String id : request.getImageIdsList()) {
            if (!request.getLease().isEmpty() || shard(slot).containsKey(id)) {
              list.addImages(
                  ImageInfo.newBuilder()
                      .setImageId(id)
                      .setContentSha256(ByteString.copyFromUtf8("sha of " + id))
                      .setAttributes(about(id)));
            }
          }
          return ListImagesAnswer.newBuilder().setImages(list).build();
        },
        refusal -> ListImagesAnswer.newBuilder().setRefusal(refusal).build());
  }

  @Override
  public ShardCall<ShardGroupsAnswer> groups(
      HostPort where, ShardGroupsRequest request, Trace trace) {
    return answer(
        request.getShard(),
        where,
        () -> ShardGroupsAnswer.newBuilder().setGroups(groups(request)).build(),
        refusal -> ShardGroupsAnswer.newBuilder().setRefusal(refusal).build());
  }

  private ShardGroups groups(ShardGroupsRequest request) {
    @Nullable Lease lease = leases.get(request.getLease());
    List<Hit> all =
        lease != null
            ? lease.everything()
            : hits(
                request.getShard().getSlot(),
                ShardQuery.newBuilder()
                    .setVector(request.getVector())
                    .setFilter(request.getFilter())
                    .setGroupBy(request.getTag())
                    .build());
    List<Hit> taken = lease == null ? List.of() : lease.list().subList(0, request.getTaken());
    ShardGroups.Builder found = ShardGroups.newBuilder();
    for (String value : request.getValuesList()) {
      found.addGroups(
          ShardGroup.newBuilder()
              .setTaken(taken.stream().anyMatch(hit -> hit.getGroup().equals(value)))
              .addAllBest(
                  all.stream()
                      .filter(hit -> hit.getGroup().equals(value))
                      .limit(request.getSize())
                      .toList()));
    }
    return found.build();
  }

  @Override
  public Future<ShardLeaseEnded> endLease(HostPort where, ShardLeaseEnd end, Trace trace) {
    if (isHeld(end.getLease(), where)) {
      leases.remove(end.getLease());
    }
    return Future.succeededFuture(ShardLeaseEnded.getDefaultInstance());
  }

  @Override
  public Future<DescribeSlotsAnswer> slots(
      HostPort where, DescribeSlotsRequest request, Trace trace) {
    return Future.succeededFuture(DescribeSlotsAnswer.getDefaultInstance());
  }

  @Override
  public Future<InventoryAnswer> inventory(HostPort where, InventoryRequest request, Trace trace) {
    return Future.failedFuture("not asked for here");
  }

  private interface Refusing<A> {
    A refuse(Refusal refusal);
  }

  private Mood mood(HostPort where) {
    return moods.getOrDefault(where.host(), Mood.WELL);
  }

  private boolean isHeld(ByteString lease, HostPort where) {
    return leases.containsKey(lease) && lease.toStringUtf8().endsWith("@" + where.host());
  }

  private <A> ShardCall<A> answer(
      ShardAddress shard,
      HostPort where,
      java.util.function.Supplier<A> well,
      Refusing<A> refusing) {
    return ShardCall.of(answerOf(shard, where, well, refusing));
  }

  private <A> Future<A> answerOf(
      ShardAddress shard,
      HostPort where,
      java.util.function.Supplier<A> well,
      Refusing<A> refusing) {
    if (shard.getTerm() != terms.getOrDefault(shard.getSlot(), 0L)) {
      return Future.succeededFuture(
          refusing.refuse(Refusal.newBuilder().setKind(RefusalKind.STALE_TERM).build()));
    }
    return switch (mood(where)) {
      case WELL -> Future.succeededFuture(well.get());
      case FULL ->
          Future.succeededFuture(
              refusing.refuse(Refusal.newBuilder().setKind(RefusalKind.BUSY).build()));
      case SILENT -> Promise.<A>promise().future();
      case BROKEN, AWAY -> Future.failedFuture("connection refused");
    };
  }

  private ShardHits search(int slot, HostPort where, ShardQuery query) {
    ShardHits.Builder answer =
        ShardHits.newBuilder()
            .setPosition(ShardPosition.newBuilder().setAppliedOffset(slot + 100))
            .setQueuedMicros(40)
            .setRanMicros(8);
    if (!query.getCursor().getLease().isEmpty()) {
      Lease lease = Objects.requireNonNull(leases.get(query.getCursor().getLease()));
      return answer
          .setLease(query.getCursor().getLease())
          .setTotal(lease.everything().size())
          .addAllHits(lease.next(query))
          .build();
    }
    List<Hit> everything = hits(slot, query);
    answer.setTotal(everything.size());
    if (query.getCountOnly()) {
      return answer.build();
    }
    List<Hit> list = query.getGroupBy().isEmpty() ? everything : bestOfGroups(everything);
    if (query.hasCursor() && !list.isEmpty()) {
      ByteString name =
          ByteString.copyFromUtf8("lease-" + leasesTaken.incrementAndGet() + "@" + where.host());
      leases.put(name, new Lease(list, everything, !query.getVector().isEmpty()));
      answer.setLease(name);
    }
    list.stream()
        .limit(query.getLimit())
        .map(hit -> query.getWithAttributes() ? hit : hit.toBuilder().clearAttributes().build())
        .forEach(answer::addHits);
    return answer.build();
  }

  /** What a cursor reads. */
  private record Lease(List<Hit> list, List<Hit> everything, boolean byVector) {
    List<Hit> next(ShardQuery query) {
      return list.stream()
          .filter(
              hit ->
                  byVector
                      || ImageIds.ORDER.compare(hit.getImageId(), query.getCursor().getAfter()) > 0)
          .skip(byVector ? query.getCursor().getTaken() : 0)
          .limit(query.getLimit())
          .map(hit -> query.getWithAttributes() ? hit : hit.toBuilder().clearAttributes().build())
          .toList();
    }
  }

  private List<Hit> hits(int slot, ShardQuery query) {
    List<Hit> hits = new ArrayList<>();
    shard(slot)
        .forEach(
            (id, vector) -> {
              if (matches(query.getFilter(), id)) {
                hits.add(hit(id, vector, query));
              }
            });
    if (!query.getVector().isEmpty()) {
      hits.sort(Comparator.comparingDouble(Hit::getScore).reversed());
    }
    if (query.hasWords()) {
      return byWords(hits, query.getWords());
    }
    return hits.stream()
        .filter(hit -> !query.hasMinCosine() || hit.getScore() >= query.getMinCosine())
        .toList();
  }

  /** The score is the share of the keywords that are part of the id. */
  private static List<Hit> byWords(List<Hit> all, WordQuery words) {
    return all.stream()
        .map(
            hit ->
                hit.toBuilder()
                    .setScore(
                        words.getAnyOfList().stream().filter(hit.getImageId()::contains).count()
                            / (double) words.getAnyOfCount())
                    .build())
        .filter(hit -> hit.getScore() > 0)
        .filter(
            hit ->
                !words.hasAfter()
                    || hit.getScore() < words.getAfter().getScore()
                    || (hit.getScore() == words.getAfter().getScore()
                        && hit.getImageId().compareTo(words.getAfter().getImageId()) > 0))
        .sorted(Comparator.comparingDouble(Hit::getScore).reversed().thenComparing(Hit::getImageId))
        .toList();
  }

  private static List<Hit> bestOfGroups(List<Hit> hits) {
    Set<String> met = new HashSet<>();
    return hits.stream().filter(hit -> !hit.hasGroup() || met.add(hit.getGroup())).toList();
  }

  private static Attributes about(String id) {
    return Attributes.newBuilder().setText(Text.newBuilder().setDescription("about " + id)).build();
  }

  private static boolean matches(Filter filter, String id) {
    return id.startsWith(filter.getIdPrefix().getPrefix());
  }

  private Hit hit(String id, FeatureVector vector, ShardQuery query) {
    double score =
        query.getVector().isEmpty() ? 0 : vector.cosine(FeatureVector.ofBytes(query.getVector()));
    Hit.Builder hit = Hit.newBuilder().setImageId(id).setScore(score).setAttributes(about(id));
    @Nullable String group = groups.get(id);
    if (group != null && !query.getGroupBy().isEmpty()) {
      hit.setGroup(group);
    }
    return hit.build();
  }

  private ImageInfo info(ShardImageRequest request, HostPort where) {
    @Nullable FeatureVector vector = shard(request.getShard().getSlot()).get(request.getImageId());
    ImageInfo.Builder info = ImageInfo.newBuilder().setImageId(request.getImageId());
    if (vector != null) {
      info.setExists(true).setVector(vector.toBytes());
    }
    info.setApplied(request.hasVersion() && !behind.contains(where.host()));
    return info.build();
  }

  private ImageList list(ShardListRequest request) {
    List<String> ids =
        shard(request.getShard().getSlot()).keySet().stream()
            .filter(id -> ImageIds.ORDER.compare(id, request.getAfter()) > 0)
            .toList();
    ImageList.Builder list = ImageList.newBuilder().setMore(ids.size() > request.getLimit());
    ids.stream()
        .limit(request.getLimit())
        .forEach(id -> list.addImages(ImageInfo.newBuilder().setImageId(id).setExists(true)));
    return list.build();
  }

  private TreeMap<String, FeatureVector> shard(int slot) {
    return images.computeIfAbsent(slot, none -> new TreeMap<>(ImageIds.ORDER));
  }
}
