package io.likeness.features;

import com.google.protobuf.ByteString;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import java.util.Objects;
import java.util.Optional;

/**
 * A picture that is to become a vector: the file as it came, and what its caller demands of it.
 *
 * @param model name of the model the vector is wanted from
 * @param crop only this part of the picture as it is shown
 * @param findSubject whether to find what it is about and embed that part, where no crop says it
 * @param detector name of the detector that finds it; empty: the way that needs none
 * @param rule bounds beyond those every picture must keep; zero fields bind nothing
 */
public record Picture(
    String model,
    ByteString content,
    Optional<Box> crop,
    PictureRule rule,
    boolean findSubject,
    String detector) {

  public Picture {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(crop, "crop");
    Objects.requireNonNull(rule, "rule");
    Objects.requireNonNull(detector, "detector");
    findSubject = findSubject && crop.isEmpty();
    detector = findSubject ? detector : "";
  }

  /** As it is, or the given part of it. */
  public Picture(String model, ByteString content, Optional<Box> crop, PictureRule rule) {
    this(model, content, crop, rule, false, "");
  }
}
