package io.likeness.ingest;

import io.likeness.features.Embedder;
import io.likeness.features.Lane;
import io.likeness.features.ModelLibrary;
import io.likeness.features.PictureConfig;
import io.likeness.features.fetch.PictureFetcher;
import io.likeness.ingest.feature.ModelEmbedding;
import io.likeness.ingest.feature.Pictures;
import io.likeness.ingest.feature.UrlPictures;
import io.likeness.ingest.intake.EventCheck;
import io.likeness.ingest.intake.Instances;
import io.likeness.ingest.intake.LaneKind;
import io.likeness.ingest.intake.LaneMetrics;
import io.likeness.ingest.intake.MetaInstances;
import io.likeness.ingest.intake.OpsLane;
import io.likeness.ingest.publish.Outbox;
import io.likeness.ingest.publish.Publisher;
import io.likeness.node.cluster.Role;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.process.Closing;
import io.likeness.node.process.Health;
import io.likeness.node.process.NodeContext;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A running ingest worker: its lanes and what they share. */
public final class IngestRole implements AutoCloseable {

  /** Changes are small and quick; what the lane skips beside them it does not keep. */
  private static final int CHANGES_TOGETHER_MAX = 500;

  private final IngestConfig config;
  private final NodeContext context;
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  private IngestRole(IngestConfig config, NodeContext context) {
    this.config = config;
    this.context = context;
  }

  public static IngestRole start(IngestConfig config, NodeContext context) {
    IngestRole role = new IngestRole(config, context);
    try {
      role.open();
      return role;
    } catch (RuntimeException e) {
      role.close();
      throw e;
    }
  }

  /** With another embedding and fetching than the usual ones. */
  static IngestRole start(
      IngestConfig config,
      NodeContext context,
      Pictures.Embedding embedding,
      UrlPictures.Fetch fetch) {
    IngestRole role = new IngestRole(config, context);
    try {
      role.open(embedding, fetch);
      return role;
    } catch (RuntimeException e) {
      role.close();
      throw e;
    }
  }

  private void open() {
    PictureConfig pictures = config.pictures();
    ModelLibrary models = open(ModelLibrary.open(pictures.models(), pictures.provider()));
    Embedder embedder =
        open(Embedder.open(models, pictures.embedder(), pictures.decoding(), Lane.INGEST));
    PictureFetcher fetcher = open(new PictureFetcher(pictures.fetcher()));
    open(new ModelEmbedding(models, embedder, context.metrics()), fetcher::fetch);
  }

  private void open(Pictures.Embedding embedding, UrlPictures.Fetch fetch) {
    Publisher publisher =
        open(
            Publisher.open(
                context.kafka(), context.nodeName() + "-ingest", Role.INGEST_WORKER.text()));
    Instances instances = new MetaInstances(context.meta());
    EventWork work =
        new EventWork(
            new EventCheck(
                context.meta().epoch(), context.meta().cluster().getOpsPartitions(), instances),
            instances,
            new UrlPictures(fetch, config.fetching()),
            new Pictures(embedding),
            config.pictures().embedder().threads() * config.pictures().embedder().batchMax(),
            new IngestMetrics(context.metrics()));
    List<OpsLane> lanes = new ArrayList<>();
    for (int i = 0; i < config.changeThreads(); i++) {
      lanes.add(open(lane(LaneKind.CHANGES, i, work, publisher)));
    }
    for (int i = 0; i < config.addThreads(); i++) {
      lanes.add(open(lane(LaneKind.ADDS, i, work, publisher)));
    }
    context
        .health()
        .register(
            Role.INGEST_WORKER.text(),
            () -> {
              long joined = lanes.stream().filter(OpsLane::hasJoined).count();
              if (joined < lanes.size()) {
                return Health.State.down(
                    joined + " of " + lanes.size() + " consumers have joined their group");
              }
              return lanes.stream()
                  .flatMap(lane -> lane.stopped().stream())
                  .findFirst()
                  .map(Health.State::down)
                  .orElseGet(Health.State::isUp);
            });
  }

  private OpsLane lane(LaneKind kind, int number, EventWork work, Publisher publisher) {
    Outbox out = publisher.outbox();
    OpsLane.Portion portion =
        switch (kind) {
          case ADDS -> new OpsLane.Portion(config.batchRecords(), config.batchBytes());
          case CHANGES -> new OpsLane.Portion(CHANGES_TOGETHER_MAX, KafkaClients.RECORD_BYTES_MAX);
        };
    return OpsLane.start(
        context.nodeName() + "-" + kind.text() + "-" + number,
        context.meta().epoch(),
        kind,
        context.kafka(),
        portion,
        batch -> work.work(batch, out),
        new LaneMetrics(context.metrics(), kind),
        context.health());
  }

  private <T extends AutoCloseable> T open(T thing) {
    opened.push(thing);
    return thing;
  }

  /** Lanes first, then what they use. */
  @Override
  public void close() {
    while (!opened.isEmpty()) {
      Closing.quietly(opened.pop());
    }
  }
}
