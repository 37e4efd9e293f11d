package io.likeness.ingest;

import io.likeness.ingest.intake.Checked;
import io.likeness.ingest.intake.Unavailable;
import io.likeness.ingest.publish.Outbox;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.Version;
import io.likeness.wire.VectorRecord;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a worker said, acknowledged or not. */
final class InMemoryOutbox implements Outbox {

  final List<VectorRecord> published = new ArrayList<>();
  final List<Integer> slots = new ArrayList<>();
  final Map<Version, Checked.Unfit> quarantine = new LinkedHashMap<>();
  boolean acknowledges = true;
  private int awaited;

  @Override
  public void publish(int slot, VectorRecord step, Trace trace) {
    published.add(step);
    slots.add(slot);
  }

  @Override
  public void quarantine(Checked.Unfit unfit) {
    quarantine.put(unfit.version(), unfit);
  }

  @Override
  public void resolve(Version version) {
    quarantine.remove(version);
  }

  @Override
  public void awaitAcks() {
    if (!acknowledges) {
      throw new Unavailable("the topic is away", new IllegalStateException());
    }
    awaited = published.size();
  }

  /** Whether everything that was said has been waited for. */
  boolean isSafe() {
    return awaited == published.size();
  }

  List<String> ids(VectorRecord.StepCase step) {
    return published.stream()
        .filter(record -> record.getStepCase() == step)
        .map(VectorRecord::getImageId)
        .toList();
  }
}
