package io.likeness.gateway.library;

import io.likeness.gateway.Library;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.publish.EventPublisher;
import io.likeness.gateway.publish.PublishOutcome;
import io.likeness.node.meta.CreateOutcome;
import io.likeness.node.meta.MetaStore;
import io.likeness.node.process.NodeContext;
import io.likeness.node.process.Trace;
import io.likeness.proto.image.InstanceKey;
import io.likeness.proto.vector.Version;
import io.likeness.wire.AddImage;
import io.likeness.wire.Attributes;
import io.likeness.wire.CoordinatorGrpcClient;
import io.likeness.wire.CountImagesAnswer;
import io.likeness.wire.CountImagesRequest;
import io.likeness.wire.DeleteImage;
import io.likeness.wire.DescribeModelsAnswer;
import io.likeness.wire.DescribeModelsRequest;
import io.likeness.wire.DetectorInfo;
import io.likeness.wire.Filter;
import io.likeness.wire.GetImageRequest;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.ListImagesRequest;
import io.likeness.wire.ModelInfo;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.SearchAnswer;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.UpdateImage;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The library as it is: writes go to the log, questions to a coordinator, instances to the
 * cluster's records.
 */
public final class ClusterLibrary implements Library {

  /** Between two questions about one write, where the first could not be answered. */
  private static final Duration WATCH_PAUSE = Duration.ofMillis(100);

  /** Models change when coordinators are replaced: now and then. */
  private static final Duration MODELS_FRESH = Duration.ofSeconds(10);

  private final MetaStore meta;
  private final EventPublisher publisher;
  private final CoordinatorClient coordinator;
  private final Duration askDeadline;
  private final SearchMetrics metrics;
  private final AtomicReference<@Nullable KnownModels> models = new AtomicReference<>();

  private record KnownModels(DescribeModelsAnswer answer, long readAtNanos) {}

  ClusterLibrary(
      MetaStore meta,
      EventPublisher publisher,
      CoordinatorClient coordinator,
      Duration askDeadline,
      SearchMetrics metrics) {
    this.meta = meta;
    this.publisher = publisher;
    this.coordinator = coordinator;
    this.askDeadline = askDeadline;
    this.metrics = metrics;
  }

  /** The library of this cluster; publisher and client stay their owner's to close. */
  public static ClusterLibrary over(
      NodeContext context,
      EventPublisher publisher,
      CoordinatorClient coordinator,
      Duration askDeadline) {
    return new ClusterLibrary(
        context.meta(), publisher, coordinator, askDeadline, new SearchMetrics(context.metrics()));
  }

  @Override
  public InstanceOutcome createInstance(NewInstance wanted) {
    Optional<ModelInfo> model =
        models().stream()
            .filter(
                each ->
                    wanted.model().equals("default")
                        ? each.getIsDefault()
                        : each.getName().equals(wanted.model()))
            .findFirst();
    if (model.isEmpty()) {
      return new UnknownModel(wanted.model());
    }
    boolean detectorKnown =
        wanted.detector().isEmpty()
            || detectors().stream().anyMatch(each -> each.getName().equals(wanted.detector()));
    if (!detectorKnown) {
      return new UnknownDetector(wanted.detector());
    }
    InstanceRecord record =
        InstanceRecord.newBuilder()
            .setProjectId(wanted.key().project())
            .setName(wanted.key().name())
            .setDescription(wanted.description())
            .setModel(model.get().getName())
            .setModelVersion(model.get().getVersion())
            .setModelLabel(wanted.modelLabel())
            .setDimensions(model.get().getDimensions())
            .setLevel(wanted.level())
            .addAllTags(wanted.tags())
            .addAllNumberTags(wanted.numberTags())
            .setRows(wanted.rows())
            .setDetector(wanted.detector())
            .build();
    CreateOutcome outcome;
    try {
      outcome = meta.createInstance(record);
    } catch (IllegalStateException e) {
      throw new LibraryUnavailableException("the cluster's records cannot be changed now", e);
    }
    return switch (outcome) {
      case CreateOutcome.Created made -> new Created(made.instance());
      case CreateOutcome.NameTaken taken -> new NameTaken(taken.holder());
    };
  }

  @Override
  public Optional<InstanceRecord> instance(InstanceKey key) {
    return meta.instance(key);
  }

  @Override
  public List<InstanceRecord> instancesOf(String projectId) {
    return meta.instancesOf(projectId);
  }

  @Override
  public boolean deleteInstance(InstanceKey key) {
    try {
      return meta.deleteInstance(key);
    } catch (IllegalStateException e) {
      throw new LibraryUnavailableException("the cluster's records cannot be changed now", e);
    }
  }

  @Override
  public List<ModelInfo> models() {
    return described().getModelsList();
  }

  @Override
  public List<DetectorInfo> detectors() {
    return described().getDetectorsList();
  }

  private DescribeModelsAnswer described() {
    KnownModels known = models.get();
    if (known != null && System.nanoTime() - known.readAtNanos() < MODELS_FRESH.toNanos()) {
      return known.answer();
    }
    try {
      DescribeModelsAnswer read =
          coordinator.ask(
              CoordinatorGrpcClient.DescribeModels,
              DescribeModelsRequest.getDefaultInstance(),
              askDeadline,
              Trace.fresh().traceparent());
      models.set(new KnownModels(read, System.nanoTime()));
      return read;
    } catch (CoordinatorAwayException e) {
      if (known != null) {
        return known.answer();
      }
      throw new LibraryUnavailableException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public WriteOutcome add(
      InstanceRecord instance, String imageId, AddImage add, Duration wait, String traceparent) {
    return write(event(instance, imageId).setAdd(add).build(), instance, wait, traceparent);
  }

  @Override
  public WriteOutcome update(
      InstanceRecord instance,
      String imageId,
      Attributes attributes,
      Duration wait,
      String traceparent) {
    UpdateImage update = UpdateImage.newBuilder().setAttributes(attributes).build();
    return write(event(instance, imageId).setUpdate(update).build(), instance, wait, traceparent);
  }

  @Override
  public WriteOutcome delete(
      InstanceRecord instance, String imageId, Duration wait, String traceparent) {
    DeleteImage delete = DeleteImage.getDefaultInstance();
    return write(event(instance, imageId).setDelete(delete).build(), instance, wait, traceparent);
  }

  private static ImageEvent.Builder event(InstanceRecord instance, String imageId) {
    InstanceKey key = new InstanceKey(instance.getProjectId(), instance.getName());
    return ImageEvent.newBuilder().setInstance(key.toString()).setImageId(imageId);
  }

  private WriteOutcome write(
      ImageEvent event, InstanceRecord instance, Duration wait, String traceparent) {
    return switch (publisher.publish(event, traceparent)) {
      case PublishOutcome.Published done ->
          wait.isZero()
              ? new Accepted(done.version())
              : watch(instance, event.getImageId(), done.version(), wait, traceparent);
      case PublishOutcome.TooLarge large ->
          new Rejected(
              Version.NONE,
              Rejection.newBuilder()
                  .setKind(RejectionKind.PICTURE_TOO_LARGE)
                  .setDetail(
                      "the event is " + large.bytes() + " bytes, at most " + large.bytesMax())
                  .build());
      case PublishOutcome.NotTaken busy -> new Busy(busy.retryAfter());
    };
  }

  /**
   * Waits until a replica has applied the write; whatever goes wrong here, the log has it. A part
   * of the cluster that cannot answer now, because it is just starting say, is asked again while
   * there is time.
   */
  private WriteOutcome watch(
      InstanceRecord instance, String imageId, Version version, Duration wait, String traceparent) {
    long began = System.nanoTime();
    ImageOutcome seen = image(instance, imageId, Optional.of(version), wait, traceparent);
    Duration left = wait.minusNanos(System.nanoTime() - began);
    while (!(seen instanceof ImageShown) && left.compareTo(WATCH_PAUSE) > 0 && pause()) {
      seen = image(instance, imageId, Optional.of(version), left.minus(WATCH_PAUSE), traceparent);
      left = wait.minusNanos(System.nanoTime() - began);
    }
    metrics.waited(System.nanoTime() - began);
    if (!(seen instanceof ImageShown shown) || !shown.image().getApplied()) {
      return new Accepted(version);
    }
    ImageInfo image = shown.image();
    if (image.hasRejected() && Version.of(image.getRejected()).equals(version)) {
      return new Rejected(version, image.getRejection());
    }
    return new Visible(version);
  }

  /** False: this thread is asked to end. */
  private static boolean pause() {
    try {
      Thread.sleep(WATCH_PAUSE);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public ImageOutcome image(
      InstanceRecord instance,
      String imageId,
      Optional<Version> after,
      Duration wait,
      String traceparent) {
    GetImageRequest.Builder question =
        GetImageRequest.newBuilder()
            .setInstanceUid(instance.getUid())
            .setImageId(imageId)
            .setWaitMillis(Math.toIntExact(wait.toMillis()));
    after.ifPresent(version -> question.setVersion(version.toWire()));
    ImageAnswer answer;
    try {
      answer =
          coordinator.ask(
              CoordinatorGrpcClient.GetImage,
              question.build(),
              askDeadline.plus(wait),
              traceparent);
    } catch (CoordinatorAwayException e) {
      return away(e);
    }
    return switch (answer.getOutcomeCase()) {
      case IMAGE -> new ImageShown(answer.getImage());
      case REFUSAL -> new RefusedBy(answer.getRefusal());
      case OUTCOME_NOT_SET -> noOutcome();
    };
  }

  @Override
  public ListOutcome list(
      InstanceRecord instance, String after, int limit, Filter filter, String traceparent) {
    ListImagesRequest question =
        ListImagesRequest.newBuilder()
            .setInstanceUid(instance.getUid())
            .setAfter(after)
            .setLimit(limit)
            .setFilter(filter)
            .build();
    ListImagesAnswer answer;
    try {
      answer =
          coordinator.ask(CoordinatorGrpcClient.ListImages, question, askDeadline, traceparent);
    } catch (CoordinatorAwayException e) {
      return away(e);
    }
    return switch (answer.getOutcomeCase()) {
      case IMAGES -> new Listed(answer.getImages());
      case REFUSAL -> new RefusedBy(answer.getRefusal());
      case OUTCOME_NOT_SET -> noOutcome();
    };
  }

  @Override
  public CountOutcome count(InstanceRecord instance, Filter filter, String traceparent) {
    CountImagesRequest question =
        CountImagesRequest.newBuilder().setInstanceUid(instance.getUid()).setFilter(filter).build();
    CountImagesAnswer answer;
    try {
      answer =
          coordinator.ask(CoordinatorGrpcClient.CountImages, question, askDeadline, traceparent);
    } catch (CoordinatorAwayException e) {
      return away(e);
    }
    return switch (answer.getOutcomeCase()) {
      case COUNT -> new Counted(answer.getCount().getTotal());
      case REFUSAL -> new RefusedBy(answer.getRefusal());
      case OUTCOME_NOT_SET -> noOutcome();
    };
  }

  @Override
  public SearchOutcome search(SearchRequest request, String traceparent) {
    Duration within =
        request.getDeadlineMillis() > 0
            ? Duration.ofMillis(request.getDeadlineMillis())
            : askDeadline;
    SearchAnswer answer;
    try {
      answer =
          coordinator.ask(
              CoordinatorGrpcClient.Search,
              request.toBuilder().setDeadlineMillis(Math.toIntExact(within.toMillis())).build(),
              within,
              traceparent);
    } catch (CoordinatorAwayException e) {
      return away(e);
    }
    return switch (answer.getOutcomeCase()) {
      case PAGE -> {
        metrics.searched(answer.getPage().getTimings());
        yield new PageFound(answer.getPage());
      }
      case REFUSAL -> new RefusedBy(answer.getRefusal());
      case OUTCOME_NOT_SET -> noOutcome();
    };
  }

  private static RefusedBy away(CoordinatorAwayException e) {
    return new RefusedBy(
        Refusal.newBuilder()
            .setKind(RefusalKind.UNAVAILABLE)
            .setDetail(String.valueOf(e.getMessage()))
            .build());
  }

  /** A coordinator of another release; nothing can be made of its answer. */
  private static RefusedBy noOutcome() {
    return new RefusedBy(
        Refusal.newBuilder()
            .setKind(RefusalKind.UNAVAILABLE)
            .setDetail("the coordinator gave an answer without an outcome")
            .build());
  }
}
