package io.likeness.proto.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.InstanceRecord;
import org.junit.jupiter.api.Test;

class InstanceModelTest {

  private static InstanceRecord made(String model, String version) {
    return InstanceRecord.newBuilder().setModel(model).setModelVersion(version).build();
  }

  @Test
  void letsTheVersionThatMadeTheVectorsGoOn() {
    assertThat(InstanceModel.mismatch(made("default", "2"), "2")).isEmpty();
  }

  @Test
  void saysWhichVersionsDoNotFit() {
    assertThat(InstanceModel.mismatch(made("shoes", "2"), "3").orElseThrow())
        .contains("shoes@2", "shoes@3", "new instance");
  }

  @Test
  void takesAnInstanceOlderThanTheFieldForOneOfTheFirstDefault() {
    assertThat(InstanceModel.mismatch(made("default", ""), "1")).isEmpty();
    assertThat(InstanceModel.mismatch(made("default", ""), "2").orElseThrow())
        .contains("default@1", "default@2");
    assertThat(InstanceModel.mismatch(made("shoes", ""), "7")).isEmpty();
  }
}
