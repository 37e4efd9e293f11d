package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.likeness.bench.api.Account;
import io.likeness.bench.picture.Pictures;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The official Node SDK of Alibaba Cloud Image Search, 4.4.0: chunked forms, blanks as {@code %20},
 * empty values that are sent. Skipped where there is no Node, or npm cannot bring the SDK. Its
 * stream methods upload by HTTPS alone and are not called.
 */
class AlibabaNodeSdkTest {

  private static final Path SDK =
      TheSystem.repository().resolve("system-tests/target/alibaba-node");
  private static final long MINUTES_MAX = 3;

  private final TheSystem system = TheSystem.shared();
  private final Account account = system.admin();

  @BeforeAll
  static void installTheSdk() throws IOException {
    assumeTrue(succeeds("node", "--version"), "no node on this machine");
    Files.createDirectories(SDK);
    Path sources = TheSystem.repository().resolve("system-tests/src/test/resources/alibaba-node");
    for (String name : List.of("package.json", "call.cjs")) {
      Files.write(SDK.resolve(name), Files.readAllBytes(sources.resolve(name)));
    }
    assumeTrue(
        Files.isDirectory(SDK.resolve("node_modules/@alicloud/imagesearch20201214"))
            || succeeds("npm", "install", "--no-audit", "--no-fund", "--no-package-lock"),
        "npm cannot bring the SDK");
  }

  private static boolean succeeds(String... command) {
    try {
      Files.createDirectories(SDK);
      Process process =
          new ProcessBuilder(command)
              .directory(SDK.toFile())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      boolean ended = process.waitFor(MINUTES_MAX, TimeUnit.MINUTES);
      process.destroyForcibly();
      return ended && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private JsonArray call(String signature, JsonArray calls) throws Exception {
    ProcessBuilder node = new ProcessBuilder("node", "call.cjs").directory(SDK.toFile());
    node.environment()
        .put("ENDPOINT", system.endpoint().getHost() + ":" + system.endpoint().getPort());
    node.environment().put("ACCESS_KEY", account.accessKey());
    node.environment().put("SECRET_KEY", account.secretKey());
    node.environment().put("SIGNATURE", signature);
    Path told = Files.createTempFile("likeness-node-", ".txt");
    try {
      Process process = node.redirectError(told.toFile()).start();
      process.getOutputStream().write(calls.encode().getBytes(StandardCharsets.UTF_8));
      process.getOutputStream().close();
      String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(MINUTES_MAX, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(told)).isZero();
      return new JsonArray(answer);
    } finally {
      Files.delete(told);
    }
  }

  private static JsonObject call(String method, JsonObject arguments) {
    String request = Character.toUpperCase(method.charAt(0)) + method.substring(1) + "Request";
    return new JsonObject()
        .put("method", method)
        .put("request", request)
        .put("arguments", arguments);
  }

  private static JsonObject image(String instance, String name) {
    return new JsonObject()
        .put("instanceName", instance)
        .put("productId", "p 1/中")
        .put("picName", name);
  }

  private static String base64(long seed) {
    return Base64.getEncoder().encodeToString(Pictures.png(seed));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ACS3-HMAC-SHA256", "v2"})
  void makesEveryCallThatIsOffered(String signature) throws Exception {
    String instance = system.instanceName();
    system
        .client()
        .createInstance(
            instance,
            List.of("str_attr", "str_attr2", "str_attr3", "str_attr4", "product_id"),
            List.of("int_attr", "int_attr2", "int_attr3", "int_attr4"))
        .expect(201);

    JsonArray answers =
        call(
            signature,
            new JsonArray()
                .add(
                    call(
                        "addImage",
                        image(instance, "a+b*~.png")
                            .put("picContent", base64(71))
                            .put("customContent", "k1:v1 k2:v2")
                            .put("intAttr4", 4)
                            .put("strAttr", "v 1 中")
                            .put("strAttr2", "")))
                .add(call("addImage", image(instance, "other.png").put("picContent", base64(72))))
                .add(
                    call(
                        "searchImageByPic",
                        new JsonObject()
                            .put("instanceName", instance)
                            .put("picContent", base64(71))
                            .put("scoreThreshold", "0.50")
                            .put("distinctProductId", false)))
                .add(call("updateImage", image(instance, "a+b*~.png").put("strAttr3", "three")))
                .add(
                    call(
                        "searchImageByFilter",
                        new JsonObject()
                            .put("instanceName", instance)
                            .put("filter", "str_attr3=\"three\" AND str_attr2=\"\"")))
                .add(call("checkImageExists", image(instance, "a+b*~.png")))
                .add(call("searchImageByName", image(instance, "other.png").put("num", 1)))
                .add(call("detail", new JsonObject().put("instanceName", instance)))
                .add(call("deleteImage", image(instance, "other.png")))
                .add(call("dumpMeta", new JsonObject().put("instanceName", instance))));

    for (int i = 0; i < 9; i++) {
      assertThat(answers.getJsonObject(i).containsKey("body"))
          .as(answers.getJsonObject(i).encode())
          .isTrue();
    }
    JsonObject found = answers.getJsonObject(2).getJsonObject("body");
    JsonObject best = found.getJsonArray("auctions").getJsonObject(0);
    assertThat(found.getInteger("code")).isZero();
    assertThat(best.getString("picName")).isEqualTo("a+b*~.png");
    assertThat(best.getString("productId")).isEqualTo("p 1/中");
    assertThat(best.getInteger("intAttr4")).isEqualTo(4);
    assertThat(best.getString("strAttr")).isEqualTo("v 1 中");
    assertThat(best.getString("customContent")).isEqualTo("k1:v1 k2:v2");
    assertThat(best.getDouble("score")).isGreaterThanOrEqualTo(0.99);
    assertThat(answers.getJsonObject(4).getJsonObject("body").getJsonArray("auctions")).hasSize(1);
    JsonObject exists = answers.getJsonObject(5).getJsonObject("body");
    assertThat(exists.getBoolean("exists")).isTrue();
    assertThat(exists.getJsonObject("auctions").getString("strAttr3")).isEqualTo("three");
    assertThat(
            answers
                .getJsonObject(6)
                .getJsonObject("body")
                .getJsonArray("auctions")
                .getJsonObject(0)
                .getString("picName"))
        .isEqualTo("other.png");
    assertThat(
            answers
                .getJsonObject(7)
                .getJsonObject("body")
                .getJsonObject("instance")
                .getInteger("totalCount"))
        .isEqualTo(2);
    assertThat(
            answers
                .getJsonObject(8)
                .getJsonObject("body")
                .getJsonObject("data")
                .getJsonArray("picNames")
                .getString(0))
        .isEqualTo("other.png");
    assertThat(answers.getJsonObject(9).getString("code")).isEqualTo("InvalidApi.NotFound");
  }
}
