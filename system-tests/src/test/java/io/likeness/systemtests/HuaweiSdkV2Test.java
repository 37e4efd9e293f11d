package io.likeness.systemtests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.exception.ClientRequestException;
import com.huaweicloud.sdk.imagesearch.v2.ImageSearchClient;
import com.huaweicloud.sdk.imagesearch.v2.model.AddDataOptionalParam;
import com.huaweicloud.sdk.imagesearch.v2.model.AddDataParam;
import com.huaweicloud.sdk.imagesearch.v2.model.AddDataRestInfoImageInfoObjects;
import com.huaweicloud.sdk.imagesearch.v2.model.CheckParam;
import com.huaweicloud.sdk.imagesearch.v2.model.CheckRestInfo;
import com.huaweicloud.sdk.imagesearch.v2.model.DeleteParam;
import com.huaweicloud.sdk.imagesearch.v2.model.DeleteRestInfoItems;
import com.huaweicloud.sdk.imagesearch.v2.model.ItemSource;
import com.huaweicloud.sdk.imagesearch.v2.model.RangeParam;
import com.huaweicloud.sdk.imagesearch.v2.model.RunAddDataRequest;
import com.huaweicloud.sdk.imagesearch.v2.model.RunAddDataResponse;
import com.huaweicloud.sdk.imagesearch.v2.model.RunCheckDataRequest;
import com.huaweicloud.sdk.imagesearch.v2.model.RunCheckDataResponse;
import com.huaweicloud.sdk.imagesearch.v2.model.RunDeleteDataRequest;
import com.huaweicloud.sdk.imagesearch.v2.model.RunDeleteDataResponse;
import com.huaweicloud.sdk.imagesearch.v2.model.RunSearchRequest;
import com.huaweicloud.sdk.imagesearch.v2.model.RunSearchResponse;
import com.huaweicloud.sdk.imagesearch.v2.model.RunUpdateDataRequest;
import com.huaweicloud.sdk.imagesearch.v2.model.SearchAfterParam;
import com.huaweicloud.sdk.imagesearch.v2.model.SearchItem;
import com.huaweicloud.sdk.imagesearch.v2.model.SearchOptionalParam;
import com.huaweicloud.sdk.imagesearch.v2.model.SearchParam;
import com.huaweicloud.sdk.imagesearch.v2.model.SearchRestInfo;
import com.huaweicloud.sdk.imagesearch.v2.model.UpdateParam;
import io.likeness.bench.api.Account;
import io.likeness.bench.picture.Pictures;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The official Java SDK's v2 client, unchanged, against this system: operations 9 to 13 of the
 * contract.
 */
class HuaweiSdkV2Test {

  private static final double SAME = 0.99;

  private final TheSystem system = TheSystem.shared();
  private final Account account = system.admin();
  private final ImageSearchClient client =
      ImageSearchClient.newBuilder()
          .withCredential(
              new BasicCredentials()
                  .withProjectId(account.projectId())
                  .withAk(account.accessKey())
                  .withSk(account.secretKey()))
          .withEndpoint(system.endpoint().toString())
          .build();

  @Test
  void findsWhatWasAddedWithAllThatGoesWithIt() throws IOException {
    String name = instance("");
    RunAddDataResponse added =
        add(
            name,
            item("electronics_01", Pictures.jpeg(1))
                .withForce(true)
                .withDesc("demo 商品")
                .withCustomTags(Map.of("brand", "ACME"))
                .withCustomNumTags(Map.of("year", 2026.0))
                .withKeywords(List.of("phone", "手机"))
                .withOptionalParams(whole()));
    add(name, item("electronics_02", Pictures.png(2)).withOptionalParams(whole()));

    RunSearchResponse answer =
        search(
            name,
            byImage(Pictures.jpeg(1))
                .withLimit(10)
                .withOffset(0)
                .withMinScore(0.0)
                .withOptionalParams(new SearchOptionalParam().withDoDet(false)));

    assertThat(added.getHttpStatusCode()).isEqualTo(200);
    assertThat(added.getResult()).isEqualTo("success");
    assertThat(added.getData().getImageInfo().getObjects()).isEmpty();
    assertThat(answer.getResult()).isEqualTo("success");
    SearchRestInfo data = answer.getData();
    assertThat(ids(data.getItems())).containsExactly("electronics_01", "electronics_02");
    assertThat(data.getItems().getFirst().getScore()).isBetween(SAME, 1.0);
    assertThat(data.getItems().get(1).getScore()).isLessThan(SAME);
    ItemSource source = data.getItems().getFirst().getSource();
    assertThat(source.getDesc()).isEqualTo("demo 商品");
    assertThat(source.getCustomTags()).isEqualTo(Map.of("brand", "ACME"));
    assertThat(source.getCustomNumTags()).isEqualTo(Map.of("year", 2026.0));
    assertThat(source.getKeywords()).containsExactly("phone", "手机");
    assertThat(data.getItems().get(1).getSource().getDesc()).isNull();
    assertThat(data.getItems().get(1).getSource().getCustomTags()).isEmpty();
    assertThat(data.getSearchInfo().getTotalNum()).isEqualTo(2);
    assertThat(data.getSearchInfo().getReturnNum()).isEqualTo(2);
    assertThat(data.getSearchInfo().getSearchTime()).isNotNegative();
    assertThat(data.getSearchInfo().getLastItem()).isNull();
    assertThat(data.getImageInfo().getObjects()).isEmpty();
    assertThat(data.getImageInfo().getBox()).isNull();
  }

  @Test
  void keepsToConditionsAndCollapses() throws IOException {
    String name = instance("");
    for (int i = 0; i < 6; i++) {
      AddDataParam item = item("i" + i, Pictures.jpeg(10 + i)).withOptionalParams(whole());
      item.withCustomNumTags(Map.of("year", 2020.0 + i));
      if (i != 5) {
        item.withCustomTags(Map.of("brand", i % 2 == 0 ? "ACME" : "OTHER"));
      }
      add(name, item);
    }

    SearchRestInfo anyOf =
        search(
                name,
                byImage(Pictures.jpeg(10)).withCustomTags(Map.of("brand", List.of("ACME", "none"))))
            .getData();
    SearchRestInfo range =
        search(name, byImage(Pictures.jpeg(10)).withCustomNumTags(years(2021.0, 2023.0))).getData();
    SearchRestInfo both =
        search(
                name,
                byImage(Pictures.jpeg(10))
                    .withCustomTags(Map.of("brand", List.of("ACME")))
                    .withCustomNumTags(years(2021.0, 2023.0)))
            .getData();
    SearchRestInfo collapsed =
        search(
                name,
                byImage(Pictures.jpeg(12))
                    .withOptionalParams(
                        new SearchOptionalParam().withDoDet(false).withCollapseKey("brand")))
            .getData();
    SearchRestInfo page =
        search(name, byImage(Pictures.jpeg(10)).withLimit(2).withOffset(3)).getData();

    assertThat(ids(anyOf.getItems())).containsExactlyInAnyOrder("i0", "i2", "i4");
    assertThat(anyOf.getSearchInfo().getTotalNum()).isEqualTo(3);
    assertThat(ids(range.getItems())).containsExactlyInAnyOrder("i1", "i2", "i3");
    assertThat(ids(both.getItems())).containsExactly("i2");
    assertThat(collapsed.getItems())
        .extracting(item -> item.getSource().getCustomTags().get("brand"))
        .containsExactly("ACME", "OTHER");
    assertThat(collapsed.getItems().getFirst().getId()).isEqualTo("i2");
    assertThat(page.getItems()).hasSize(2);
    assertThat(page.getSearchInfo().getReturnNum()).isEqualTo(2);
    assertThat(page.getSearchInfo().getTotalNum()).isEqualTo(6);
  }

  @Test
  void tellsTheObjectsItFinds() throws IOException {
    String name = instance("colours");
    byte[] picture = thing(new Color(255, 0, 0));

    RunAddDataResponse added = add(name, item("red", picture));
    SearchRestInfo data = search(name, byImage(picture)).getData();
    SearchRestInfo inBox =
        search(
                name,
                byImage(picture)
                    .withOptionalParams(
                        new SearchOptionalParam().withBox("64,64,128,128").withCategory(7)))
            .getData();

    assertThat(added.getData().getImageInfo().getObjects())
        .extracting(AddDataRestInfoImageInfoObjects::getBox)
        .containsExactly("64,64,128,128");
    assertThat(data.getItems().getFirst().getScore()).isGreaterThanOrEqualTo(SAME);
    assertThat(data.getImageInfo().getBox()).isEqualTo("64,64,128,128");
    assertThat(data.getImageInfo().getCategoryName()).isEqualTo("red");
    assertThat(data.getImageInfo().getCategory()).isNotNegative();
    AddDataRestInfoImageInfoObjects first = data.getImageInfo().getObjects().getFirst();
    assertThat(first.getBox()).isEqualTo("64,64,128,128");
    assertThat(first.getCategory()).isEqualTo(data.getImageInfo().getCategory());
    assertThat(first.getCategoryName()).isEqualTo("red");
    assertThat(inBox.getImageInfo().getBox()).isEqualTo("64,64,128,128");
    assertThat(inBox.getImageInfo().getCategory()).isEqualTo(7);
    assertThat(inBox.getItems().getFirst().getScore()).isGreaterThanOrEqualTo(SAME);
  }

  @Test
  void leavesExistingItemsAloneUnlessForced() throws IOException {
    String name = instance("");
    add(name, item("a", Pictures.jpeg(31)).withDesc("first").withOptionalParams(whole()));
    add(name, item("a", Pictures.jpeg(32)).withDesc("second").withOptionalParams(whole()));
    assertThat(check(name, "a").getItemInfo().getDesc()).isEqualTo("first");

    add(
        name,
        item("a", Pictures.jpeg(32)).withDesc("third").withForce(true).withOptionalParams(whole()));

    assertThat(check(name, "a").getItemInfo().getDesc()).isEqualTo("third");
    SearchRestInfo found =
        search(
                name,
                byImage(Pictures.jpeg(32))
                    .withOptionalParams(new SearchOptionalParam().withDoDet(false)))
            .getData();
    assertThat(found.getItems()).hasSize(1);
    assertThat(found.getItems().getFirst().getScore()).isGreaterThanOrEqualTo(SAME);
  }

  @Test
  void findsByKeywordsAndRecallsAllOfThemWhileOthersAreAdded() throws IOException {
    String name = instance("");
    byte[] picture = Pictures.jpeg(41);
    for (int i = 0; i < 12; i++) {
      AddDataParam item = item("i" + i, picture).withOptionalParams(whole());
      item.withKeywords(i % 4 == 0 ? List.of("智能手机", "phone") : List.of("smart phones"));
      add(name, item);
    }
    add(name, item("shoe", picture).withOptionalParams(whole()).withKeywords(List.of("shoe")));

    SearchRestInfo chinese = search(name, byKeywords("手机")).getData();
    SearchRestInfo both = search(name, byKeywords("phone", "手机").withLimit(20)).getData();
    List<String> met = new ArrayList<>();
    SearchAfterParam last = null;
    int added = 0;
    do {
      SearchRestInfo page =
          search(name, byKeywords("phone").withLimit(5).withLastItem(last)).getData();
      met.addAll(ids(page.getItems()));
      last = page.getSearchInfo().getLastItem();
      add(
          name,
          item("late" + added++, picture)
              .withOptionalParams(whole())
              .withKeywords(List.of("phone")));
    } while (last != null);

    assertThat(ids(chinese.getItems())).containsExactlyInAnyOrder("i0", "i4", "i8");
    assertThat(chinese.getItems())
        .allSatisfy(item -> assertThat(item.getScore()).isBetween(0.0, 1.0));
    assertThat(ids(both.getItems()).subList(0, 3)).containsExactlyInAnyOrder("i0", "i4", "i8");
    assertThat(both.getSearchInfo().getTotalNum()).isEqualTo(12);
    assertThat(met).doesNotHaveDuplicates();
    assertThat(met.stream().filter(id -> id.startsWith("i"))).hasSize(12);
    assertThat(met).doesNotContain("shoe");
  }

  @Test
  void saysWhatItDoesNotOffer() throws IOException {
    String name = instance("");

    assertFails(
        "MMS.1023",
        () ->
            search(
                name,
                new SearchParam()
                    .withSearchType(SearchParam.SearchTypeEnum.TEXT)
                    .withText("a white circle")
                    .withOptionalParams(
                        new SearchOptionalParam()
                            .withTextLang(SearchOptionalParam.TextLangEnum.EN))));
    assertFails(
        "MMS.1023",
        () -> search(name, new SearchParam().withSearchType(SearchParam.SearchTypeEnum.CATEGORY)));
  }

  @Test
  void checksByIdAndGoesThroughAllOfACondition() throws IOException {
    String name = instance("");
    byte[] picture = Pictures.jpeg(51);
    for (int i = 0; i < 7; i++) {
      add(
          name,
          item("i" + i, picture)
              .withOptionalParams(whole())
              .withCustomTags(Map.of("brand", i < 6 ? "ACME" : "OTHER")));
    }

    CheckRestInfo there = check(name, "i6");
    CheckRestInfo absent = check(name, "none");
    Set<String> met = new HashSet<>();
    SearchAfterParam last = null;
    int pages = 0;
    do {
      RunCheckDataResponse answer =
          client.runCheckData(
              new RunCheckDataRequest()
                  .withServiceName(name)
                  .withBody(
                      new CheckParam()
                          .withLimit(4)
                          .withLastItem(last)
                          .withCustomTags(Map.of("brand", List.of("ACME")))));
      CheckRestInfo page = answer.getData();
      assertThat(answer.getResult()).isEqualTo("success");
      assertThat(page.getCheckInfo().getTotalNum()).isEqualTo(6);
      assertThat(page.getCheckInfo().getReturnNum()).isEqualTo(page.getItems().size());
      page.getItems()
          .forEach(
              item -> {
                assertThat(met.add(item.getId())).isTrue();
                assertThat(item.getScore()).isEqualTo(1);
                assertThat(item.getSource().getCustomTags()).containsEntry("brand", "ACME");
              });
      last = page.getCheckInfo().getLastItem();
      pages++;
    } while (last != null);

    assertThat(there.getExisted()).isTrue();
    assertThat(there.getItemInfo().getCustomTags()).containsEntry("brand", "OTHER");
    assertThat(absent.getExisted()).isFalse();
    assertThat(absent.getItemInfo()).isNull();
    assertThat(met).hasSize(6);
    assertThat(pages).isEqualTo(2);
  }

  @Test
  void changesWhatGoesWithAnItem() throws IOException {
    String name = instance("");
    add(
        name,
        item("a", Pictures.jpeg(61))
            .withOptionalParams(whole())
            .withDesc("one")
            .withKeywords(List.of("phone"))
            .withCustomTags(Map.of("brand", "ACME"))
            .withCustomNumTags(Map.of("year", 2020.0)));

    String result =
        client
            .runUpdateData(
                new RunUpdateDataRequest()
                    .withServiceName(name)
                    .withBody(
                        new UpdateParam()
                            .withItemId("a")
                            .withDesc("changed")
                            .withCustomTags(Map.of("brand", "OTHER"))
                            .withCustomNumTags(Map.of("year", 2025.0))))
            .getResult();

    assertThat(result).isEqualTo("success");
    ItemSource after = check(name, "a").getItemInfo();
    assertThat(after.getDesc()).isEqualTo("changed");
    assertThat(after.getKeywords()).containsExactly("phone");
    assertThat(after.getCustomTags()).isEqualTo(Map.of("brand", "OTHER"));
    assertThat(after.getCustomNumTags()).isEqualTo(Map.of("year", 2025.0));
    assertThat(ids(search(name, byKeywords("changed")).getData().getItems())).containsExactly("a");
    assertFails(
        "MMS.0003",
        () ->
            client.runUpdateData(
                new RunUpdateDataRequest()
                    .withServiceName(name)
                    .withBody(new UpdateParam().withItemId("none").withDesc("x"))));
  }

  @Test
  void deletesByIdAndByCondition() throws IOException {
    String name = instance("");
    byte[] picture = Pictures.jpeg(71);
    for (int i = 0; i < 5; i++) {
      add(
          name,
          item("i" + i, picture)
              .withOptionalParams(whole())
              .withCustomNumTags(Map.of("year", 2020.0 + i)));
    }

    RunDeleteDataResponse one = delete(name, new DeleteParam().withItemId("i0"));
    RunDeleteDataResponse some =
        delete(name, new DeleteParam().withCustomNumTags(years(2021.0, 2023.0)));
    RunDeleteDataResponse none =
        delete(name, new DeleteParam().withCustomNumTags(years(2021.0, 2023.0)));

    assertThat(one.getResult()).isEqualTo("success");
    assertThat(one.getData()).isNull();
    assertThat(some.getData().getItems())
        .extracting(DeleteRestInfoItems::getId)
        .containsExactly("i1", "i2", "i3");
    assertThat(some.getData().getDeleteInfo().getTotalNum()).isEqualTo(3);
    assertThat(some.getData().getDeleteInfo().getDeleteNum()).isEqualTo(3);
    assertThat(none.getData().getDeleteInfo().getDeleteNum()).isZero();
    assertThat(check(name, "i1").getExisted()).isFalse();
    assertThat(check(name, "i4").getExisted()).isTrue();
    assertFails("MMS.0003", () -> delete(name, new DeleteParam().withItemId("i0")));
    assertThat(delete(name, new DeleteParam().withItemId("i0").withForce(true)).getResult())
        .isEqualTo("success");
    assertFails("MMS.0003", () -> delete(name, new DeleteParam()));
  }

  @Test
  void refusesPicturesAndInstancesWithTheirCodes() throws IOException {
    String name = instance("");

    assertFails(
        "MMS.0003", () -> add(name, item("a", Pictures.encode(Pictures.draw(1, 64, 200), "png"))));
    assertFails(
        "MMS.0003", () -> add(name, item("a", Pictures.encode(Pictures.draw(1, 4096, 70), "png"))));
    assertFails("MMS.0003", () -> add(name, item("a", new byte[] {1, 2, 3})));
    assertFails(
        "MMS.0003",
        () ->
            add(
                name,
                item("a", Pictures.jpeg(1))
                    .withOptionalParams(new AddDataOptionalParam().withBox("0,0,9000,9000"))));
    assertFails("MMS.1001", () -> check("nosuch", "a"));
    assertThat(check(name, "a").getExisted()).isFalse();
  }

  private String instance(String detector) throws IOException {
    String name = system.instanceName();
    JsonObject wanted =
        new JsonObject()
            .put("name", name)
            .put("tags", new JsonArray().add("brand"))
            .put("number_tags", new JsonArray().add("year"));
    if (!detector.isEmpty()) {
      wanted.put("detector", detector);
    }
    system.client().post("/api/v1/instances", wanted).expect(201);
    return name;
  }

  private static AddDataParam item(String id, byte[] picture) {
    return new AddDataParam()
        .withItemId(id)
        .withImageBase64(Base64.getEncoder().encodeToString(picture));
  }

  private static AddDataOptionalParam whole() {
    return new AddDataOptionalParam().withDoDet(false).withDoCls(false);
  }

  private RunAddDataResponse add(String name, AddDataParam item) {
    return client.runAddData(new RunAddDataRequest().withServiceName(name).withBody(item));
  }

  private static SearchParam byImage(byte[] picture) {
    return new SearchParam()
        .withSearchType(SearchParam.SearchTypeEnum.IMAGE)
        .withImageBase64(Base64.getEncoder().encodeToString(picture));
  }

  private static SearchParam byKeywords(String... keywords) {
    return new SearchParam()
        .withSearchType(SearchParam.SearchTypeEnum.KEYWORD)
        .withKeywords(List.of(keywords));
  }

  private RunSearchResponse search(String name, SearchParam asked) {
    return client.runSearch(new RunSearchRequest().withServiceName(name).withBody(asked));
  }

  private CheckRestInfo check(String name, String id) {
    return client
        .runCheckData(
            new RunCheckDataRequest()
                .withServiceName(name)
                .withBody(new CheckParam().withItemId(id)))
        .getData();
  }

  private RunDeleteDataResponse delete(String name, DeleteParam which) {
    return client.runDeleteData(new RunDeleteDataRequest().withServiceName(name).withBody(which));
  }

  private static Map<String, RangeParam> years(@Nullable Double from, @Nullable Double to) {
    return Map.of("year", new RangeParam().withFrom(from).withTo(to));
  }

  private static List<String> ids(List<SearchItem> items) {
    return items.stream().map(SearchItem::getId).toList();
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

  /** It fills a cell of the detector. */
  private static byte[] thing(Color colour) {
    BufferedImage picture = new BufferedImage(256, 128, BufferedImage.TYPE_INT_RGB);
    Graphics2D g = picture.createGraphics();
    g.setColor(new Color(130, 130, 130));
    g.fillRect(0, 0, 256, 128);
    g.setColor(colour);
    g.fillRect(64, 64, 64, 64);
    g.dispose();
    return Pictures.encode(picture, "png");
  }
}
