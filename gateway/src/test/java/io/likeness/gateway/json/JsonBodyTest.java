package io.likeness.gateway.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import java.util.Base64;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class JsonBodyTest {

  private static final long MAX = 1 << 20;

  private static JsonBody read(String text) throws JsonFault {
    return JsonBody.read(ByteString.copyFromUtf8(text), Set.of("picture"), MAX);
  }

  private static JsonFault fault(String text) {
    return catchThrowableOfType(JsonFault.class, () -> read(text));
  }

  @Test
  void decodesPicturesOfEveryLengthWhileReading() throws JsonFault {
    Random random = new Random(7);
    for (int length : new int[] {0, 1, 2, 3, 4, 100, 4095, 8192, 100_001, (int) MAX}) {
      byte[] bytes = new byte[length];
      random.nextBytes(bytes);
      String base64 = Base64.getEncoder().encodeToString(bytes);
      JsonBody body =
          read("{\"before\":{\"picture\":1},\"picture\":\"" + base64 + "\",\"after\":[2]}");

      assertThat(body.picture("picture")).contains(ByteString.copyFrom(bytes));
      assertThat(body.fields().get("before").get("picture").intValue()).isEqualTo(1);
      assertThat(body.fields().get("after")).hasSize(1);
      assertThat(body.fields().has("picture")).isFalse();
    }
  }

  @Test
  void takesBase64WithoutPaddingAndWithEscapes() throws JsonFault {
    assertThat(read("{\"picture\":\"cGljdA\"}").picture("picture"))
        .contains(ByteString.copyFromUtf8("pict"));
    assertThat(read("{\"picture\":\"c\\/8=\"}").picture("picture")).isPresent();
  }

  @Test
  void saysWhatIsWrongWithAPicture() {
    assertThat(fault("{\"picture\":\"****\"}").kind()).isEqualTo(JsonFault.Kind.BASE64);
    assertThat(fault("{\"picture\":\"cGlj\\u0023\"}").kind()).isEqualTo(JsonFault.Kind.BASE64);
    assertThat(fault("{\"picture\":[]}").kind()).isEqualTo(JsonFault.Kind.TYPE);
    String large = "A".repeat((int) (MAX / 3 * 4) + 8);
    assertThat(fault("{\"picture\":\"" + large + "\"}").kind()).isEqualTo(JsonFault.Kind.TOO_LARGE);
    assertThat(fault("{\"picture\":\"cGlj").kind()).isEqualTo(JsonFault.Kind.BASE64);
  }

  @Test
  void refusesWhatIsNoObjectOrNotOnlyOne() {
    for (String text :
        new String[] {
          "",
          " ",
          "null",
          "[]",
          "\"x\"",
          "{",
          "{\"a\"",
          "{\"a\":1",
          "{\"a\":1}}",
          "{} {}",
          "{'a':1}",
          "{\"a\":1,}",
          "{\"a\":NaN}",
          "{\"a\":1,\"a\":2}",
          "{\"b\":{\"a\":1,\"a\":2}}",
        }) {
      assertThatThrownBy(() -> read(text)).as(text).isInstanceOf(JsonFault.class);
    }
  }

  @Test
  void boundsDepthAndLength() {
    assertThat(fault("{\"a\":" + "[".repeat(100) + "]".repeat(100) + "}").kind())
        .isEqualTo(JsonFault.Kind.SYNTAX);
    assertThat(fault("{\"a\":\"" + "x".repeat(2 << 20) + "\"}").kind())
        .isEqualTo(JsonFault.Kind.SYNTAX);
    assertThat(fault("{\"a\":" + "9".repeat(1000) + "}").kind()).isEqualTo(JsonFault.Kind.SYNTAX);
  }

  @Test
  void neverQuotesTheBody() {
    JsonFault fault = fault("{\"secret\": tell-nobody}");
    assertThat(fault.reason()).doesNotContain("secret").hasSizeLessThan(300);
  }
}
