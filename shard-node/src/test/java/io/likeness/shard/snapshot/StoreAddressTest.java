package io.likeness.shard.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoreAddressTest {

  @Test
  void opensFoldersAndBuckets() {
    try (SnapshotStore folder = StoreAddress.parse("/backup/likeness").open();
        SnapshotStore bucket =
            StoreAddress.parse("s3://my-bucket/a/b/?endpoint=http%3A%2F%2Fhost%3A9000&region=x-1")
                .open()) {
      assertThat(folder).hasToString("/backup/likeness");
      assertThat(bucket).hasToString("s3://my-bucket/a/b/");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "  ",
        "gs://bucket",
        "s3://",
        "s3://B/x",
        "s3://bucket?endpoint=ftp%3A%2F%2Fhost",
        "s3://bucket?endpoint",
        "s3://bucket?password=x"
      })
  void saysWhatIsWrongWithOthers(String text) {
    assertThatThrownBy(() -> StoreAddress.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageMatching("(?s).{20,}");
  }
}
