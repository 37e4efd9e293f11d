package io.likeness.gateway.huawei;

import com.fasterxml.jackson.core.JsonGenerator;
import io.likeness.gateway.Library;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.EdgeFault;
import io.likeness.gateway.http.ErrorShape;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.AddImage;
import io.likeness.wire.Attributes;
import io.likeness.wire.Box;
import io.likeness.wire.DetectorInfo;
import io.likeness.wire.FileFormat;
import io.likeness.wire.Filter;
import io.likeness.wire.FoundSubject;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ImageList;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import io.likeness.wire.Page;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Rejection;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.Text;
import io.likeness.wire.WordPlace;
import io.likeness.wire.WordQuery;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ImageSearch v2, operations 9 to 13 of the contract. Failures found here answer with an {@code
 * MMS} code and one of the documented statuses; what is found before a body is looked at (route,
 * project) and being full answer as the gateway in front would. Instances are made with the native
 * API or with v1: the original has no call for it. docs/compatibility.md records what was chosen
 * where the contract leaves it open.
 */
public final class HuaweiV2Api {

  /**
   * What every v2 picture must fulfil: short side more than 64 pixels, long side less than 4096, at
   * most 5 MiB, one of four formats, not to be turned.
   */
  static final PictureRule RULE =
      PictureRule.newBuilder()
          .setShortSideMin(65)
          .setLongSideMax(4095)
          .setBytesMax(5 << 20)
          .addFormats(FileFormat.JPEG)
          .addFormats(FileFormat.PNG)
          .addFormats(FileFormat.BMP)
          .addFormats(FileFormat.WEBP)
          .setUprightOnly(true)
          .build();

  private static final Logger log = LoggerFactory.getLogger(HuaweiV2Api.class);
  private static final String SUCCESS = "{\"result\":\"success\"}";

  private final Library library;
  private final Settings settings;

  /**
   * @param visibleWait how long a write waits to be seen by searches before it is answered all the
   *     same
   * @param searchDeadline for the whole search
   */
  public record Settings(Duration visibleWait, Duration searchDeadline) {

    public Settings {
      if (visibleWait.isNegative() || searchDeadline.isNegative() || searchDeadline.isZero()) {
        throw new IllegalArgumentException("no waits: " + visibleWait + ", " + searchDeadline);
      }
    }
  }

  public HuaweiV2Api(Library library, Settings settings) {
    this.library = library;
    this.settings = settings;
  }

  /** Blocks until it is answered; call it on a virtual thread. */
  public ApiResponse handle(ApiRequest request, Principal caller) {
    Optional<V2Route> found = V2Route.find(request.method(), request.rawPath());
    if (found.isEmpty()) {
      return ErrorShape.GATEWAY.of(
          EdgeFault.noSuchPath(request.method(), request.rawPath()), request.requestId());
    }
    V2Route route = found.get();
    if (!route.project().equals(caller.projectId())) {
      return Answers.foreignProject(request);
    }
    try {
      return answer(route, request);
    } catch (V2Fault fault) {
      return Answers.error(fault.error().status(), fault.error().code(), fault.text());
    } catch (LibraryUnavailableException e) {
      log.warn(
          "{} failed, request {}: {}",
          route.operation().text(),
          request.requestId(),
          e.getMessage());
      return failed(String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      log.error("{} failed, request {}", route.operation().text(), request.requestId(), e);
      return failed("The request id is " + request.requestId() + ".");
    }
  }

  private static ApiResponse failed(String detail) {
    V2Fault fault = MmsError.INDEX.because(detail);
    return Answers.error(fault.error().status(), fault.error().code(), fault.text());
  }

  private ApiResponse answer(V2Route route, ApiRequest request) throws V2Fault {
    // Before the body: an unknown instance is not worth decoding a picture for.
    InstanceRecord instance = instance(route);
    return switch (route.operation()) {
      case ADD_DATA -> add(request, instance);
      case SEARCH -> search(request, instance);
      case CHECK_DATA -> check(request, instance);
      case UPDATE_DATA -> update(request, instance);
      case DELETE_DATA -> delete(request, instance);
    };
  }

  private InstanceRecord instance(V2Route route) throws V2Fault {
    Optional<InstanceRecord> instance =
        InstanceKey.isName(route.instance())
            ? library.instance(new InstanceKey(route.project(), route.instance()))
            : Optional.empty();
    if (instance.isEmpty() || instance.get().getStatus() != InstanceStatus.NORMAL) {
      throw MmsError.NO_INSTANCE.because(
          "There is no instance " + JsonFields.shown(route.instance()) + ".");
    }
    return instance.get();
  }

  // ---- Add and update ----

  private ApiResponse add(ApiRequest request, InstanceRecord instance) throws V2Fault {
    V2Bodies.AddData body = V2Bodies.AddData.read(request.body(), instance);
    if (!body.force()) {
      switch (image(request, instance, body.itemId())) {
        case Library.ImageShown shown -> {
          if (shown.image().getExists()) {
            return added(subjectOf(shown.image()));
          }
        }
        case Library.RefusedBy refused -> {
          if (!isAbsence(refused)) {
            return refused(refused.refusal(), body.image().field(), request);
          }
        }
      }
    }
    AddImage.Builder add =
        AddImage.newBuilder()
            .setRule(RULE)
            .setAttributes(body.attributes())
            .setFindSubject(body.looking().detect());
    body.image().content().ifPresent(add::setContent);
    body.image().url().ifPresent(add::setUrl);
    body.looking().box().ifPresent(add::setCrop);
    return switch (library.add(
        instance, body.itemId(), add.build(), settings.visibleWait(), request.traceparent())) {
      case Library.Visible visible -> added(objects(request, instance, body));
      // Safe in the log; searches will see it a little later than the caller was willing to wait.
      case Library.Accepted accepted -> added(objectsOf(body.looking()));
      case Library.Rejected rejected -> throw rejected(rejected.rejection(), body.image().field());
      case Library.Busy busy -> Answers.busy(request, busy.retryAfter());
    };
  }

  /** Known once the picture has been looked at. */
  private List<Found> objects(ApiRequest request, InstanceRecord instance, V2Bodies.AddData body) {
    if (!body.looking().detect()) {
      return objectsOf(body.looking());
    }
    return image(request, instance, body.itemId()) instanceof Library.ImageShown shown
        ? subjectOf(shown.image())
        : List.of();
  }

  private static List<Found> subjectOf(ImageInfo image) {
    return image.hasSubject() ? List.of(Found.of(image.getSubject())) : List.of();
  }

  /** The one the caller named, if any. */
  private static List<Found> objectsOf(V2Bodies.Looking looking) {
    return looking.box().map(box -> List.of(Found.given(box, looking))).orElse(List.of());
  }

  private static ApiResponse added(List<Found> objects) {
    return success(
        out -> {
          out.writeObjectFieldStart("image_info");
          writeObjects(out, objects);
          out.writeEndObject();
        });
  }

  private ApiResponse update(ApiRequest request, InstanceRecord instance) throws V2Fault {
    V2Bodies.UpdateData body = V2Bodies.UpdateData.read(request.body(), instance);
    ImageInfo before;
    switch (image(request, instance, body.itemId())) {
      case Library.ImageShown shown -> before = shown.image();
      case Library.RefusedBy refused -> {
        if (!isAbsence(refused)) {
          return refused(refused.refusal(), "item_id", request);
        }
        throw noItem(body.itemId());
      }
    }
    if (!before.getExists()) {
      throw noItem(body.itemId());
    }
    Attributes.Builder attributes = Attributes.newBuilder();
    body.tags().ifPresent(attributes::setTags);
    body.numbers().ifPresent(attributes::setNumbers);
    // Description and keywords are one group in the log, and this call has no keywords to give.
    body.desc()
        .ifPresent(
            desc ->
                attributes.setText(
                    Text.newBuilder()
                        .setDescription(desc)
                        .addAllKeywords(before.getAttributes().getText().getKeywordsList())));
    return written(
        library.update(
            instance,
            body.itemId(),
            attributes.build(),
            settings.visibleWait(),
            request.traceparent()),
        request);
  }

  private static ApiResponse written(Library.WriteOutcome outcome, ApiRequest request)
      throws V2Fault {
    return switch (outcome) {
      case Library.Visible visible -> ApiResponse.json(200, SUCCESS);
      case Library.Accepted accepted -> ApiResponse.json(200, SUCCESS);
      case Library.Rejected rejected -> throw rejected(rejected.rejection(), "item_id");
      case Library.Busy busy -> Answers.busy(request, busy.retryAfter());
    };
  }

  // ---- Search ----

  private ApiResponse search(ApiRequest request, InstanceRecord instance) throws V2Fault {
    V2Bodies.Search body = V2Bodies.Search.read(request.body(), instance);
    return switch (body.type()) {
      case IMAGE -> byImage(request, instance, body, body.image().orElseThrow());
      case KEYWORD -> byKeywords(request, instance, body);
      case TEXT ->
          throw MmsError.SEARCH_TYPE.because(
              "TEXT needs a model that reads text, which the instance's model "
                  + instance.getModel()
                  + " does not.");
      case CATEGORY ->
          throw MmsError.SEARCH_TYPE.because(
              "CATEGORY needs a model with categories, which the instance's model "
                  + instance.getModel()
                  + " does not have.");
    };
  }

  private ApiResponse byImage(
      ApiRequest request, InstanceRecord instance, V2Bodies.Search body, V2Bodies.Image image)
      throws V2Fault {
    SearchRequest.Builder search =
        asked(instance, body)
            .setRule(RULE)
            .setGroupBy(body.collapseKey())
            .setFindSubject(body.looking().detect());
    image.content().ifPresent(search::setContent);
    image.url().ifPresent(search::setUrl);
    body.looking().box().ifPresent(search::setCrop);
    body.minScore().ifPresent(search::setMinScore);
    return switch (library.search(search.build(), request.traceparent())) {
      case Library.PageFound found ->
          page(
              found.page(),
              Answers::rounded,
              Optional.empty(),
              objects(instance, body.looking(), found.page()));
      case Library.RefusedBy refused -> refused(refused.refusal(), image.field(), request);
    };
  }

  /**
   * Every page can be gone on from: the order is that of scores, and of ids among equal ones, and
   * the score of an item hangs on nothing but the item and the keywords. A page with holes would
   * pass over items for ever, so all shards have to answer.
   */
  private ApiResponse byKeywords(ApiRequest request, InstanceRecord instance, V2Bodies.Search body)
      throws V2Fault {
    if (!body.collapseKey().isEmpty()) {
      throw MmsError.parameter(
          "optional_params.collapse_key", "A KEYWORD search does not collapse its items.");
    }
    WordQuery.Builder words = WordQuery.newBuilder().addAllAnyOf(body.keywords());
    body.after()
        .filter(last -> !last.id().isEmpty())
        .ifPresent(
            last ->
                words.setAfter(
                    WordPlace.newBuilder().setScore(last.score()).setImageId(last.id())));
    SearchRequest search = asked(instance, body).setWords(words).setStrict(true).build();
    return switch (library.search(search, request.traceparent())) {
      case Library.PageFound found -> {
        List<Hit> hits = found.page().getHitsList();
        boolean mayHaveMore = body.offset() == 0 && hits.size() == body.limit();
        yield page(
            found.page(),
            // To the last bit, since it may come back as the place to go on from.
            score -> score,
            mayHaveMore ? Optional.of(hits.getLast()) : Optional.empty(),
            List.of());
      }
      case Library.RefusedBy refused -> refused(refused.refusal(), "keywords", request);
    };
  }

  private SearchRequest.Builder asked(InstanceRecord instance, V2Bodies.Search body) {
    return SearchRequest.newBuilder()
        .setInstanceUid(instance.getUid())
        .setFilter(body.filter())
        .setOffset(body.offset())
        .setLimit(body.limit())
        .setWithAttributes(true)
        .setDeadlineMillis((int) settings.searchDeadline().toMillis());
  }

  /** What was found in the picture that was searched with, likeliest first. */
  private List<Found> objects(InstanceRecord instance, V2Bodies.Looking looking, Page page) {
    if (!looking.detect()) {
      return objectsOf(looking);
    }
    List<String> labels =
        page.getSubjectsList().stream().allMatch(subject -> subject.getLabel().isEmpty())
            ? List.of()
            : labels(instance);
    return page.getSubjectsList().stream()
        .map(subject -> Found.of(subject, labels, looking))
        .toList();
  }

  /** What the instance's detector can tell apart: a category is a place among these. */
  private List<String> labels(InstanceRecord instance) {
    return library.detectors().stream()
        .filter(detector -> detector.getName().equals(instance.getDetector()))
        .findFirst()
        .map(DetectorInfo::getLabelsList)
        .map(List::<String>copyOf)
        .orElse(List.of());
  }

  private static ApiResponse page(
      Page page, DoubleUnaryOperator score, Optional<Hit> last, List<Found> objects) {
    ApiResponse answer =
        success(
            out -> {
              out.writeArrayFieldStart("items");
              for (Hit hit : page.getHitsList()) {
                writeItem(
                    out,
                    hit.getImageId(),
                    score.applyAsDouble(hit.getScore()),
                    hit.getAttributes());
              }
              out.writeEndArray();
              out.writeObjectFieldStart("search_info");
              out.writeNumberField("total_num", Answers.count(page.getTotal()));
              out.writeNumberField("return_num", page.getHitsCount());
              out.writeNumberField(
                  "search_time", Answers.count(page.getTimings().getTotalMicros() / 1_000));
              if (last.isPresent()) {
                writeLastItem(out, last.get().getScore(), last.get().getImageId());
              } else {
                out.writeNullField("last_item");
              }
              out.writeEndObject();
              out.writeObjectFieldStart("image_info");
              if (!objects.isEmpty()) {
                writeObject(out, objects.getFirst());
              }
              writeObjects(out, objects);
              out.writeEndObject();
            });
    return Answers.withCoverage(answer, page.getCoverage());
  }

  // ---- Check ----

  private ApiResponse check(ApiRequest request, InstanceRecord instance) throws V2Fault {
    V2Bodies.CheckData body = V2Bodies.CheckData.read(request.body(), instance);
    return switch (body.which()) {
      case V2Bodies.ById one -> checkOne(request, instance, one.itemId());
      case V2Bodies.ByCondition some -> {
        Listed listed = listed(request, instance, some.filter(), body.after(), body.limit());
        yield switch (listed) {
          case Images found -> checked(found);
          case NotNow no -> no.answer();
        };
      }
    };
  }

  private ApiResponse checkOne(ApiRequest request, InstanceRecord instance, String itemId)
      throws V2Fault {
    return switch (image(request, instance, itemId)) {
      case Library.ImageShown shown -> existing(shown.image());
      case Library.RefusedBy refused ->
          isAbsence(refused)
              ? existing(ImageInfo.getDefaultInstance())
              : refused(refused.refusal(), "item_id", request);
    };
  }

  private static ApiResponse existing(ImageInfo image) {
    return success(
        out -> {
          out.writeBooleanField("existed", image.getExists());
          if (image.getExists()) {
            out.writeFieldName("item_info");
            writeSource(out, image.getAttributes());
          }
        });
  }

  private static ApiResponse checked(Images found) {
    return success(
        out -> {
          out.writeArrayFieldStart("items");
          for (ImageInfo image : found.images().getImagesList()) {
            writeItem(out, image.getImageId(), 1, image.getAttributes());
          }
          out.writeEndArray();
          out.writeObjectFieldStart("check_info");
          out.writeNumberField("total_num", Answers.count(found.total()));
          out.writeNumberField("return_num", found.images().getImagesCount());
          if (found.images().getMore()) {
            // In order of id, and so where the page ended is all there is to know.
            writeLastItem(out, 1, found.images().getImagesList().getLast().getImageId());
          } else {
            out.writeNullField("last_item");
          }
          out.writeEndObject();
        });
  }

  // ---- Delete ----

  private ApiResponse delete(ApiRequest request, InstanceRecord instance) throws V2Fault {
    V2Bodies.DeleteData body = V2Bodies.DeleteData.read(request.body(), instance);
    return switch (body.which()) {
      case V2Bodies.ById one -> deleteOne(request, instance, one.itemId(), body.force());
      case V2Bodies.ByCondition some -> {
        Listed listed = listed(request, instance, some.filter(), "", V2Bodies.CONDITION_LIMIT_MAX);
        yield switch (listed) {
          case Images found -> deleteAll(request, instance, found);
          case NotNow no -> no.answer();
        };
      }
    };
  }

  private ApiResponse deleteOne(
      ApiRequest request, InstanceRecord instance, String itemId, boolean force) throws V2Fault {
    switch (image(request, instance, itemId)) {
      case Library.ImageShown shown -> {
        if (!shown.image().getExists() && !force) {
          throw noItem(itemId);
        }
      }
      case Library.RefusedBy refused -> {
        if (!isAbsence(refused)) {
          return refused(refused.refusal(), "item_id", request);
        }
        if (!force) {
          throw noItem(itemId);
        }
      }
    }
    return written(
        library.delete(instance, itemId, settings.visibleWait(), request.traceparent()), request);
  }

  /** All at once, since each waits until searches do not see it any more. */
  private ApiResponse deleteAll(ApiRequest request, InstanceRecord instance, Images found) {
    List<String> ids = found.images().getImagesList().stream().map(ImageInfo::getImageId).toList();
    List<String> deleted = new ArrayList<>();
    Optional<Duration> retryAfter = Optional.empty();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Library.WriteOutcome>> outcomes = new ArrayList<>();
      for (String id : ids) {
        outcomes.add(
            threads.submit(
                () -> library.delete(instance, id, settings.visibleWait(), request.traceparent())));
      }
      for (int i = 0; i < ids.size(); i++) {
        switch (outcome(outcomes.get(i))) {
          case Library.Visible visible -> deleted.add(ids.get(i));
          case Library.Accepted accepted -> deleted.add(ids.get(i));
          case Library.Busy busy -> retryAfter = Optional.of(busy.retryAfter());
          case Library.Rejected rejected ->
              log.warn("{} was not deleted: {}", ids.get(i), rejected.rejection().getDetail());
        }
      }
    }
    // Callers repeat until nothing is left, so a part is an answer; nothing at all is none.
    if (deleted.isEmpty() && retryAfter.isPresent()) {
      return Answers.busy(request, retryAfter.get());
    }
    return success(
        out -> {
          out.writeArrayFieldStart("items");
          for (String id : deleted) {
            out.writeStartObject();
            out.writeStringField("id", id);
            out.writeEndObject();
          }
          out.writeEndArray();
          out.writeObjectFieldStart("delete_info");
          out.writeNumberField("total_num", Answers.count(found.total()));
          out.writeNumberField("delete_num", deleted.size());
          out.writeEndObject();
        });
  }

  private static Library.WriteOutcome outcome(Future<Library.WriteOutcome> deletion) {
    try {
      return deletion.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new LibraryUnavailableException("interrupted while deleting", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof LibraryUnavailableException away
          ? away
          : new IllegalStateException("a deletion failed", e.getCause());
    }
  }

  // ---- What several operations need ----

  private sealed interface Listed {}

  private record Images(ImageList images, long total) implements Listed {}

  private record NotNow(ApiResponse answer) implements Listed {}

  /**
   * In order of id: whatever is added or goes meanwhile, no image comes twice or is passed over.
   */
  private Listed listed(
      ApiRequest request, InstanceRecord instance, Filter filter, String after, int limit)
      throws V2Fault {
    ImageList images;
    switch (library.list(instance, after, limit, filter, request.traceparent())) {
      case Library.Listed listed -> images = listed.images();
      case Library.RefusedBy refused -> {
        return new NotNow(refused(refused.refusal(), "custom_tags", request));
      }
    }
    return switch (library.count(instance, filter, request.traceparent())) {
      case Library.Counted counted -> new Images(images, counted.total());
      case Library.RefusedBy refused ->
          new NotNow(refused(refused.refusal(), "custom_tags", request));
    };
  }

  private Library.ImageOutcome image(ApiRequest request, InstanceRecord instance, String itemId) {
    return library.image(instance, itemId, Optional.empty(), Duration.ZERO, request.traceparent());
  }

  private static boolean isAbsence(Library.RefusedBy refused) {
    return refused.refusal().getKind() == RefusalKind.NO_SUCH_IMAGE;
  }

  private static V2Fault noItem(String itemId) {
    return MmsError.parameter(
        "item_id", "There is no item " + JsonFields.shown(itemId) + " in the instance.");
  }

  /** {@code parameter}: what the caller would have to change. */
  private static V2Fault rejected(Rejection rejection, String parameter) {
    String detail = rejection.getDetail();
    return switch (rejection.getKind()) {
      case UNSUPPORTED_FORMAT,
          BROKEN_PICTURE,
          PICTURE_TOO_SMALL,
          PICTURE_TOO_LARGE,
          TURNED_PICTURE,
          FETCH_REFUSED,
          FETCH_FAILED ->
          MmsError.parameter(parameter, detail);
      case BAD_CROP -> MmsError.parameter("optional_params.box", detail);
      case BAD_ATTRIBUTES -> MmsError.parameter("custom_tags", detail);
      case UNKNOWN_INSTANCE -> MmsError.NO_INSTANCE.because(detail);
      case BAD_EVENT, BAD_VECTOR, REJECTION_KIND_UNSPECIFIED, UNRECOGNIZED ->
          MmsError.INDEX.because(detail);
    };
  }

  private static ApiResponse refused(Refusal refusal, String parameter, ApiRequest request)
      throws V2Fault {
    String detail = refusal.getDetail();
    return switch (refusal.getKind()) {
      case BUSY -> Answers.busy(request, Duration.ofSeconds(1));
      case NO_SUCH_INSTANCE -> throw MmsError.NO_INSTANCE.because(detail);
      case NO_SUCH_IMAGE -> throw MmsError.parameter("item_id", detail);
      case BAD_PICTURE ->
          throw rejected(
              Rejection.newBuilder().setKind(refusal.getPicture()).setDetail(detail).build(),
              parameter);
      case BAD_REQUEST -> throw MmsError.parameter(parameter, detail);
      // This API opens no cursors.
      case UNAVAILABLE, STALE_TERM, CURSOR_EXPIRED, REFUSAL_KIND_UNSPECIFIED, UNRECOGNIZED ->
          throw MmsError.INDEX.because(detail);
    };
  }

  // ---- JSON ----

  /** An object of a picture; a category only where one is known. */
  private record Found(Box box, @Nullable Integer category, String name) {

    static Found of(Box box) {
      return new Found(box, null, "");
    }

    static Found given(Box box, V2Bodies.Looking looking) {
      return new Found(
          box, looking.category().isPresent() ? looking.category().getAsInt() : null, "");
    }

    static Found of(FoundSubject subject, List<String> labels, V2Bodies.Looking looking) {
      if (looking.category().isPresent() || !looking.classify()) {
        return given(subject.getBox(), looking);
      }
      int place = labels.indexOf(subject.getLabel());
      return new Found(subject.getBox(), place < 0 ? null : place, subject.getLabel());
    }

    String corners() {
      return box.getX()
          + ","
          + box.getY()
          + ","
          + (box.getX() + box.getWidth())
          + ","
          + (box.getY() + box.getHeight());
    }
  }

  private static ApiResponse success(Answers.JsonText data) {
    return Answers.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeStringField("result", "success");
          out.writeObjectFieldStart("data");
          data.write(out);
          out.writeEndObject();
          out.writeEndObject();
        });
  }

  private static void writeObjects(JsonGenerator out, List<Found> objects) throws IOException {
    out.writeArrayFieldStart("objects");
    for (Found each : objects) {
      out.writeStartObject();
      writeObject(out, each);
      out.writeEndObject();
    }
    out.writeEndArray();
  }

  private static void writeObject(JsonGenerator out, Found object) throws IOException {
    out.writeStringField("box", object.corners());
    if (object.category() != null) {
      out.writeNumberField("category", object.category());
    }
    if (!object.name().isEmpty()) {
      out.writeStringField("category_name", object.name());
    }
  }

  private static void writeLastItem(JsonGenerator out, double score, String id) throws IOException {
    out.writeObjectFieldStart("last_item");
    out.writeNumberField("score", score);
    out.writeStringField("id", id);
    out.writeEndObject();
  }

  private static void writeItem(JsonGenerator out, String id, double score, Attributes attributes)
      throws IOException {
    out.writeStartObject();
    out.writeStringField("id", id);
    out.writeNumberField("score", score);
    out.writeFieldName("source");
    writeSource(out, attributes);
    out.writeEndObject();
  }

  private static void writeSource(JsonGenerator out, Attributes attributes) throws IOException {
    out.writeStartObject();
    if (!attributes.getText().getDescription().isEmpty()) {
      out.writeStringField("desc", attributes.getText().getDescription());
    }
    out.writeObjectFieldStart("custom_tags");
    for (Map.Entry<String, String> tag :
        new TreeMap<>(attributes.getTags().getValuesMap()).entrySet()) {
      out.writeStringField(tag.getKey(), tag.getValue());
    }
    out.writeEndObject();
    out.writeObjectFieldStart("custom_num_tags");
    for (Map.Entry<String, Double> tag :
        new TreeMap<>(attributes.getNumbers().getValuesMap()).entrySet()) {
      out.writeNumberField(tag.getKey(), tag.getValue());
    }
    out.writeEndObject();
    out.writeArrayFieldStart("keywords");
    for (String keyword : attributes.getText().getKeywordsList()) {
      out.writeString(keyword);
    }
    out.writeEndArray();
    out.writeEndObject();
  }
}
