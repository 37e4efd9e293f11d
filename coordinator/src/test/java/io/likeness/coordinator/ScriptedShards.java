package io.likeness.coordinator;

import io.likeness.coordinator.fanout.ShardNodes;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.coordinator.plan.Target;
import io.likeness.node.config.HostPort;
import io.likeness.node.process.Trace;
import io.likeness.proto.image.ImageIds;
import io.likeness.proto.vector.FeatureVector;
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
import io.likeness.wire.ShardAddress;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardHits;
import io.likeness.wire.ShardImageRequest;
import io.likeness.wire.ShardListRequest;
import io.likeness.wire.ShardPosition;
import io.likeness.wire.ShardQuery;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of shards in memory, one node for each slot: they hold vectors, search them exactly,
 * and misbehave as told.
 */
final class ScriptedShards implements ShardNodes, ShardDirectory {

  private enum Mood {
    WELL,
    SILENT,
    BROKEN,
    AWAY
  }

  private final Map<String, InstanceRecord> instances = new ConcurrentHashMap<>();
  private final Map<Integer, TreeMap<String, FeatureVector>> images = new ConcurrentHashMap<>();
  private final Map<Integer, Mood> moods = new ConcurrentHashMap<>();
  private final Map<Integer, Long> terms = new ConcurrentHashMap<>();
  private final Map<Integer, Long> termsKnown = new ConcurrentHashMap<>();
  private final List<Integer> restless = new CopyOnWriteArrayList<>();
  final List<ShardQuery> queries = new CopyOnWriteArrayList<>();
  final AtomicInteger refreshes = new AtomicInteger();

  InstanceRecord instance(String uid, int slots) {
    InstanceRecord.Builder instance =
        InstanceRecord.newBuilder().setUid(uid).setModel("default").setDimensions(3);
    for (int slot = 0; slot < slots; slot++) {
      instance.addSlots(slot);
      images.put(slot, new TreeMap<>(ImageIds.ORDER));
      moods.put(slot, Mood.WELL);
      terms.put(slot, 1L);
      termsKnown.put(slot, 1L);
    }
    instances.put(uid, instance.build());
    return instance.build();
  }

  void hold(int slot, String id, float... vector) {
    shard(slot).put(id, FeatureVector.normalised(vector));
  }

  void saysNothing(int slot) {
    moods.put(slot, Mood.SILENT);
  }

  void breaks(int slot) {
    moods.put(slot, Mood.BROKEN);
  }

  void isAway(int slot) {
    moods.put(slot, Mood.AWAY);
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
  public Target target(InstanceRecord instance, int slot) {
    return new Target(
        ShardAddress.newBuilder()
            .setInstanceUid(instance.getUid())
            .setSlot(slot)
            .setTerm(termsKnown.getOrDefault(slot, 0L))
            .build(),
        "shard-" + slot,
        moods.get(slot) == Mood.AWAY
            ? Optional.empty()
            : Optional.of(new HostPort("shard-" + slot, 1)));
  }

  @Override
  public void refresh() {
    refreshes.incrementAndGet();
    termsKnown.putAll(terms);
    restless.forEach(this::moves);
  }

  @Override
  public Future<ShardAnswer> query(HostPort where, ShardQuery query, Trace trace) {
    queries.add(query);
    int slot = query.getShard().getSlot();
    return answer(
        query.getShard(),
        () -> ShardAnswer.newBuilder().setHits(search(slot, query)).build(),
        refusal -> ShardAnswer.newBuilder().setRefusal(refusal).build());
  }

  @Override
  public Future<ImageAnswer> show(HostPort where, ShardImageRequest request, Trace trace) {
    return answer(
        request.getShard(),
        () -> ImageAnswer.newBuilder().setImage(info(request)).build(),
        refusal -> ImageAnswer.newBuilder().setRefusal(refusal).build());
  }

  @Override
  public Future<ListImagesAnswer> page(HostPort where, ShardListRequest request, Trace trace) {
    return answer(
        request.getShard(),
        () -> ListImagesAnswer.newBuilder().setImages(list(request)).build(),
        refusal -> ListImagesAnswer.newBuilder().setRefusal(refusal).build());
  }

  @Override
  public Future<InventoryAnswer> inventory(HostPort where, InventoryRequest request, Trace trace) {
    return Future.failedFuture("not asked for here");
  }

  private interface Refusing<A> {
    A refuse(Refusal refusal);
  }

  private <A> Future<A> answer(
      ShardAddress shard, java.util.function.Supplier<A> well, Refusing<A> refusing) {
    if (shard.getTerm() != terms.getOrDefault(shard.getSlot(), 0L)) {
      return Future.succeededFuture(
          refusing.refuse(Refusal.newBuilder().setKind(RefusalKind.STALE_TERM).build()));
    }
    return switch (moods.getOrDefault(shard.getSlot(), Mood.AWAY)) {
      case WELL -> Future.succeededFuture(well.get());
      case SILENT -> Promise.<A>promise().future();
      case BROKEN, AWAY -> Future.failedFuture("connection refused");
    };
  }

  private ShardHits search(int slot, ShardQuery query) {
    ShardHits.Builder answer =
        ShardHits.newBuilder().setPosition(ShardPosition.newBuilder().setAppliedOffset(slot + 100));
    List<Hit> hits = new ArrayList<>();
    shard(slot)
        .forEach(
            (id, vector) -> {
              if (matches(query.getFilter(), id)) {
                hits.add(hit(id, vector, query));
              }
            });
    answer.setTotal(hits.size());
    if (query.getCountOnly()) {
      return answer.build();
    }
    if (!query.getVector().isEmpty()) {
      hits.sort(Comparator.comparingDouble(Hit::getScore).reversed());
    }
    hits.stream()
        .filter(hit -> !query.hasMinCosine() || hit.getScore() >= query.getMinCosine())
        .limit(query.getLimit())
        .forEach(answer::addHits);
    return answer.build();
  }

  private static boolean matches(Filter filter, String id) {
    return id.startsWith(filter.getIdPrefix().getPrefix());
  }

  private static Hit hit(String id, FeatureVector vector, ShardQuery query) {
    double score =
        query.getVector().isEmpty() ? 0 : vector.cosine(FeatureVector.ofBytes(query.getVector()));
    return Hit.newBuilder().setImageId(id).setScore(score).build();
  }

  private ImageInfo info(ShardImageRequest request) {
    @Nullable FeatureVector vector = shard(request.getShard().getSlot()).get(request.getImageId());
    ImageInfo.Builder info = ImageInfo.newBuilder().setImageId(request.getImageId());
    if (vector != null) {
      info.setExists(true).setVector(vector.toBytes());
    }
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
