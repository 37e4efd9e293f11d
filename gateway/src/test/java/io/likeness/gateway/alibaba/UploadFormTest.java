package io.likeness.gateway.alibaba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The multipart bodies of the clients' stream methods, each written in its client's own way. */
class UploadFormTest {

  private static final String TYPE = "multipart/form-data; boundary=12345678901234";

  /** Fields, the file with an empty type, one field more; {@code afterFile}: none with Node. */
  static byte[] written(Map<String, String> fields, byte[] file, String afterFile) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    fields.forEach(
        (name, value) ->
            body.writeBytes(
                text(
                    "--12345678901234\r\nContent-Disposition: form-data; name=\""
                        + name
                        + "\"\r\n\r\n"
                        + value
                        + "\r\n")));
    body.writeBytes(
        text(
            "--12345678901234\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a/b.png\"\r\n"
                + "Content-Type: \r\n\r\n"));
    body.writeBytes(file);
    body.writeBytes(
        text(
            afterFile
                + "--12345678901234\r\nContent-Disposition: form-data; name=\"host\"\r\n\r\n127.0.0.1\r\n"
                + "--12345678901234--\r\n"));
    return body.toByteArray();
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\r\n"})
  void readsTheFileToTheByteWithAndWithoutALineBreakBehindIt(String afterFile) {
    Random random = new Random(8);
    for (int size : new int[] {0, 1, 100, 70_000}) {
      byte[] file = new byte[size];
      random.nextBytes(file);

      UploadForm form =
          UploadForm.read(
              ByteString.copyFrom(written(Map.of("key", "中/1", "policy", ""), file, afterFile)),
              TYPE);

      assertThat(form.file()).contains(ByteString.copyFrom(file));
      assertThat(form.fields()).isEqualTo(Map.of("key", "中/1", "policy", "", "host", "127.0.0.1"));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nothing of the kind",
        "--12345678901234",
        "--12345678901234\r\n\r\nno head",
        "--12345678901234\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
        "--12345678901234\r\nContent-Type: x\r\n\r\nno name\r\n--12345678901234--"
      })
  void refusesWhatIsNoForm(String body) {
    assertThatThrownBy(() -> UploadForm.read(ByteString.copyFromUtf8(body), TYPE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesWhatIsBeyondItsBounds() {
    String part = "--12345678901234\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    assertThatThrownBy(
            () ->
                UploadForm.read(
                    ByteString.copyFromUtf8(part.repeat(33) + "--12345678901234--"), TYPE))
        .hasMessageContaining("32 parts");
    assertThatThrownBy(
            () ->
                UploadForm.read(
                    ByteString.copyFromUtf8(part + "x".repeat(20_000) + "--12345678901234--"),
                    TYPE))
        .hasMessageContaining("at most 16384");
    assertThatThrownBy(() -> UploadForm.read(ByteString.EMPTY, "multipart/form-data"))
        .hasMessageContaining("boundary");
  }
}
