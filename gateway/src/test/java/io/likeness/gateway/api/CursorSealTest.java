package io.likeness.gateway.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.wire.InstanceRecord;
import java.security.SecureRandom;
import java.util.Base64;
import org.junit.jupiter.api.Test;

class CursorSealTest {

  private final MasterKey key = MasterKey.of(new byte[32], new SecureRandom());
  private final CursorSeal seal = new CursorSeal(key);
  private final InstanceRecord instance =
      InstanceRecord.newBuilder().setProjectId("p").setUid("life").build();

  @Test
  void opensWhatItSealed() {
    CursorSeal.Opened cursor = new CursorSeal.Opened(ByteString.copyFromUtf8("where"), true);
    assertThat(seal.open(instance, seal.seal(instance, cursor))).isEqualTo(cursor);
  }

  @Test
  void tellsOneOfANewerReleaseFromAForgedOne() {
    byte[] newer = "\u0002where".getBytes(UTF_8);
    String text =
        Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(key.seal(MasterKey.Purpose.CURSORS, newer, "p/life"));
    assertThatThrownBy(() -> seal.open(instance, text))
        .isInstanceOf(ApiFault.class)
        .hasMessageContaining("cursor is of a newer release");
    assertThatThrownBy(() -> seal.open(instance, text.substring(4)))
        .hasMessageContaining("cursor is not one");
  }
}
