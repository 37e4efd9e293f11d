package io.likeness.coordinator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.likeness.coordinator.placement.PlacementConfig;
import io.likeness.features.EmbedderConfig;
import io.likeness.features.ExecutionProvider;
import io.likeness.features.PictureConfig;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.features.fetch.FetchConfig;
import io.likeness.node.meta.CreateOutcome;
import io.likeness.node.process.GrpcChannels;
import io.likeness.node.process.NodeContext;
import io.likeness.node.process.Trace;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.node.testing.TestNode;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.ChangePlacementAnswer;
import io.likeness.wire.ChangePlacementRequest;
import io.likeness.wire.CoordinatorGrpcClient;
import io.likeness.wire.DescribeClusterAnswer;
import io.likeness.wire.DescribeClusterRequest;
import io.likeness.wire.DescribeModelsAnswer;
import io.likeness.wire.DescribeModelsRequest;
import io.likeness.wire.DescribeSlotsAnswer;
import io.likeness.wire.FloatVector;
import io.likeness.wire.HeldSlotState;
import io.likeness.wire.Hit;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InventoryAnswer;
import io.likeness.wire.ReplicaState;
import io.likeness.wire.SearchAnswer;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardHits;
import io.likeness.wire.ShardNodeGrpcService;
import io.likeness.wire.ShardQuery;
import io.likeness.wire.SlotAssignment;
import io.likeness.wire.SlotPhase;
import io.vertx.core.Future;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.common.GrpcReadStream;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.Service;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The role as a process runs it: over a real broker, asked over gRPC, asking over gRPC. */
class CoordinatorRoleTest {

  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int SLOTS = 4;

  @TempDir static Path folder;
  private static EmbeddedKafka kafka;
  private static TestNode node;
  private static CoordinatorRole role;
  private static GrpcClient client;
  private static InstanceRecord pets;
  private static final List<ShardQuery> queries = new CopyOnWriteArrayList<>();
  private static final List<String> traces = new CopyOnWriteArrayList<>();

  @BeforeAll
  static void start() {
    kafka = EmbeddedKafka.start(folder);
    node = TestNode.start(kafka.settings(), "all-in-one", 2, SLOTS);
    NodeContext context = node.context();
    context.grpc().add(new OneHitShards());
    role =
        CoordinatorRole.start(
            new CoordinatorConfig(
                new QueryTimes(Duration.ofSeconds(20), Duration.ofSeconds(60)),
                16,
                100_000,
                new SearchGate.Waiting(16, Duration.ofSeconds(20)),
                new PictureConfig(
                    Optional.empty(),
                    ExecutionProvider.CPU,
                    EmbedderConfig.defaults(),
                    PoolConfig.of(0),
                    new FetchConfig(List.of(), Set.of(), 1 << 20, Duration.ofSeconds(1), 0)),
                new PlacementConfig(
                    1, Duration.ofMillis(50), 1, Duration.ofMinutes(5), Duration.ofSeconds(1), 2)),
            context);
    client = GrpcChannels.client(context.vertx());
    InstanceRecord wanted =
        InstanceRecord.newBuilder()
            .setProjectId("p1")
            .setName("pets")
            .setModel("default")
            .setDimensions(2)
            .build();
    pets = ((CreateOutcome.Created) context.meta().createInstance(wanted, SLOTS)).instance();
  }

  @AfterAll
  static void stop() {
    client.close();
    role.close();
    node.close();
    kafka.close();
  }

  /** A shard node whose every slot holds one image, named after it. */
  private static final class OneHitShards implements Service {

    @Override
    public io.vertx.grpc.common.ServiceName name() {
      return ShardNodeGrpcService.SERVICE_NAME;
    }

    @Override
    public com.google.protobuf.Descriptors.ServiceDescriptor descriptor() {
      return ShardNodeGrpcService.SERVICE_DESCRIPTOR;
    }

    @Override
    public void bind(GrpcServer server) {
      server.callHandler(
          ShardNodeGrpcService.QueryShard,
          call -> {
            traces.add(String.valueOf(call.headers().get(Trace.HEADER)));
            call.handler(
                query -> {
                  queries.add(query);
                  call.response().end(ShardAnswer.newBuilder().setHits(hits(query)).build());
                });
          });
      server.callHandler(
          ShardNodeGrpcService.DescribeSlots,
          call ->
              call.handler(
                  request -> {
                    DescribeSlotsAnswer.Builder answer = DescribeSlotsAnswer.newBuilder();
                    for (int slot = 0; slot < SLOTS; slot++) {
                      answer.addSlots(
                          HeldSlotState.newBuilder().setSlot(slot).setPhase(SlotPhase.READY));
                    }
                    call.response().end(answer.build());
                  }));
      server.callHandler(
          ShardNodeGrpcService.TakeInventory,
          call ->
              call.handler(
                  request ->
                      call.response()
                          .end(InventoryAnswer.newBuilder().setNode("all-in-one").build())));
    }

    private static ShardHits hits(ShardQuery query) {
      int slot = query.getShard().getSlot();
      return ShardHits.newBuilder()
          .addHits(Hit.newBuilder().setImageId("in-" + slot).setScore(1 - slot / 10.0))
          .setTotal(1)
          .build();
    }
  }

  @Test
  void placesAllSlotsAndIsReadyThen() {
    NodeContext context = node.context();
    await().atMost(SOON).until(() -> context.assignments().all().size() == SLOTS);
    assertThat(context.assignments().all())
        .extracting(SlotAssignment::getNode)
        .containsOnly("all-in-one");
    assertThat(context.assignments().replicas(0))
        .extracting(SlotAssignment::getTerm)
        .containsExactly(1L);
    assertThat(context.health().isReady()).isTrue();
  }

  @Test
  void answersASearchOverAllSlotsWithinItsTrace() throws Exception {
    await().atMost(SOON).until(() -> node.context().health().isReady());
    Trace trace = Trace.fresh();
    SearchRequest request =
        SearchRequest.newBuilder()
            .setInstanceUid(pets.getUid())
            .setVector(FloatVector.newBuilder().addValues(3).addValues(4))
            .setLimit(2)
            .build();

    SearchAnswer answer = call(CoordinatorGrpcClient.Search, request, trace);

    assertThat(answer.getPage().getHitsList())
        .extracting(Hit::getImageId)
        .containsExactly("in-0", "in-1");
    assertThat(answer.getPage().getTotal()).isEqualTo(SLOTS);
    assertThat(FeatureVector.ofBytes(queries.getLast().getVector()))
        .isEqualTo(FeatureVector.normalised(new float[] {3, 4}));
    assertThat(traces).filteredOn(each -> each.contains(trace.traceId())).hasSize(SLOTS);
  }

  @Test
  void staysReadyAndTellsOfANodeThatWentAway() throws Exception {
    NodeContext context = node.context();
    await().atMost(SOON).until(() -> context.health().isReady());
    context.assignments().update(now -> holdThird(now, "ghost"));
    try {
      assertThat(context.health().isReady()).isTrue();
      assertThat(context.health().report().encode()).contains("degraded: shard nodes away: ghost");
      SearchRequest everything =
          SearchRequest.newBuilder().setInstanceUid(pets.getUid()).setLimit(10).build();
      SearchAnswer answer = call(CoordinatorGrpcClient.Search, everything, Trace.fresh());
      assertThat(answer.getPage().getCoverage().getShardsAnswered()).isEqualTo(SLOTS - 1);
      assertThat(answer.getPage().getCoverage().getReasonsList())
          .containsExactly("slot 3: node ghost is not in the cluster");
    } finally {
      context.assignments().update(now -> holdThird(now, "all-in-one"));
    }
  }

  private static List<SlotAssignment> holdThird(List<SlotAssignment> now, String node) {
    return now.stream()
        .map(
            each ->
                each.getSlot() == 3
                    ? each.toBuilder().setNode(node).setTerm(each.getTerm() + 1).build()
                    : each)
        .toList();
  }

  @Test
  void describesItsModelsAndTheCluster() throws Exception {
    await().atMost(SOON).until(() -> node.context().health().isReady());
    DescribeModelsAnswer models =
        call(
            CoordinatorGrpcClient.DescribeModels,
            DescribeModelsRequest.getDefaultInstance(),
            Trace.fresh());
    assertThat(models.getModelsList())
        .anyMatch(model -> model.getName().equals("default") && model.getIsDefault());

    DescribeClusterAnswer cluster =
        call(
            CoordinatorGrpcClient.DescribeCluster,
            DescribeClusterRequest.getDefaultInstance(),
            Trace.fresh());
    assertThat(cluster.getNodes(0).getRole())
        .isEqualTo("gateway,ingest-worker,shard-node,coordinator");
    assertThat(cluster.getSlotsList()).hasSize(SLOTS).allMatch(slot -> slot.getServing());
    assertThat(cluster.getInventoriesList())
        .extracting(InventoryAnswer::getNode)
        .containsExactly("all-in-one");
  }

  @Test
  void keepsWhatAnOperatorWantsAndRefusesWhatCannotBe() throws Exception {
    await().atMost(SOON).until(() -> node.context().health().isReady());

    assertThat(change(ChangePlacementRequest.newBuilder().setReplicas(8)).getRefusal().getDetail())
        .contains("8")
        .contains("1 to 7");
    assertThat(change(ChangePlacementRequest.newBuilder().addDrain("x")).getRefusal().getDetail())
        .contains("no shard node \"x\"")
        .contains("all-in-one");
    assertThat(
            change(ChangePlacementRequest.newBuilder().addDrain("all-in-one"))
                .getRefusal()
                .getDetail())
        .contains("no shard node would be left");
    assertThat(change(ChangePlacementRequest.newBuilder().setReplicas(3)).getPolicy().getReplicas())
        .isEqualTo(3);

    DescribeClusterAnswer cluster =
        call(
            CoordinatorGrpcClient.DescribeCluster,
            DescribeClusterRequest.getDefaultInstance(),
            Trace.fresh());
    assertThat(cluster.getPolicy().getReplicas()).isEqualTo(3);
    assertThat(cluster.getSlotsList())
        .allMatch(slot -> slot.getState() == ReplicaState.SERVING)
        .allMatch(slot -> slot.getHeld().getPhase() == SlotPhase.READY);
  }

  private static ChangePlacementAnswer change(ChangePlacementRequest.Builder request)
      throws Exception {
    return call(CoordinatorGrpcClient.ChangePlacement, request.build(), Trace.fresh());
  }

  private static <Q, A> A call(ServiceMethod<A, Q> method, Q question, Trace trace)
      throws Exception {
    Future<A> answer =
        client
            .request(GrpcChannels.address(node.context().grpc().address()), method)
            .compose(
                request -> {
                  request.headers().set(Trace.HEADER, trace.traceparent());
                  return request
                      .end(question)
                      .compose(sent -> request.response())
                      .compose(GrpcReadStream::last);
                });
    return answer.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }
}
