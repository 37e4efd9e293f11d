package io.likeness.features;

import io.likeness.wire.Box;
import java.util.Objects;

/**
 * A part of a picture that may be what it is about.
 *
 * @param box in pixels of the picture as it is shown
 * @param score 0 to 1: the share of what stands out that lies in it, or how sure a detector is
 * @param label what a detector takes it for; empty where none was asked
 */
public record Subject(Box box, double score, String label) {

  public Subject {
    Objects.requireNonNull(label, "label");
  }

  public Subject(Box box, double score) {
    this(box, score, "");
  }
}
