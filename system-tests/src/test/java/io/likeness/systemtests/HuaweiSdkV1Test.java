package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.exception.ClientRequestException;
import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import com.huaweicloud.sdk.core.region.Region;
import com.huaweicloud.sdk.imagesearch.v1.ImageSearchClient;
import com.huaweicloud.sdk.imagesearch.v1.model.AddPictureRequestReq;
import com.huaweicloud.sdk.imagesearch.v1.model.CreateInstanceReq;
import com.huaweicloud.sdk.imagesearch.v1.model.DeletePictureReq;
import com.huaweicloud.sdk.imagesearch.v1.model.RunAddPictureRequest;
import com.huaweicloud.sdk.imagesearch.v1.model.RunCheckPictureRequest;
import com.huaweicloud.sdk.imagesearch.v1.model.RunCreateInstanceRequest;
import com.huaweicloud.sdk.imagesearch.v1.model.RunCreateInstanceResponse;
import com.huaweicloud.sdk.imagesearch.v1.model.RunDeleteInstanceRequest;
import com.huaweicloud.sdk.imagesearch.v1.model.RunDeletePictureRequest;
import com.huaweicloud.sdk.imagesearch.v1.model.RunModifyPictureReq;
import com.huaweicloud.sdk.imagesearch.v1.model.RunModifyPictureRequest;
import com.huaweicloud.sdk.imagesearch.v1.model.RunQueryInstanceRequest;
import com.huaweicloud.sdk.imagesearch.v1.model.RunQueryInstanceResponse;
import com.huaweicloud.sdk.imagesearch.v1.model.RunSearchPictureRequest;
import com.huaweicloud.sdk.imagesearch.v1.model.RunSearchPictureResponse;
import com.huaweicloud.sdk.imagesearch.v1.model.SearchBoxDetail;
import com.huaweicloud.sdk.imagesearch.v1.model.SearchPictureItem;
import com.huaweicloud.sdk.imagesearch.v1.model.SearchPictureReq;
import io.likeness.bench.api.Account;
import io.likeness.bench.picture.Pictures;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * The official Java SDK's v1 client, unchanged, against this system: operations 1 to 8 and 22 of
 * the contract, and temporary keys (23) with it.
 */
class HuaweiSdkV1Test {

  private static final float SAME = 0.99f;

  private final TheSystem system = TheSystem.shared();
  private final Account account = system.admin();
  private final Calls calls = new Calls(client(account.accessKey(), account.secretKey()));

  @Test
  void createsAndShowsAnInstance() {
    String name = system.instanceName();

    RunCreateInstanceResponse created =
        calls.client.runCreateInstance(
            new RunCreateInstanceRequest()
                .withBody(
                    new CreateInstanceReq()
                        .withName(name)
                        .withModel("common-search")
                        .withDescription("猫 and dogs")
                        .withLevel(30000000)
                        .withTags(List.of("animal", "shop_no"))));
    RunQueryInstanceResponse shown =
        calls.client.runQueryInstance(new RunQueryInstanceRequest().withInstanceName(name));

    assertThat(created.getHttpStatusCode()).isEqualTo(200);
    assertThat(created.getInstanceName()).isEqualTo(name);
    assertThat(created.getDesc()).isEqualTo("猫 and dogs");
    assertThat(created.getLevel()).isEqualTo(30000000);
    assertThat(created.getTags()).containsExactly("animal", "shop_no");
    assertThat(created.getStatus()).isEqualTo(RunCreateInstanceResponse.StatusEnum.NORMAL);
    assertThat(created.getExpiredDate()).isEqualTo(-1);
    assertThat(created.getRegisterDate()).isCloseTo(System.currentTimeMillis(), within(600_000L));
    assertThat(created.getDomain()).isNotEmpty();
    assertThat(shown.getInstanceName()).isEqualTo(name);
    assertThat(shown.getDesc()).isEqualTo(created.getDesc());
    assertThat(shown.getLevel()).isEqualTo(created.getLevel());
    assertThat(shown.getTags()).isEqualTo(created.getTags());
    assertThat(shown.getStatus()).isEqualTo(RunQueryInstanceResponse.StatusEnum.NORMAL);
    assertThat(shown.getRegisterDate()).isEqualTo(created.getRegisterDate());
    assertThat(shown.getExpiredDate()).isEqualTo(-1);
    assertThat(shown.getDomain()).isEqualTo(created.getDomain());
  }

  @Test
  void deletesAnInstanceAndForgetsItsPictures() {
    String name = calls.create();
    calls.add(name, "a", Pictures.jpeg(1), Map.of());

    assertThat(
            calls
                .client
                .runDeleteInstance(new RunDeleteInstanceRequest().withInstanceName(name))
                .getResult())
        .isEqualTo("success");
    assertFails(
        "IS.0007",
        () -> calls.client.runQueryInstance(new RunQueryInstanceRequest().withInstanceName(name)));
    assertFails("IS.0007", () -> calls.exist(name, "a"));
    calls.createNamed(name);

    assertThat(calls.exist(name, "a")).isEqualTo("false");
  }

  @Test
  void findsEveryPictureItself() {
    String name = calls.create("animal");
    calls.add(name, "https://bucket.obs.example.com/image/1.jpg", Pictures.jpeg(1), tag("cat"));
    calls.add(name, "two", Pictures.png(2), tag("dog"));
    calls.add(name, "три/3 ü.bmp", Pictures.bmp(3), Map.of());

    RunSearchPictureResponse one = calls.search(name, file(Pictures.jpeg(1)));
    RunSearchPictureResponse two = calls.search(name, file(Pictures.png(2)));
    RunSearchPictureResponse three = calls.search(name, file(Pictures.bmp(3)));

    assertThat(one.getCount()).isEqualTo(3);
    assertThat(one.getResult()).hasSize(3);
    SearchPictureItem best = one.getResult().getFirst();
    assertThat(best.getPath()).isEqualTo("https://bucket.obs.example.com/image/1.jpg");
    assertThat(best.getSim()).isBetween(SAME, 1f);
    assertThat(best.getTags()).isEqualTo(tag("cat"));
    assertThat(one.getResult().get(1).getSim()).isLessThanOrEqualTo(best.getSim());
    assertThat(two.getResult().getFirst().getPath()).isEqualTo("two");
    assertThat(two.getResult().getFirst().getSim()).isGreaterThanOrEqualTo(SAME);
    assertThat(three.getResult().getFirst().getPath()).isEqualTo("три/3 ü.bmp");
    assertThat(three.getResult().getFirst().getSim()).isGreaterThanOrEqualTo(SAME);
  }

  @Test
  void searchesByPathByTagsAloneAndByBoth() {
    String name = calls.create("animal", "age");
    calls.add(name, "cat-1", Pictures.jpeg(11), Map.of("animal", "cat", "age", "1"));
    calls.add(name, "cat-2", Pictures.jpeg(12), Map.of("animal", "cat", "age", "2"));
    calls.add(name, "dog-1", Pictures.jpeg(13), Map.of("animal", "dog", "age", "1"));

    RunSearchPictureResponse byPath = calls.search(name, path("dog-1"));
    RunSearchPictureResponse byTag =
        calls.search(name, new SearchPictureReq().withTags(tag("cat")));
    RunSearchPictureResponse byTags =
        calls.search(name, new SearchPictureReq().withTags(Map.of("animal", "cat", "age", "2")));
    RunSearchPictureResponse pathAndTag = calls.search(name, path("dog-1").withTags(tag("cat")));
    RunSearchPictureResponse fileAndTag =
        calls.search(name, file(Pictures.jpeg(12)).withTags(Map.of("age", "1")));
    RunSearchPictureResponse nothing =
        calls.search(name, new SearchPictureReq().withTags(tag("horse")));
    RunSearchPictureResponse fileBeforePath =
        calls.search(name, file(Pictures.jpeg(12)).withPath("dog-1"));

    assertThat(byPath.getResult().getFirst().getPath()).isEqualTo("dog-1");
    assertThat(byPath.getResult().getFirst().getSim()).isGreaterThanOrEqualTo(SAME);
    assertThat(byPath.getCount()).isEqualTo(3);
    assertThat(paths(byTag)).containsExactlyInAnyOrder("cat-1", "cat-2");
    assertThat(byTag.getCount()).isEqualTo(2);
    assertThat(byTag.getResult()).allSatisfy(hit -> assertThat(hit.getSim()).isEqualTo(1f));
    assertThat(paths(byTags)).containsExactly("cat-2");
    assertThat(paths(pathAndTag)).containsExactlyInAnyOrder("cat-1", "cat-2");
    assertThat(pathAndTag.getCount()).isEqualTo(2);
    assertThat(paths(fileAndTag)).containsExactlyInAnyOrder("cat-1", "dog-1");
    assertThat(nothing.getCount()).isZero();
    assertThat(nothing.getResult()).isEmpty();
    assertThat(paths(fileBeforePath)).first().isEqualTo("cat-2");
  }

  @Test
  void pagesWithoutGapsOrRepeats() {
    String name = calls.create();
    for (int i = 0; i < 12; i++) {
      calls.add(name, "p" + i, Pictures.jpeg(100 + i), Map.of());
    }

    RunSearchPictureResponse plain = calls.search(name, file(Pictures.jpeg(100)));
    Set<String> seen = new HashSet<>();
    for (int offset = 0; offset < 15; offset += 5) {
      RunSearchPictureResponse page =
          calls.search(name, file(Pictures.jpeg(100)).withLimit(5).withOffset(offset));
      assertThat(page.getCount()).isEqualTo(12);
      page.getResult().forEach(hit -> assertThat(seen.add(hit.getPath())).isTrue());
    }

    assertThat(plain.getResult()).hasSize(10);
    assertThat(plain.getCount()).isEqualTo(12);
    assertThat(seen).hasSize(12);
    assertThat(calls.search(name, path("p0").withLimit(100)).getResult()).hasSize(12);
    assertThat(calls.search(name, path("p0").withOffset(12)).getResult()).isEmpty();
  }

  @Test
  void searchesOnlyInsideTheBoxWhereIsCropSaysSo() {
    String name = calls.create();
    var left = Pictures.draw(21, 200, 200);
    var right = Pictures.draw(22, 200, 200);
    calls.add(name, "left", Pictures.encode(left, "png"), Map.of());
    calls.add(name, "right", Pictures.encode(right, "png"), Map.of());
    byte[] both = Pictures.encode(Pictures.beside(left, right), "png");
    calls.add(name, "both", both, Map.of());

    RunSearchPictureResponse inLeft =
        calls.search(name, file(both).withIsCrop(true).withBox(box(0, 0, 200, 200)));
    RunSearchPictureResponse inRight =
        calls.search(name, file(both).withIsCrop(true).withBox(box(200, 0, 200, 200)));
    RunSearchPictureResponse moot =
        calls.search(name, file(both).withIsCrop(false).withBox(box(200, 0, 200, 200)));

    assertThat(inLeft.getResult().getFirst().getPath()).isEqualTo("left");
    assertThat(inLeft.getResult().getFirst().getSim()).isGreaterThanOrEqualTo(SAME);
    assertThat(inRight.getResult().getFirst().getPath()).isEqualTo("right");
    assertThat(inRight.getResult().getFirst().getSim()).isGreaterThanOrEqualTo(SAME);
    assertThat(moot.getResult().getFirst().getPath()).isEqualTo("both");
  }

  @Test
  void changesTagsAndLeavesThePictureAlone() {
    String name = calls.create("animal", "age");
    calls.add(name, "a", Pictures.jpeg(31), Map.of("animal", "cat", "age", "1"));

    assertThat(
            calls
                .client
                .runModifyPicture(
                    new RunModifyPictureRequest()
                        .withInstanceName(name)
                        .withBody(new RunModifyPictureReq().withPath("a").withTags(tag("猫"))))
                .getResult())
        .isEqualTo("Success");

    assertThat(calls.search(name, new SearchPictureReq().withTags(tag("cat"))).getCount()).isZero();
    RunSearchPictureResponse found = calls.search(name, file(Pictures.jpeg(31)));
    assertThat(found.getResult().getFirst().getTags())
        .asInstanceOf(InstanceOfAssertFactories.MAP)
        .containsEntry("animal", "猫");
    assertThat(found.getResult().getFirst().getSim()).isGreaterThanOrEqualTo(SAME);
  }

  @Test
  void overwritesThePictureOfAPath() {
    String name = calls.create();
    calls.add(name, "a", Pictures.jpeg(41), Map.of());
    calls.add(name, "a", Pictures.jpeg(42), Map.of());

    RunSearchPictureResponse found = calls.search(name, file(Pictures.jpeg(42)));

    assertThat(found.getCount()).isEqualTo(1);
    assertThat(found.getResult().getFirst().getSim()).isGreaterThanOrEqualTo(SAME);
  }

  @Test
  void deletesAPictureAndTakesItBack() {
    String name = calls.create();
    calls.add(name, "a", Pictures.jpeg(51), Map.of());
    calls.add(name, "b", Pictures.jpeg(52), Map.of());
    assertThat(calls.exist(name, "a")).isEqualTo("true");

    assertThat(calls.delete(name, "a")).isEqualTo("Success");

    assertThat(calls.exist(name, "a")).isEqualTo("false");
    assertThat(paths(calls.search(name, file(Pictures.jpeg(51))))).containsExactly("b");
    calls.add(name, "a", Pictures.jpeg(51), Map.of());
    assertThat(calls.exist(name, "a")).isEqualTo("true");
  }

  @Test
  void saysWhatIsWrongByItsCodes() {
    String name = calls.create("animal");
    calls.add(name, "a", Pictures.jpeg(61), Map.of());

    assertFails("IS.0007", () -> calls.createNamed(name));
    assertFails("IS.0007", () -> calls.createNamed("service"));
    assertFails("IS.0007", () -> calls.createNamed("image"));
    assertFails("IS.0007", () -> calls.createNamed("Upper"));
    assertFails("IS.0007", () -> calls.search("no-such", path("a")));
    assertFails("IS.0016", () -> calls.search(name, path("no such path")));
    assertFails("IS.0016", () -> calls.delete(name, "no such path"));
    assertFails("IS.0003", () -> calls.search(name, new SearchPictureReq()));
    assertFails("IS.0003", () -> calls.exist(name, ""));
    assertFailsAnyhow(() -> calls.search(name, path("a").withLimit(0)));
    assertFailsAnyhow(() -> calls.search(name, path("a").withLimit(101)));
    assertFailsAnyhow(() -> calls.search(name, path("a").withOffset(-1)));
    assertFailsAnyhow(() -> calls.add(name, "b", Pictures.jpeg(62), Map.of("undeclared", "x")));
    assertFailsAnyhow(() -> calls.add(name, "b", "no picture at all".getBytes(), Map.of()));
    assertFailsAnyhow(
        () -> calls.add(name, "b", Pictures.encode(Pictures.draw(1, 99, 300), "png"), Map.of()));
    assertFailsAnyhow(
        () -> calls.add(name, "b", Pictures.encode(Pictures.draw(1, 100, 2049), "png"), Map.of()));
    assertThat(calls.exist(name, "b")).isEqualTo("false");
  }

  @Test
  void refusesAWrongSecretBeforeAnythingElse() {
    Calls stranger = new Calls(client("AK-OF-NOBODY-0000001", account.secretKey()));

    assertThatThrownBy(stranger::create)
        .isInstanceOfSatisfying(
            ClientRequestException.class,
            e -> {
              assertThat(e.getHttpStatusCode()).isEqualTo(401);
              assertThat(e.getErrorCode()).isEqualTo("APIGW.0301");
              assertThat(e.getErrorMsg()).startsWith("Incorrect IAM authentication information");
              assertThat(e.getRequestId()).isNotEmpty();
            });
  }

  @Test
  void aClientWithARegionLooksUpItsProjectItself() {
    // Unlike cn-north-4 it is no name the SDK may have remembered a project for in this JVM.
    String region = "eu-test-1";
    String endpoint = system.endpoint().toString();
    ImageSearchClient client =
        ImageSearchClient.newBuilder()
            .withCredential(
                new BasicCredentials()
                    .withIamEndpoint(endpoint)
                    .withAk(account.accessKey())
                    .withSk(account.secretKey()))
            .withRegion(new Region(region, endpoint))
            .build();

    String name = new Calls(client).create();

    assertThat(
            calls
                .client
                .runQueryInstance(new RunQueryInstanceRequest().withInstanceName(name))
                .getInstanceName())
        .isEqualTo(name);
  }

  @Test
  void temporaryKeysWorkWithTheirTokenAndOnlyWithIt() throws IOException {
    String token = Iam.token(system.endpoint(), account);
    JsonObject asked =
        new JsonObject()
            .put(
                "auth",
                new JsonObject()
                    .put(
                        "identity",
                        new JsonObject()
                            .put("methods", new JsonArray().add("token"))
                            .put("token", new JsonObject().put("duration_seconds", 900))));
    JsonObject credential =
        Iam.post(system.endpoint(), "/v3.0/OS-CREDENTIAL/securitytokens", token, asked)
            .expect(201)
            .json()
            .getJsonObject("credential");
    BasicCredentials pair =
        new BasicCredentials()
            .withProjectId(account.projectId())
            .withAk(credential.getString("access"))
            .withSk(credential.getString("secret"));

    String name =
        new Calls(client(pair.withSecurityToken(credential.getString("securitytoken")))).create();

    assertThat(calls.exist(name, "a")).isEqualTo("false");
    Calls without =
        new Calls(client(credential.getString("access"), credential.getString("secret")));
    assertThatThrownBy(() -> without.exist(name, "a"))
        .isInstanceOfSatisfying(
            ServiceResponseException.class, e -> assertThat(e.getHttpStatusCode()).isEqualTo(401));
  }

  @Test
  void aSlashAtTheEndOfTheEndpointDoesNoHarm() {
    ImageSearchClient client =
        ImageSearchClient.newBuilder()
            .withCredential(
                new BasicCredentials()
                    .withProjectId(account.projectId())
                    .withAk(account.accessKey())
                    .withSk(account.secretKey()))
            .withEndpoint(system.endpoint() + "/")
            .build();

    assertThat(new Calls(client).create()).isNotEmpty();
  }

  private static void assertFails(String code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ClientRequestException.class,
            e -> {
              assertThat(e.getErrorCode()).as(e.getErrorMsg()).isEqualTo(code);
              assertThat(e.getHttpStatusCode()).isEqualTo(400);
              assertThat(e.getErrorMsg()).isNotEmpty();
              assertThat(e.getRequestId()).isNotEmpty();
            });
  }

  private static void assertFailsAnyhow(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ClientRequestException.class,
            e -> {
              assertThat(e.getErrorCode()).startsWith("IS.").isNotEqualTo("IS.0009");
              assertThat(e.getHttpStatusCode()).isEqualTo(400);
            });
  }

  private ImageSearchClient client(String access, String secret) {
    return client(
        new BasicCredentials().withProjectId(account.projectId()).withAk(access).withSk(secret));
  }

  private ImageSearchClient client(BasicCredentials credentials) {
    return ImageSearchClient.newBuilder()
        .withCredential(credentials)
        .withEndpoint(system.endpoint().toString())
        .build();
  }

  private static Map<String, String> tag(String animal) {
    return Map.of("animal", animal);
  }

  private static SearchPictureReq file(byte[] content) {
    return new SearchPictureReq().withFile(Base64.getEncoder().encodeToString(content));
  }

  private static SearchPictureReq path(String path) {
    return new SearchPictureReq().withPath(path);
  }

  private static SearchBoxDetail box(int x, int y, int width, int height) {
    return new SearchBoxDetail().withX(x).withY(y).withWidth(width).withHeight(height);
  }

  private static List<String> paths(RunSearchPictureResponse answer) {
    return answer.getResult().stream().map(SearchPictureItem::getPath).toList();
  }

  /** The SDK's calls without its ceremony. */
  private final class Calls {

    private final ImageSearchClient client;

    private Calls(ImageSearchClient client) {
      this.client = client;
    }

    /** A new instance under a name of its own. */
    String create(String... tags) {
      return createNamed(system.instanceName(), tags);
    }

    String createNamed(String name, String... tags) {
      client.runCreateInstance(
          new RunCreateInstanceRequest()
              .withBody(
                  new CreateInstanceReq()
                      .withName(name)
                      .withModel("common-search")
                      .withTags(List.of(tags))));
      return name;
    }

    void add(String instance, String path, byte[] content, Map<String, String> tags) {
      AddPictureRequestReq body =
          new AddPictureRequestReq()
              .withFile(Base64.getEncoder().encodeToString(content))
              .withPath(path);
      if (!tags.isEmpty()) {
        body.withTags(tags);
      }
      assertThat(
              client
                  .runAddPicture(
                      new RunAddPictureRequest().withInstanceName(instance).withBody(body))
                  .getResult())
          .isEqualToIgnoringCase("success");
    }

    RunSearchPictureResponse search(String instance, SearchPictureReq body) {
      return client.runSearchPicture(
          new RunSearchPictureRequest().withInstanceName(instance).withBody(body));
    }

    String exist(String instance, String path) {
      return client
          .runCheckPicture(
              new RunCheckPictureRequest()
                  .withInstanceName(instance)
                  .withBody(new DeletePictureReq().withPath(path)))
          .getExist();
    }

    String delete(String instance, String path) {
      return client
          .runDeletePicture(
              new RunDeletePictureRequest()
                  .withInstanceName(instance)
                  .withBody(new DeletePictureReq().withPath(path)))
          .getResult();
    }
  }
}
