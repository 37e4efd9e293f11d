package io.likeness.coordinator;

import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.GrpcShardNodes;
import io.likeness.coordinator.fanout.NodeLoads;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.coordinator.fanout.ShardNodes;
import io.likeness.coordinator.placement.PlacementController;
import io.likeness.coordinator.placement.PlacementHealth;
import io.likeness.coordinator.placement.PlacementMeters;
import io.likeness.coordinator.plan.LiveDirectory;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.features.Embedder;
import io.likeness.features.Lane;
import io.likeness.features.ModelLibrary;
import io.likeness.features.PictureConfig;
import io.likeness.features.fetch.PictureFetcher;
import io.likeness.node.cluster.Role;
import io.likeness.node.kafka.OpsProgress;
import io.likeness.node.process.Closing;
import io.likeness.node.process.GrpcChannels;
import io.likeness.node.process.NodeContext;
import io.likeness.node.process.SearchLimit;
import io.likeness.wire.ClusterRecord;
import io.vertx.grpc.client.GrpcClient;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/** A running coordinator: the query path and the placement. */
public final class CoordinatorRole implements AutoCloseable {

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  private CoordinatorRole() {}

  public static CoordinatorRole start(CoordinatorConfig config, NodeContext context) {
    CoordinatorRole role = new CoordinatorRole();
    try {
      role.open(config, context);
      return role;
    } catch (RuntimeException e) {
      role.close();
      throw e;
    }
  }

  private void open(CoordinatorConfig config, NodeContext context) {
    PictureConfig pictures = config.pictures();
    ModelLibrary library = open(ModelLibrary.open(pictures.models(), pictures.provider()));
    Embedder embedder =
        open(Embedder.open(library, pictures.embedder(), pictures.decoding(), Lane.QUERY));
    Models models = new LibraryModels(library, embedder, context.metrics());
    GrpcClient client = GrpcChannels.client(context.vertx());
    opened.push(() -> Closing.await(client.close(), "the client of the shard nodes"));
    ShardNodes nodes = new GrpcShardNodes(client);
    Questions questions = new Questions(nodes);
    ShardDirectory directory =
        new LiveDirectory(context.meta(), context.assignments(), context.membership());
    NodeLoads loads = new NodeLoads(System::nanoTime, new Random(), context.metrics());
    FanOut fanOut = new FanOut(context.vertx(), directory, loads, context.metrics());
    PictureFetcher fetcher = open(new PictureFetcher(pictures.fetcher()));
    ClusterRecord cluster = context.meta().cluster();
    int slots = cluster.getSlots();
    OpsProgress events = open(new OpsProgress(context.kafka(), cluster.getOpsPartitions()));
    CoordinatorEndpoint endpoint =
        open(
            new CoordinatorEndpoint(
                context.vertx(),
                new Searcher(
                    directory,
                    new QueryVectors(directory, models, fetcher::fetch, questions, fanOut),
                    questions,
                    fanOut,
                    new Consistency(EventLog.of(events, cluster.getEpoch())),
                    config.times(),
                    new SearchGate(
                        new SearchLimit(
                            Math.min(searchesLeast(), config.requestsMax()),
                            config.requestsMax(),
                            System::nanoTime),
                        config.waiting(),
                        context.metrics()),
                    new HitRoom(config.hitsMax()),
                    new SearchMetrics(context.metrics())),
                new ImageDesk(directory, questions, fanOut, config.times()),
                new ClusterDesk(
                    models, context.membership(), context.assignments(), nodes, config.placement()),
                config.requestsMax()));
    context.grpc().add(endpoint);
    PlacementHealth health =
        new PlacementHealth(context.membership(), context.assignments(), slots);
    context.health().register(Role.COORDINATOR.text(), health::state);
    open(
        PlacementController.start(
            context.membership(), context.assignments(), nodes, slots, config.placement()));
    PlacementMeters.register(context, config.placement(), slots);
  }

  /** So many searches never are too many. */
  private static int searchesLeast() {
    return Math.max(8, 2 * Runtime.getRuntime().availableProcessors());
  }

  private <T extends AutoCloseable> T open(T thing) {
    opened.push(thing);
    return thing;
  }

  /** Placement first, then what was asked is answered, then what the queries use. */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      Closing.quietly(opened.pop());
    }
  }
}
