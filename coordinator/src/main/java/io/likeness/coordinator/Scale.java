package io.likeness.coordinator;

import io.likeness.coordinator.merge.HitMerger;
import io.likeness.features.ModelManifest;
import io.likeness.wire.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * Makes likenesses of the shards' cosines, and leaves out what is less alike than demanded.
 *
 * @param model none where no vector is searched with
 * @param byWords the shards' scores are likenesses already; else, without a model, the filter alone
 *     decides and every likeness is 1
 */
record Scale(Optional<ModelManifest> model, boolean byWords, OptionalDouble minScore) {

  Comparator<Hit> order() {
    return model.isPresent() || byWords ? HitMerger.BY_SCORE : HitMerger.BY_ID;
  }

  private double likeness(double score) {
    return model.isPresent() ? model.get().likeness(score) : byWords ? score : 1;
  }

  /** A little low, since the shard compares floats; {@link #scored} cuts sharply. */
  Optional<Float> lowestCosine() {
    return model.isPresent() && minScore.isPresent()
        ? Optional.of(Math.nextDown((float) model.get().cosineOf(minScore.getAsDouble())))
        : Optional.empty();
  }

  List<Hit> scored(List<Hit> hits) {
    List<Hit> scored = new ArrayList<>();
    for (Hit hit : hits) {
      double likeness = likeness(hit.getScore());
      if (minScore.isEmpty() || likeness >= minScore.getAsDouble()) {
        Hit.Builder told = hit.toBuilder().setScore(likeness);
        if (hit.getOthersCount() > 0) {
          told.clearOthers().addAllOthers(scored(hit.getOthersList()));
        }
        scored.add(told.build());
      }
    }
    return scored;
  }
}
