package io.likeness.gateway.huawei;

import io.likeness.gateway.Library;
import io.likeness.gateway.Library.WriteOutcome;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.EdgeFault;
import io.likeness.gateway.http.ErrorShape;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.AddImage;
import io.likeness.wire.Attributes;
import io.likeness.wire.FileFormat;
import io.likeness.wire.Filter;
import io.likeness.wire.FilterList;
import io.likeness.wire.Hit;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import io.likeness.wire.Page;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Rejection;
import io.likeness.wire.RowFormat;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.TagIn;
import io.likeness.wire.Tags;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ImageSearch v1, operations 1 to 8 of the contract. Every failure found here answers 400 with an
 * {@code IS} code, as the original does; what is found before a body is looked at (route, project)
 * and being full answer as the gateway in front would. docs/compatibility.md records what was
 * chosen where the contract leaves it open.
 */
public final class HuaweiV1Api {

  /**
   * What every v1 picture must fulfil: one of three formats, short side at least 100 pixels, long
   * side at most 2048.
   */
  static final PictureRule RULE =
      PictureRule.newBuilder()
          .setShortSideMin(100)
          .setLongSideMax(2048)
          .addFormats(FileFormat.JPEG)
          .addFormats(FileFormat.PNG)
          .addFormats(FileFormat.BMP)
          .build();

  private static final Logger log = LoggerFactory.getLogger(HuaweiV1Api.class);
  private static final String SUCCESS = "{\"result\":\"Success\"}";

  private final Library library;
  private final Settings settings;

  /**
   * @param visibleWait how long a write waits to be seen by searches before it is answered all the
   *     same
   * @param searchDeadline for the whole search
   * @param model the model that serves every v1 instance
   */
  public record Settings(Duration visibleWait, Duration searchDeadline, String model) {

    public Settings {
      if (visibleWait.isNegative() || searchDeadline.isNegative() || searchDeadline.isZero()) {
        throw new IllegalArgumentException("no waits: " + visibleWait + ", " + searchDeadline);
      }
    }
  }

  public HuaweiV1Api(Library library, Settings settings) {
    this.library = library;
    this.settings = settings;
  }

  /** Blocks until it is answered; call it on a virtual thread. */
  public ApiResponse handle(ApiRequest request, Principal caller) {
    Optional<V1Route> found = V1Route.find(request.method(), request.rawPath());
    if (found.isEmpty()) {
      return ErrorShape.GATEWAY.of(
          EdgeFault.noSuchPath(request.method(), request.rawPath()), request.requestId());
    }
    V1Route route = found.get();
    if (!route.project().equals(caller.projectId())) {
      return Answers.foreignProject(request);
    }
    try {
      return answer(route, request, caller);
    } catch (V1Fault fault) {
      return fault(fault);
    } catch (LibraryUnavailableException e) {
      log.warn(
          "{} failed, request {}: {}",
          route.operation().text(),
          request.requestId(),
          e.getMessage());
      return fault(IsError.TIMED_OUT.because(String.valueOf(e.getMessage())));
    } catch (RuntimeException e) {
      // The original answers 400 to its own faults too; the log must tell them apart.
      log.error("{} failed, request {}", route.operation().text(), request.requestId(), e);
      return fault(IsError.INTERNAL.because("The request id is " + request.requestId() + "."));
    }
  }

  private ApiResponse answer(V1Route route, ApiRequest request, Principal caller) throws V1Fault {
    if (route.operation() == V1Route.Operation.CREATE_INSTANCE) {
      return createInstance(V1Bodies.CreateInstance.read(request.body()), caller);
    }
    // Before the body: an unknown instance is not worth decoding a picture for.
    InstanceRecord instance = instance(route);
    return switch (route.operation()) {
      case CREATE_INSTANCE -> throw new IllegalStateException("answered above");
      case QUERY_INSTANCE -> shown(instance, caller);
      case DELETE_INSTANCE -> deleteInstance(route);
      case ADD_PICTURE -> add(request, instance);
      case SEARCH_PICTURE -> search(request, instance);
      case CHECK_PICTURE -> check(request, instance);
      case MODIFY_PICTURE -> modify(request, instance);
      case DELETE_PICTURE -> delete(request, instance);
    };
  }

  private InstanceRecord instance(V1Route route) throws V1Fault {
    if (!InstanceKey.isName(route.instance())) {
      throw noInstance(route);
    }
    InstanceRecord instance =
        library
            .instance(new InstanceKey(route.project(), route.instance()))
            .orElseThrow(() -> noInstance(route));
    if (instance.getStatus() != InstanceStatus.NORMAL) {
      throw IsError.INSTANCE_STATUS.because("It is " + instance.getStatus() + ".");
    }
    return instance;
  }

  private static V1Fault noInstance(V1Route route) {
    return IsError.INSTANCE_NAME.because(
        "There is no instance " + JsonFields.shown(route.instance()) + ".");
  }

  private ApiResponse createInstance(V1Bodies.CreateInstance wanted, Principal caller)
      throws V1Fault {
    Library.InstanceOutcome outcome =
        library.createInstance(
            new Library.NewInstance(
                new InstanceKey(caller.projectId(), wanted.name()),
                wanted.description(),
                settings.model(),
                wanted.model(),
                wanted.level(),
                wanted.tags(),
                List.of(),
                RowFormat.ROW_FORMAT_FLOAT32,
                // The API knows no subjects: nothing would ever be looked for.
                ""));
    return switch (outcome) {
      case Library.Created created -> shown(created.instance(), caller);
      case Library.NameTaken taken ->
          throw IsError.INSTANCE_NAME.because(
              "There is already an instance " + wanted.name() + ".");
      case Library.UnknownModel unknown ->
          throw IsError.MODEL.because("No coordinator serves the model " + unknown.model() + ".");
      case Library.UnknownDetector unknown ->
          throw new IllegalStateException("no detector was asked for");
    };
  }

  private ApiResponse shown(InstanceRecord instance, Principal caller) {
    return Answers.json(
        200,
        out -> {
          out.writeStartObject();
          out.writeStringField("instanceName", instance.getName());
          out.writeNumberField(
              "level", instance.getLevel() == 0 ? V1Bodies.LEVEL : instance.getLevel());
          out.writeNumberField("expiredDate", -1);
          out.writeNumberField("registerDate", instance.getCreatedAtMillis());
          out.writeStringField("domain", caller.accountName());
          out.writeStringField("desc", instance.getDescription());
          out.writeArrayFieldStart("tags");
          for (String tag : instance.getTagsList()) {
            out.writeString(tag);
          }
          out.writeEndArray();
          out.writeStringField("status", "NORMAL");
          out.writeEndObject();
        });
  }

  private ApiResponse deleteInstance(V1Route route) throws V1Fault {
    if (!library.deleteInstance(new InstanceKey(route.project(), route.instance()))) {
      throw noInstance(route);
    }
    return ApiResponse.json(200, "{\"result\":\"success\"}");
  }

  private ApiResponse add(ApiRequest request, InstanceRecord instance) throws V1Fault {
    V1Bodies.AddPicture body = V1Bodies.AddPicture.read(request.body(), instance);
    AddImage.Builder add = AddImage.newBuilder().setRule(RULE);
    if (body.file().isPresent()) {
      add.setContent(body.file().get());
    } else {
      add.setUrl(body.path());
    }
    body.tags().ifPresent(tags -> add.setAttributes(attributes(tags)));
    return written(
        library.add(
            instance, body.path(), add.build(), settings.visibleWait(), request.traceparent()),
        request);
  }

  private ApiResponse modify(ApiRequest request, InstanceRecord instance) throws V1Fault {
    V1Bodies.ModifyPicture body = V1Bodies.ModifyPicture.read(request.body(), instance);
    Optional<ApiResponse> refused = refusedUnlessThere(request, instance, body.path());
    if (refused.isPresent()) {
      return refused.get();
    }
    return written(
        library.update(
            instance,
            body.path(),
            attributes(body.tags()),
            settings.visibleWait(),
            request.traceparent()),
        request);
  }

  private ApiResponse delete(ApiRequest request, InstanceRecord instance) throws V1Fault {
    V1Bodies.OnlyPath body = V1Bodies.OnlyPath.read(request.body());
    Optional<ApiResponse> refused = refusedUnlessThere(request, instance, body.path());
    if (refused.isPresent()) {
      return refused.get();
    }
    return written(
        library.delete(instance, body.path(), settings.visibleWait(), request.traceparent()),
        request);
  }

  private ApiResponse check(ApiRequest request, InstanceRecord instance) throws V1Fault {
    V1Bodies.OnlyPath body = V1Bodies.OnlyPath.read(request.body());
    return switch (shown(request, instance, body.path())) {
      case Library.ImageShown shown ->
          ApiResponse.json(200, "{\"exist\":\"" + shown.image().getExists() + "\"}");
      case Library.RefusedBy refused ->
          isAbsence(refused)
              ? ApiResponse.json(200, "{\"exist\":\"false\"}")
              : refused(refused.refusal(), request);
    };
  }

  private Optional<ApiResponse> refusedUnlessThere(
      ApiRequest request, InstanceRecord instance, String path) throws V1Fault {
    return switch (shown(request, instance, path)) {
      case Library.ImageShown shown -> {
        if (!shown.image().getExists()) {
          throw noImage(path);
        }
        yield Optional.empty();
      }
      case Library.RefusedBy refused -> Optional.of(refused(refused.refusal(), request));
    };
  }

  private Library.ImageOutcome shown(ApiRequest request, InstanceRecord instance, String path) {
    return library.image(instance, path, Optional.empty(), Duration.ZERO, request.traceparent());
  }

  private static V1Fault noImage(String path) {
    return IsError.PATH.because(
        "There is no image " + JsonFields.shown(path) + " in the instance.");
  }

  private ApiResponse search(ApiRequest request, InstanceRecord instance) throws V1Fault {
    V1Bodies.Search body = V1Bodies.Search.read(request.body());
    SearchRequest.Builder search =
        SearchRequest.newBuilder()
            .setInstanceUid(instance.getUid())
            .setOffset(body.offset())
            .setLimit(body.limit())
            .setWithAttributes(true)
            .setDeadlineMillis((int) settings.searchDeadline().toMillis());
    if (body.file().isPresent()) {
      search.setContent(body.file().get()).setRule(RULE);
      body.crop().ifPresent(search::setCrop);
    } else if (body.path().isPresent()) {
      search.setImageId(body.path().get());
    }
    if (!body.tags().isEmpty()) {
      search.setFilter(allOf(body.tags()));
    }
    boolean byLikeness = body.file().isPresent() || body.path().isPresent();
    return switch (library.search(search.build(), request.traceparent())) {
      case Library.PageFound found -> page(found.page(), byLikeness);
      case Library.RefusedBy refused -> {
        if (isAbsence(refused) && body.path().isPresent()) {
          throw noImage(body.path().get());
        }
        yield refused(refused.refusal(), request);
      }
    };
  }

  private static boolean isAbsence(Library.RefusedBy refused) {
    return refused.refusal().getKind() == RefusalKind.NO_SUCH_IMAGE;
  }

  private static ApiResponse page(Page page, boolean byLikeness) {
    ApiResponse answer =
        Answers.json(
            200,
            out -> {
              out.writeStartObject();
              out.writeNumberField("count", Answers.count(page.getTotal()));
              out.writeArrayFieldStart("result");
              for (Hit hit : page.getHitsList()) {
                out.writeStartObject();
                out.writeStringField("path", hit.getImageId());
                // Found by its tags alone, nothing was compared: it is wholly what was asked for.
                out.writeNumberField("sim", byLikeness ? Answers.rounded(hit.getScore()) : 1.0);
                out.writeObjectFieldStart("tags");
                for (Map.Entry<String, String> tag :
                    new TreeMap<>(hit.getAttributes().getTags().getValuesMap()).entrySet()) {
                  out.writeStringField(tag.getKey(), tag.getValue());
                }
                out.writeEndObject();
                out.writeEndObject();
              }
              out.writeEndArray();
              out.writeEndObject();
            });
    return Answers.withCoverage(answer, page.getCoverage());
  }

  private static Filter allOf(Map<String, String> tags) {
    FilterList.Builder all = FilterList.newBuilder();
    tags.forEach(
        (key, value) ->
            all.addFilters(
                Filter.newBuilder().setTagIn(TagIn.newBuilder().setKey(key).addValues(value))));
    return Filter.newBuilder().setAllOf(all).build();
  }

  private static Attributes attributes(Map<String, String> tags) {
    return Attributes.newBuilder().setTags(Tags.newBuilder().putAllValues(tags)).build();
  }

  private static ApiResponse written(WriteOutcome outcome, ApiRequest request) throws V1Fault {
    return switch (outcome) {
      case Library.Visible visible -> ApiResponse.json(200, SUCCESS);
      // Safe in the log; searches will see it a little later than the caller was willing to wait.
      case Library.Accepted accepted -> ApiResponse.json(200, SUCCESS);
      case Library.Rejected rejected -> throw rejected(rejected.rejection());
      case Library.Busy busy -> Answers.busy(request, busy.retryAfter());
    };
  }

  private static V1Fault rejected(Rejection rejection) {
    String detail = rejection.getDetail();
    return switch (rejection.getKind()) {
      case UNSUPPORTED_FORMAT,
          BROKEN_PICTURE,
          PICTURE_TOO_SMALL,
          PICTURE_TOO_LARGE,
          TURNED_PICTURE,
          BAD_CROP,
          BAD_ATTRIBUTES ->
          IsError.WRONG_TYPE.because(detail);
      case FETCH_REFUSED, FETCH_FAILED -> IsError.PATH.because(detail);
      case UNKNOWN_INSTANCE -> IsError.INSTANCE_NAME.because(detail);
      case BAD_EVENT, BAD_VECTOR, REJECTION_KIND_UNSPECIFIED, UNRECOGNIZED ->
          IsError.INTERNAL.because(detail);
    };
  }

  private static ApiResponse refused(Refusal refusal, ApiRequest request) throws V1Fault {
    String detail = refusal.getDetail();
    return switch (refusal.getKind()) {
      case BUSY -> Answers.busy(request, Duration.ofSeconds(1));
      case NO_SUCH_INSTANCE -> throw IsError.INSTANCE_NAME.because(detail);
      case NO_SUCH_IMAGE -> throw IsError.PATH.because(detail);
      case BAD_PICTURE, BAD_REQUEST -> throw IsError.WRONG_TYPE.because(detail);
      case UNAVAILABLE, STALE_TERM -> throw IsError.TIMED_OUT.because(detail);
      // This API opens no cursors.
      case CURSOR_EXPIRED, REFUSAL_KIND_UNSPECIFIED, UNRECOGNIZED ->
          throw IsError.INTERNAL.because(detail);
    };
  }

  private static ApiResponse fault(V1Fault fault) {
    return Answers.error(400, fault.error().code(), fault.text());
  }
}
