package io.likeness.coordinator;

import io.likeness.features.DetectorManifest;
import io.likeness.features.EmbedOutcome;
import io.likeness.features.ModelManifest;
import io.likeness.features.Picture;
import java.util.List;
import java.util.Optional;

/** The models a coordinator has, and the embedding with them. */
interface Models {

  Optional<ModelManifest> model(String name);

  List<ModelManifest> all();

  String defaultName();

  List<DetectorManifest> detectors();

  /**
   * Waits for the vector of one picture.
   *
   * @throws java.util.concurrent.RejectedExecutionException when too many wait already
   */
  EmbedOutcome embed(Picture picture);
}
