package io.likeness.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.Relation;
import java.util.OptionalLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RelationsTest {

  private final Relations relations =
      new Relations(ByteString.copyFromUtf8("sha"), OptionalLong.of(0));

  @ParameterizedTest
  @CsvSource({
    // The same file, whatever part of it was searched with.
    "0.2, sha, 0xFFFF, IDENTICAL",
    "1.0, sha, 0, IDENTICAL",
    // Near from afar, unless the vectors deny it.
    "0.5, other, 0x7F, EDITED_COPY",
    "0.49, other, 0x7F, RELATION_UNSPECIFIED",
    "0.6, other, 0xFFFFF, SIMILAR",
    // Far from afar, as crops are.
    "0.9, other, 0xFFFFF, EDITED_COPY",
    "0.89, other, 0xFFFFF, SIMILAR"
  })
  void saysWhatAnImageIs(double likeness, String content, String fingerprint, Relation relation) {
    ImageInfo image =
        ImageInfo.newBuilder()
            .setContentSha256(ByteString.copyFromUtf8(content))
            .setFingerprint(Long.decode(fingerprint))
            .build();

    assertThat(relations.of(likeness, image)).isEqualTo(relation);
  }

  @ParameterizedTest
  @CsvSource({"1.0, EDITED_COPY", "0.7, SIMILAR", "0.1, RELATION_UNSPECIFIED"})
  void goesByTheLikenessWhereNoPictureIsKnown(double likeness, Relation relation) {
    assertThat(Relations.UNKNOWN.of(likeness, ImageInfo.getDefaultInstance())).isEqualTo(relation);
  }
}
