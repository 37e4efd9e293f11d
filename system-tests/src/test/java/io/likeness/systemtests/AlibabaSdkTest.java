package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.aliyun.imagesearch20201214.Client;
import com.aliyun.imagesearch20201214.models.AddImageAdvanceRequest;
import com.aliyun.imagesearch20201214.models.AddImageRequest;
import com.aliyun.imagesearch20201214.models.AddImageResponseBody;
import com.aliyun.imagesearch20201214.models.DeleteImageRequest;
import com.aliyun.imagesearch20201214.models.DetailRequest;
import com.aliyun.imagesearch20201214.models.DetailResponseBody.DetailResponseBodyInstance;
import com.aliyun.imagesearch20201214.models.DumpMetaRequest;
import com.aliyun.imagesearch20201214.models.SearchImageByNameRequest;
import com.aliyun.imagesearch20201214.models.SearchImageByPicAdvanceRequest;
import com.aliyun.imagesearch20201214.models.SearchImageByPicRequest;
import com.aliyun.imagesearch20201214.models.SearchImageByPicResponseBody;
import com.aliyun.imagesearch20201214.models.SearchImageByPicResponseBody.SearchImageByPicResponseBodyAuctions;
import com.aliyun.imagesearch20201214.models.UpdateImageRequest;
import com.aliyun.tea.TeaException;
import com.aliyun.teaopenapi.models.Config;
import com.aliyun.teaopenapi.models.OpenApiRequest;
import com.aliyun.teaopenapi.models.Params;
import com.aliyun.teautil.models.RuntimeOptions;
import io.likeness.bench.api.Account;
import io.likeness.bench.picture.Pictures;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The official Java SDK of Alibaba Cloud Image Search, 4.0.2, unchanged, against this system, with
 * both of its signatures and its stream methods. What is newer than 4.0.2 goes through its generic
 * call, which sends it in the same form.
 */
class AlibabaSdkTest {

  private static final float SAME = 0.99f;
  private static final String[] TAGS = {
    "str_attr", "str_attr2", "str_attr3", "str_attr4", "product_id"
  };
  private static final List<String> NUMBERS =
      List.of("int_attr", "int_attr2", "int_attr3", "int_attr4");

  private final TheSystem system = TheSystem.shared();
  private final Account account = system.admin();

  /** How a client signs, by its setting {@code signatureAlgorithm}. */
  enum Signing {
    ACS3("ACS3-HMAC-SHA256"),
    VERSION1("v2");

    private final String setting;

    Signing(String setting) {
      this.setting = setting;
    }
  }

  private Client client(Signing signing, String secret) {
    try {
      String endpoint = system.endpoint().getHost() + ":" + system.endpoint().getPort();
      Config config =
          new Config()
              .setAccessKeyId(account.accessKey())
              .setAccessKeySecret(secret)
              .setRegionId("cn-shanghai")
              .setProtocol("HTTP")
              .setEndpoint(endpoint)
              .setSignatureAlgorithm(signing.setting)
              .setReadTimeout(60_000);
      Client client = new Client(config);
      client._openPlatformEndpoint = endpoint;
      return client;
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private Client client(Signing signing) {
    return client(signing, account.secretKey());
  }

  private String instance() throws IOException {
    String name = system.instanceName();
    system.client().createInstance(name, List.of(TAGS), NUMBERS).expect(201);
    return name;
  }

  private static String base64(byte[] picture) {
    return Base64.getEncoder().encodeToString(picture);
  }

  private static AddImageRequest image(String instance, String product, String name, long seed) {
    return new AddImageRequest()
        .setInstanceName(instance)
        .setProductId(product)
        .setPicName(name)
        .setPicContent(base64(Pictures.png(seed)));
  }

  private static SearchImageByPicRequest like(String instance, byte[] picture) {
    return new SearchImageByPicRequest().setInstanceName(instance).setPicContent(base64(picture));
  }

  private static List<String> names(SearchImageByPicResponseBody found) {
    return found.auctions.stream().map(each -> each.picName).toList();
  }

  /** Any operation with any argument, as clients of later releases send it. */
  private static Map<?, ?> call(
      Client client, String action, Map<String, String> query, Map<String, String> form)
      throws Exception {
    Params params =
        new Params()
            .setAction(action)
            .setVersion("2020-12-14")
            .setProtocol("HTTP")
            .setPathname("/")
            .setMethod("POST")
            .setAuthType("AK")
            .setStyle("RPC")
            .setReqBodyType("formData")
            .setBodyType("json");
    OpenApiRequest request = new OpenApiRequest();
    if (!query.isEmpty()) {
      request.setQuery(query);
    }
    if (!form.isEmpty()) {
      request.setBody(new TreeMap<>(form));
    }
    return (Map<?, ?>) in(client.callApi(params, request, new RuntimeOptions()), "body");
  }

  private static Object in(Map<?, ?> answer, String field) {
    return Objects.requireNonNull(answer.get(field), field);
  }

  private static List<String> each(Map<?, ?> answer, String field) {
    return ((List<?>) in(answer, "Auctions"))
        .stream().map(each -> in((Map<?, ?>) each, field).toString()).toList();
  }

  private static void assertFails(int status, String code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            TeaException.class,
            e -> {
              assertThat(e.getCode()).as(e.getMessage()).isEqualTo(code);
              assertThat(e.getStatusCode()).isEqualTo(status);
              assertThat(in(e.getData(), "RequestId").toString())
                  .matches("[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}");
            });
  }

  @ParameterizedTest
  @EnumSource
  void addsAnImageAndFindsItWithAllItsFields(Signing signing) throws Exception {
    Client client = client(signing);
    String instance = instance();

    AddImageResponseBody added =
        client.addImage(
                image(instance, "p 1/中", "a+b*~.png", 1)
                    .setCategoryId(0)
                    .setCrop(true)
                    .setCustomContent("k1:v1,k2:v2")
                    .setIntAttr(-7)
                    .setStrAttr("v 1 中")
                    .setRegion("10,150,20,140"))
            .body;
    client.addImage(image(instance, "p2", "other.png", 2).setIntAttr(100));
    SearchImageByPicResponseBody found =
        client.searchImageByPic(
                like(instance, Pictures.png(1)).setRegion("10,150,20,140").setNum(10).setStart(0))
            .body;

    assertThat(added.success).isTrue();
    assertThat(added.code).isZero();
    assertThat(added.message).isEqualTo("success");
    assertThat(added.requestId).isNotEmpty();
    assertThat(added.picInfo.categoryId).isEqualTo(88888888);
    assertThat(added.picInfo.region).isEqualTo("10,150,20,140");
    assertThat(found.success).isTrue();
    assertThat(found.code).isZero();
    assertThat(found.msg).isEqualTo("success");
    assertThat(found.head.docsReturn).isEqualTo(2);
    assertThat(found.head.docsFound).isEqualTo(2);
    assertThat(found.head.searchTime).isNotNegative();
    assertThat(found.picInfo.categoryId).isEqualTo(88888888);
    assertThat(found.picInfo.region).isEqualTo("10,150,20,140");
    assertThat(found.picInfo.allCategories.getFirst().name).isEqualTo("Others");
    SearchImageByPicResponseBodyAuctions best = found.auctions.getFirst();
    assertThat(best.productId).isEqualTo("p 1/中");
    assertThat(best.picName).isEqualTo("a+b*~.png");
    assertThat(best.customContent).isEqualTo("k1:v1,k2:v2");
    assertThat(best.intAttr).isEqualTo(-7);
    assertThat(best.strAttr).isEqualTo("v 1 中");
    assertThat(best.categoryId).isEqualTo(88888888);
    assertThat(best.score).isBetween(SAME, 1f);
    assertThat(best.sortExprValues).matches("[0-9.e+]+;[0-9]+");
    assertThat(found.auctions.get(1).score).isLessThanOrEqualTo(best.score);
  }

  @ParameterizedTest
  @EnumSource
  void searchesByNameAndByFilter(Signing signing) throws Exception {
    Client client = client(signing);
    String instance = instance();
    client.addImage(image(instance, "p", "1.png", 11).setIntAttr(50).setStrAttr("a"));
    client.addImage(image(instance, "p", "2.png", 12).setIntAttr(150).setStrAttr("b"));
    client.addImage(image(instance, "q", "3.png", 13).setStrAttr("a"));

    SearchImageByPicResponseBody filtered =
        client.searchImageByPic(
                like(instance, Pictures.png(12))
                    .setFilter("int_attr>=100 AND (str_attr=\"b\" OR str_attr in (\"a\"))"))
            .body;
    var byName =
        client.searchImageByName(
                new SearchImageByNameRequest()
                    .setInstanceName(instance)
                    .setProductId("p")
                    .setPicName("2.png")
                    .setNum(2))
            .body;

    assertThat(names(filtered)).containsExactly("2.png", "3.png");
    assertThat(byName.auctions).hasSize(2);
    assertThat(byName.auctions.getFirst().picName).isEqualTo("2.png");
    assertThat(byName.auctions.getFirst().score).isBetween(SAME, 1f);
    assertThat(byName.head.docsFound).isEqualTo(3);
    assertThat(byName.head.docsReturn).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void updatesAndDeletes(Signing signing) throws Exception {
    Client client = client(signing);
    String instance = instance();
    for (int i = 1; i <= 3; i++) {
      client.addImage(image(instance, "p", i + ".png", 20 + i).setIntAttr(i).setStrAttr("a"));
    }

    assertThat(
            client.updateImage(
                    new UpdateImageRequest()
                        .setInstanceName(instance)
                        .setProductId("p")
                        .setPicName("1.png")
                        .setIntAttr(9))
                .body
                .success)
        .isTrue();
    SearchImageByPicResponseBody updated =
        client.searchImageByPic(like(instance, Pictures.png(21)).setFilter("int_attr=9")).body;
    assertThat(names(updated)).containsExactly("1.png");
    assertThat(updated.auctions.getFirst().strAttr).isEqualTo("a");

    DeleteImageRequest one =
        new DeleteImageRequest().setInstanceName(instance).setProductId("p").setPicName("1.png");
    assertThat(client.deleteImage(one).body.data.picNames).containsExactly("1.png");
    assertThat(client.deleteImage(one).body.success).as("nothing left to delete").isTrue();
    assertThat(names(client.searchImageByPic(like(instance, Pictures.png(21))).body))
        .containsExactlyInAnyOrder("2.png", "3.png");
    assertThat(
            client.deleteImage(new DeleteImageRequest().setInstanceName(instance).setProductId("p"))
                .body
                .data
                .picNames)
        .containsExactly("2.png", "3.png");
    assertThat(client.searchImageByPic(like(instance, Pictures.png(21))).body.auctions).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void streamsPicturesByTheUploadInBetween(Signing signing) throws Exception {
    Client client = client(signing);
    String instance = instance();

    AddImageResponseBody added =
        client.addImageAdvance(
                new AddImageAdvanceRequest()
                    .setInstanceName(instance)
                    .setProductId("p")
                    .setPicName("stream.png")
                    .setPicContentObject(new ByteArrayInputStream(Pictures.png(31))),
                new RuntimeOptions())
            .body;
    SearchImageByPicResponseBody found =
        client.searchImageByPicAdvance(
                new SearchImageByPicAdvanceRequest()
                    .setInstanceName(instance)
                    .setPicContentObject(new ByteArrayInputStream(Pictures.png(31))),
                new RuntimeOptions())
            .body;

    assertThat(added.success).isTrue();
    assertThat(names(found)).containsExactly("stream.png");
    assertThat(found.auctions.getFirst().score).isBetween(SAME, 1f);
  }

  @ParameterizedTest
  @EnumSource
  void showsTheInstance(Signing signing) throws Exception {
    Client client = client(signing);
    String instance = instance();
    client.addImage(image(instance, "p", "1.png", 41));

    DetailResponseBodyInstance shown =
        client.detail(new DetailRequest().setInstanceName(instance)).body.instance;

    assertThat(shown.name).isEqualTo(instance);
    assertThat(shown.totalCount).isEqualTo(1);
    assertThat(shown.serviceType).isEqualTo(1);
    assertThat(shown.capacity).isEqualTo(3000);
    assertThat(shown.qps).isPositive();
    assertThat(shown.region).isNotEmpty();
    assertThat(Long.parseLong(shown.utcCreate)).isPositive();
    assertThat(Long.parseLong(shown.utcExpireTime)).isGreaterThan(System.currentTimeMillis());
  }

  @ParameterizedTest
  @EnumSource
  void answersWhatCameAfterThisRelease(Signing signing) throws Exception {
    Client client = client(signing);
    String instance = instance();
    for (int i = 1; i <= 4; i++) {
      Map<String, String> form = new TreeMap<>();
      form.put("InstanceName", instance);
      form.put("ProductId", i < 3 ? "p" : "q" + i);
      form.put("PicName", i + ".png");
      form.put("PicContent", base64(Pictures.png(50 + i)));
      form.put("IntAttr3", Integer.toString(i));
      form.put("StrAttr4", "four");
      call(client, "AddImage", Map.of(), form);
    }
    Map<String, String> one =
        Map.of("InstanceName", instance, "ProductId", "p", "PicName", "1.png");
    call(client, "UpdateImage", Map.of("IntAttr4", "44", "StrAttr3", "three"), one);

    Map<?, ?> exists = call(client, "CheckImageExists", Map.of(), one);
    Map<?, ?> listed =
        call(
            client,
            "SearchImageByFilter",
            Map.of(),
            Map.of(
                "InstanceName", instance, "Filter", "int_attr3>1 AND str_attr3=\"\"", "Num", "2"));
    Map<?, ?> distinct =
        call(
            client,
            "SearchImageByPic",
            Map.of("ScoreThreshold", "0.00"),
            Map.of(
                "InstanceName",
                instance,
                "PicContent",
                base64(Pictures.png(51)),
                "DistinctProductId",
                "true"));
    Map<?, ?> near =
        call(
            client,
            "SearchImageByPic",
            Map.of("ScoreThreshold", "0.99"),
            Map.of("InstanceName", instance, "PicContent", base64(Pictures.png(51))));
    Map<?, ?> deleted =
        call(
            client,
            "DeleteImage",
            Map.of(),
            Map.of("InstanceName", instance, "IsDeleteByFilter", "true", "Filter", "intAttr3<=2"));

    assertThat(exists.get("Exists")).isEqualTo(true);
    Map<?, ?> item = (Map<?, ?>) in(exists, "Auctions");
    assertThat(in(item, "IntAttr4").toString()).isEqualTo("44");
    assertThat(item.get("StrAttr3")).isEqualTo("three");
    assertThat(item.get("StrAttr4")).isEqualTo("four");
    assertThat(each(listed, "PicName")).containsExactly("2.png", "3.png");
    assertThat(each(distinct, "ProductId")).containsExactlyInAnyOrder("p", "q3", "q4");
    assertThat(each(near, "PicName")).containsExactly("1.png");
    assertThat((List<?>) in((Map<?, ?>) in(deleted, "Data"), "PicNames"))
        .extracting(Object::toString)
        .containsExactlyInAnyOrder("1.png", "2.png");
  }

  @Test
  void saysWhatIsWrongByItsCodes() throws Exception {
    String instance = instance();
    for (Signing signing : Signing.values()) {
      Client client = client(signing);
      Client stranger = client(signing, "not the secret");

      assertFails(
          400,
          "SignatureDoesNotMatch",
          () -> stranger.detail(new DetailRequest().setInstanceName(instance)));
      assertFails(
          400,
          "InvalidInstance",
          () -> client.detail(new DetailRequest().setInstanceName("absent")));
      assertFails(
          400,
          "InvalidFilterClause",
          () ->
              client.searchImageByPic(like(instance, Pictures.png(1)).setFilter("int_attr>= AND")));
      assertFails(
          400,
          "UnsupportedPicFormat",
          () ->
              client.searchImageByPic(
                  like(
                      instance,
                      "no picture at all, but bytes enough to look like one"
                          .getBytes(StandardCharsets.UTF_8))));
      assertFails(
          400,
          "UnsupportedPicPixels",
          () ->
              client.addImage(
                  image(instance, "p", "small.png", 1)
                      .setPicContent(base64(Pictures.encode(Pictures.draw(1, 99, 300), "png")))));
      assertFails(
          404,
          "InvalidApi.NotFound",
          () -> client.dumpMeta(new DumpMetaRequest().setInstanceName(instance)));
      assertFails(
          500,
          "UnsupportedInstanceType",
          () ->
              call(
                  client,
                  "SearchImageByText",
                  Map.of(),
                  Map.of("InstanceName", instance, "Text", "red square 红")));
    }
  }
}
