package io.likeness.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.gateway.auth.AuthScene;
import io.likeness.gateway.auth.RpcScene;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.RateLimits;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Calls in RPC style through the real routes: who may pass, and what lies beside them under /. */
class RpcApisTest {

  private final GatewayScene scene = new GatewayScene();

  private static Requests acs3(String action, String nonce) {
    return RpcScene.acs3(
        action,
        Map.of("InstanceName", "lab"),
        Map.of(),
        AuthScene.ACCESS,
        AuthScene.SECRET,
        AuthScene.NOW,
        nonce,
        Map.of());
  }

  private static String code(ApiResponse answer) {
    return GatewayScene.json(answer).path("Code").asText();
  }

  private void createTheInstance() {
    assertThat(scene.send("POST", "/api/v1/instances", "{\"name\":\"lab\"}").status())
        .isEqualTo(201);
  }

  @Test
  void answersCallsOfBothSchemes() {
    createTheInstance();

    ApiResponse acs3 = scene.send(acs3("Detail", "n1"));
    ApiResponse version1 =
        scene.send(
            RpcScene.version1(
                "Detail",
                Map.of("InstanceName", "lab"),
                AuthScene.ACCESS,
                AuthScene.SECRET,
                AuthScene.NOW,
                "n2",
                Map.of()));

    assertThat(GatewayScene.json(acs3).at("/Instance/Name").asText()).isEqualTo("lab");
    assertThat(GatewayScene.json(version1).at("/Instance/Name").asText()).isEqualTo("lab");
    assertThat(scene.metrics.scrape())
        .contains("likeness_api_calls_seconds_count{api=\"alibaba\"")
        .contains("operation=\"Detail\"");
  }

  @Test
  void refusesTheSameCallTwiceWithTheCloudsCodes() {
    createTheInstance();
    scene.send(acs3("Detail", "n1"));

    ApiResponse again = scene.send(acs3("Detail", "n1"));

    assertThat(again.status()).isEqualTo(400);
    assertThat(code(again)).isEqualTo("SignatureNonceUsed");
    assertThat(again.headers()).containsKey("x-acs-request-id");
    ApiResponse unsigned = scene.send(Requests.of("POST", "/?InstanceName=lab"));
    assertThat(code(unsigned)).isEqualTo("IncompleteSignature");
    ApiResponse broken = scene.send(Requests.of("POST", "/?a=%zz"));
    assertThat(code(broken)).isEqualTo("InvalidParameter");
  }

  @Test
  void showsNobodyAnInstanceOfAnother() {
    createTheInstance();

    ApiResponse foreign =
        scene.send(
            RpcScene.acs3(
                "Detail",
                Map.of("InstanceName", "lab"),
                Map.of(),
                AuthScene.OTHER_ACCESS,
                AuthScene.OTHER_SECRET,
                AuthScene.NOW,
                "n1",
                Map.of()));

    assertThat(code(foreign)).isEqualTo("InvalidInstance");
  }

  @Test
  void throttlesAnAccountInTheCloudsWords() {
    GatewayScene slow = new GatewayScene(new RateLimits(1e-6, 1, System::nanoTime));
    assertThat(code(slow.send(acs3("Detail", "n1")))).isEqualTo("InvalidInstance");

    ApiResponse second = slow.send(acs3("Detail", "n2"));

    assertThat(second.status()).isEqualTo(400);
    assertThat(code(second)).isEqualTo("Throttling.User");
    assertThat(second.headers()).containsKey("Retry-After");
  }

  @Test
  void leavesTheStartPageAlone() {
    ApiResponse page = scene.send(Requests.of("GET", "/"));

    assertThat(page.status()).isEqualTo(200);
    assertThat(page.headers().get("Content-Type")).startsWith("text/html");
  }

  @Test
  void refusesUploadsThatNobodyAllowedInXml() {
    ApiResponse answer =
        scene.send(
            Requests.of("POST", "/")
                .header("Content-Type", "multipart/form-data; boundary=b")
                .body(
                    "--b\r\nContent-Disposition: form-data; name=\"policy\"\r\n\r\nx\r\n--b--\r\n"));

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.headers()).containsEntry("Content-Type", "application/xml");
    assertThat(answer.body().toStringUtf8()).contains("<Code>SignatureDoesNotMatch</Code>");
  }
}
