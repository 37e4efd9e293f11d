package io.likeness.proto.vector;

import io.likeness.wire.InstanceRecord;
import java.util.Optional;

/**
 * The model that an instance's vectors come from, by name and version. Vectors of two versions lie
 * in different spaces: comparing them gives figures without a meaning, so nobody may.
 */
public final class InstanceModel {

  /** Instances made before their record told the version had the first one of the default. */
  private static final String FIRST_DEFAULT = "1";

  private InstanceModel() {}

  /**
   * Why a model must not make vectors for an instance; empty where it may.
   *
   * @param version of the model at hand that has the name of the instance's
   */
  public static Optional<String> mismatch(InstanceRecord instance, String version) {
    String made = instance.getModelVersion();
    if (made.isEmpty()) {
      made = instance.getModel().equals("default") ? FIRST_DEFAULT : version;
    }
    return made.equals(version)
        ? Optional.empty()
        : Optional.of(
            "the instance was made with the model %s@%s and here is %s@%s, whose vectors cannot be compared with it:"
                    .formatted(instance.getModel(), made, instance.getModel(), version)
                + " add the pictures to a new instance, or put the model's old version into the models folder");
  }
}
