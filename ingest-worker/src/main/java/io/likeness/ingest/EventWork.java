package io.likeness.ingest;

import com.google.protobuf.ByteString;
import io.likeness.features.EmbedOutcome;
import io.likeness.features.Embedded;
import io.likeness.features.Picture;
import io.likeness.features.Refused;
import io.likeness.features.fetch.FetchFailed;
import io.likeness.features.fetch.FetchOutcome;
import io.likeness.features.fetch.FetchRefused;
import io.likeness.features.fetch.Fetched;
import io.likeness.ingest.feature.Pictures;
import io.likeness.ingest.feature.UrlPictures;
import io.likeness.ingest.intake.Checked;
import io.likeness.ingest.intake.EventCheck;
import io.likeness.ingest.intake.EventKind;
import io.likeness.ingest.intake.Instances;
import io.likeness.ingest.intake.OpsRecord;
import io.likeness.ingest.intake.Unavailable;
import io.likeness.ingest.publish.Outbox;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.proto.vector.Growth;
import io.likeness.proto.vector.InstanceModel;
import io.likeness.wire.AddImage;
import io.likeness.wire.FloatVector;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.PatchAttributes;
import io.likeness.wire.PutVector;
import io.likeness.wire.RejectImage;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.RemoveImage;
import io.likeness.wire.VectorRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is done with a batch of events, whatever lane brought it: check each, send changes on at
 * once, fetch and embed pictures, publish. Only the order within one batch is chosen here; versions
 * make it not matter. Doing a batch twice is harmless.
 */
public final class EventWork {

  private static final Logger log = LoggerFactory.getLogger(EventWork.class);

  private final EventCheck check;
  private final Instances instances;
  private final UrlPictures urls;
  private final Pictures pictures;
  private final int embedTogether;
  private final IngestMetrics metrics;

  /**
   * @param embedTogether pictures embedded before their vectors are sent, so that the first of a
   *     large batch are not found later than need be
   */
  public EventWork(
      EventCheck check,
      Instances instances,
      UrlPictures urls,
      Pictures pictures,
      int embedTogether,
      IngestMetrics metrics) {
    this.check = check;
    this.instances = instances;
    this.urls = urls;
    this.pictures = pictures;
    this.embedTogether = embedTogether;
    this.metrics = metrics;
  }

  /** Returns when all effects of the batch are safe, or throws {@link Unavailable}. */
  public void work(List<OpsRecord> batch, Outbox out) {
    metrics.timed(Stage.REFRESH, instances::refresh);
    List<Add> bytes = new ArrayList<>();
    List<Add> addresses = new ArrayList<>();
    for (OpsRecord record : batch) {
      switch (checkSafely(record)) {
        case Checked.Unfit unfit -> reject(unfit, out);
        case Checked.Outlived outlived -> outlived(outlived, out);
        case Checked.Fit fit -> begin(fit, bytes, addresses, out);
      }
    }
    UrlPictures.Fetching fetching =
        urls.begin(addresses.stream().map(add -> add.add().getUrl()).toList());
    // Pictures that are here do not wait for those that are not.
    embed(bytes, out);
    if (!addresses.isEmpty()) {
      List<FetchOutcome> outcomes = new ArrayList<>();
      metrics.timed(Stage.FETCH, () -> outcomes.addAll(fetching.await()));
      embed(fetched(addresses, outcomes, out), out);
    }
    metrics.timed(Stage.PUBLISH, out::awaitAcks);
  }

  /** One picture's way through the batch; {@code content} is empty until it has been fetched. */
  private record Add(Checked.Fit fit, ByteString content) {

    AddImage add() {
      return fit.event().getAdd();
    }

    Picture picture() {
      return new Picture(
          fit.instance().getModel(),
          content,
          add().hasCrop() ? Optional.of(add().getCrop()) : Optional.empty(),
          add().getRule(),
          add().getFindSubject(),
          add().getFindSubject() ? fit.instance().getDetector() : "");
    }
  }

  /** A fault of ours in one record: once more, then it is set aside, so that the rest goes on. */
  private Checked checkSafely(OpsRecord record) {
    try {
      return check.check(record);
    } catch (RuntimeException first) {
      log.warn("checking the event at {} failed, it is tried once more", record.place(), first);
    }
    try {
      return check.check(record);
    } catch (RuntimeException second) {
      log.error("the event at {} could not be checked", record.place(), second);
      return new Checked.Unfit(
          record,
          record.place(),
          EventKind.UNKNOWN,
          EventCheck.rejection(
              RejectionKind.BAD_EVENT, "the event could not be checked, unexpectedly: " + second),
          Optional.empty(),
          "",
          "");
    }
  }

  private void begin(Checked.Fit fit, List<Add> bytes, List<Add> addresses, Outbox out) {
    switch (fit.event().getChangeCase()) {
      case ADD -> {
        AddImage add = fit.event().getAdd();
        if (add.hasVector()) {
          put(fit, vectorGiven(fit, add.getVector()), out);
        } else if (pictures.modelId(fit.instance().getModel()).isEmpty()) {
          reject(unfit(fit, unknownModel(fit)), out);
        } else if (otherVersion(fit).isPresent()) {
          reject(
              unfit(
                  fit,
                  EventCheck.rejection(RejectionKind.BAD_EVENT, otherVersion(fit).orElseThrow())),
              out);
        } else if (lacksDetector(fit)) {
          reject(unfit(fit, unknownDetector(fit)), out);
        } else if (add.hasUrl()) {
          addresses.add(new Add(fit, ByteString.EMPTY));
        } else {
          bytes.add(new Add(fit, add.getContent()));
        }
      }
      case UPDATE ->
          publish(
              fit,
              step(fit)
                  .setPatch(
                      PatchAttributes.newBuilder()
                          .setAttributes(fit.event().getUpdate().getAttributes())),
              out);
      case DELETE -> publish(fit, step(fit).setRemove(RemoveImage.getDefaultInstance()), out);
      case DELETE_INSTANCE -> {
        instances.end(fit.instance().getUid());
        log.info(
            "instance {} ({}) ended by the event at {}",
            fit.event().getInstance(),
            fit.instance().getUid(),
            fit.version());
        succeeded(fit, out);
      }
      case CHANGE_NOT_SET ->
          throw new IllegalStateException("an event without a change passed the check");
    }
  }

  private List<Add> fetched(List<Add> addresses, List<FetchOutcome> outcomes, Outbox out) {
    List<Add> here = new ArrayList<>();
    for (int i = 0; i < addresses.size(); i++) {
      Add add = addresses.get(i);
      switch (outcomes.get(i)) {
        case Fetched fetched -> here.add(new Add(add.fit(), fetched.content()));
        case FetchRefused refused -> reject(unfit(add.fit(), refused.rejection()), out);
        case FetchFailed failed -> reject(unfit(add.fit(), failed.rejection()), out);
      }
    }
    return here;
  }

  private void embed(List<Add> adds, Outbox out) {
    for (int from = 0; from < adds.size(); from += embedTogether) {
      embedSome(adds.subList(from, Math.min(adds.size(), from + embedTogether)), out);
    }
  }

  private void embedSome(List<Add> adds, Outbox out) {
    List<EmbedOutcome> outcomes = pictures.embed(adds.stream().map(Add::picture).toList());
    for (int i = 0; i < adds.size(); i++) {
      Checked.Fit fit = adds.get(i).fit();
      switch (outcomes.get(i)) {
        case Embedded embedded -> {
          metrics.embedded(embedded);
          put(fit, vectorOf(fit, embedded), out);
        }
        case Refused refused -> reject(unfit(fit, refused.rejection()), out);
      }
    }
  }

  private PutVector.Builder vectorOf(Checked.Fit fit, Embedded embedded) {
    PutVector.Builder put =
        PutVector.newBuilder()
            .setVector(embedded.vector().toBytes())
            .setModel(modelOf(fit))
            .setContentSha256(embedded.contentSha256())
            .setFingerprint(embedded.fingerprint())
            .setWidth(embedded.width())
            .setHeight(embedded.height());
    embedded.subjects().stream().findFirst().ifPresent(best -> put.setSubject(best.box()));
    return put;
  }

  private PutVector.Builder vectorGiven(Checked.Fit fit, FloatVector given) {
    float[] values = new float[given.getValuesCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = given.getValues(i);
    }
    return PutVector.newBuilder()
        .setVector(FeatureVector.normalised(values).toBytes())
        .setModel(modelOf(fit));
  }

  private String modelOf(Checked.Fit fit) {
    return pictures.modelId(fit.instance().getModel()).orElse(fit.instance().getModel());
  }

  private void put(Checked.Fit fit, PutVector.Builder put, Outbox out) {
    put.setAttributes(fit.event().getAdd().getAttributes()).setRows(fit.instance().getRows());
    publish(fit, step(fit).setPut(put), out);
  }

  private void publish(Checked.Fit fit, VectorRecord.Builder step, Outbox out) {
    publish(fit.instance(), step.build(), fit.record(), out);
    succeeded(fit, out);
  }

  /** To the image's slot; to its old and its new one while the instance gets more of them. */
  private static void publish(
      InstanceRecord instance, VectorRecord step, OpsRecord record, Outbox out) {
    for (int slot : Growth.writtenTo(instance, step.getImageId())) {
      out.publish(slot, step, record.trace());
    }
  }

  private void succeeded(Checked.Fit fit, Outbox out) {
    if (!fit.version().equals(fit.record().place())) {
      out.resolve(fit.version());
    }
    metrics.event(EventKind.of(fit.event()), Outcome.DONE);
  }

  private void outlived(Checked.Outlived outlived, Outbox out) {
    if (!outlived.version().equals(outlived.record().place())) {
      out.resolve(outlived.version());
    }
    metrics.event(outlived.kind(), Outcome.OUTLIVED);
  }

  private void reject(Checked.Unfit unfit, Outbox out) {
    out.quarantine(unfit);
    if (unfit.instance().isPresent() && !unfit.imageId().isEmpty()) {
      // Whoever waits for this image learns why it does not come.
      VectorRecord step =
          VectorRecord.newBuilder()
              .setInstanceUid(unfit.instance().get().getUid())
              .setImageId(unfit.imageId())
              .setVersion(unfit.version().toWire())
              .setAcceptedAtMillis(unfit.record().acceptedAtMillis())
              .setReject(RejectImage.newBuilder().setRejection(unfit.rejection()))
              .build();
      publish(unfit.instance().get(), step, unfit.record(), out);
    }
    metrics.quarantined(unfit);
  }

  private static VectorRecord.Builder step(Checked.Fit fit) {
    return VectorRecord.newBuilder()
        .setInstanceUid(fit.instance().getUid())
        .setImageId(fit.event().getImageId())
        .setVersion(fit.version().toWire())
        .setAcceptedAtMillis(fit.record().acceptedAtMillis());
  }

  private static Checked.Unfit unfit(Checked.Fit fit, Rejection rejection) {
    return new Checked.Unfit(
        fit.record(),
        fit.version(),
        EventKind.of(fit.event()),
        EventCheck.rejection(rejection.getKind(), rejection.getDetail()),
        Optional.of(fit.instance()),
        fit.event().getInstance(),
        fit.event().getImageId());
  }

  /**
   * Says so where the worker's model of that name is not the one that made the instance's vectors.
   */
  private Optional<String> otherVersion(Checked.Fit fit) {
    String id = pictures.modelId(fit.instance().getModel()).orElseThrow();
    return InstanceModel.mismatch(fit.instance(), id.substring(id.lastIndexOf('@') + 1));
  }

  /** Whether the subject is to be found with a detector that is not here. */
  private boolean lacksDetector(Checked.Fit fit) {
    AddImage add = fit.event().getAdd();
    String detector = fit.instance().getDetector();
    return add.getFindSubject()
        && !add.hasCrop()
        && !detector.isEmpty()
        && !pictures.hasDetector(detector);
  }

  private static Rejection unknownDetector(Checked.Fit fit) {
    return EventCheck.rejection(
        RejectionKind.BAD_EVENT,
        "the instance's detector \""
            + fit.instance().getDetector()
            + "\" is not known to the worker");
  }

  private static Rejection unknownModel(Checked.Fit fit) {
    return EventCheck.rejection(
        RejectionKind.BAD_EVENT,
        "the instance's model \"" + fit.instance().getModel() + "\" is not known to the worker");
  }
}
