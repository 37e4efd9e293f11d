package io.likeness.gateway.alibaba;

import io.likeness.gateway.Library;
import io.likeness.gateway.Library.WriteOutcome;
import io.likeness.gateway.LibraryUnavailableException;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.auth.RpcCall;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.http.EdgeFault;
import io.likeness.gateway.http.ErrorShape;
import io.likeness.gateway.http.RpcErrors;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.AddImage;
import io.likeness.wire.Box;
import io.likeness.wire.FileFormat;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.IdPrefix;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import io.likeness.wire.Page;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.SearchRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Alibaba Cloud Image Search, version 2020-12-14. An instance is what the original calls a generic
 * one: it knows no categories, every image is of the category "Others". docs/compatibility.md
 * records what is the same, what is not, and what is not offered.
 */
public final class ImageSearchApi {

  /** What every picture must fulfil, as the original has it for generic search. */
  static final PictureRule RULE =
      PictureRule.newBuilder()
          .setShortSideMin(100)
          .setLongSideMax(4096)
          .setBytesMax(UploadDesk.FILE_BYTES_MAX)
          .addFormats(FileFormat.JPEG)
          .addFormats(FileFormat.PNG)
          .addFormats(FileFormat.BMP)
          .addFormats(FileFormat.GIF)
          .addFormats(FileFormat.WEBP)
          .addFormats(FileFormat.TIFF)
          .addFormats(FileFormat.PPM)
          .setUprightOnly(true)
          .build();

  /** Images that one call deletes at most. */
  static final int DELETED_MAX = 10_000;

  private static final Logger log = LoggerFactory.getLogger(ImageSearchApi.class);
  private static final Set<Integer> CATEGORIES =
      Set.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22, Answers.OTHERS);
  private static final int INSTANCE_CHARS_MAX = 20;
  private static final int TEXT_CHARS_MAX = 512;
  private static final int LIST_PAGE = 500;

  private final Library library;
  private final UploadDesk uploads;
  private final Settings settings;

  /**
   * @param visibleWait how long a write waits to be seen by searches before it is answered all the
   *     same
   * @param searchDeadline for the whole search
   * @param callsPerSecond an account may make, as Detail tells
   */
  public record Settings(Duration visibleWait, Duration searchDeadline, int callsPerSecond) {

    public Settings {
      if (visibleWait.isNegative() || searchDeadline.isNegative() || searchDeadline.isZero()) {
        throw new IllegalArgumentException("no waits: " + visibleWait + ", " + searchDeadline);
      }
    }
  }

  public ImageSearchApi(Library library, UploadDesk uploads, Settings settings) {
    this.library = library;
    this.uploads = uploads;
    this.settings = settings;
  }

  /** One call and who makes it. */
  private record Asked(RpcCall call, Principal caller, Arguments arguments) {

    String requestId() {
      return RpcErrors.requestId(call.request().requestId());
    }

    String traceparent() {
      return call.request().traceparent();
    }
  }

  /** The system has no room; answered as the server itself would. */
  private static final class BusyException extends RuntimeException {

    private static final long serialVersionUID = 1;

    BusyException(String message) {
      super(message, null, false, false);
    }
  }

  /** Blocks until it is answered; call it on a virtual thread. */
  public ApiResponse handle(RpcCall call, Principal caller) {
    String requestId = call.request().requestId();
    Asked asked = new Asked(call, caller, new Arguments(call.arguments()));
    try {
      ApiResponse answer = answer(asked);
      return answer.with(RpcErrors.REQUEST_ID_HEADER, asked.requestId());
    } catch (RpcFault fault) {
      return RpcErrors.of(fault.status(), fault.code(), fault.text(), requestId);
    } catch (BusyException e) {
      return ErrorShape.RPC.of(EdgeFault.full(String.valueOf(e.getMessage())), requestId);
    } catch (LibraryUnavailableException e) {
      log.warn("{} failed, request {}: {}", call.action(), requestId, e.getMessage());
      return RpcErrors.of(500, "RequestTimeout", String.valueOf(e.getMessage()), requestId);
    }
  }

  private ApiResponse answer(Asked asked) throws RpcFault {
    String name = asked.call().action();
    Action action =
        Action.find(name)
            .orElseThrow(
                () ->
                    RpcFault.of(404, "InvalidApi.NotFound", "no action " + Arguments.shown(name)));
    if (!action.version().equals(asked.call().version())) {
      throw RpcFault.of(
          "NoSuchVersion",
          action.text()
              + " has version "
              + action.version()
              + ", not "
              + Arguments.shown(asked.call().version()));
    }
    if (action == Action.AUTHORIZE_FILE_UPLOAD) {
      return authorize(asked);
    }
    // Before the arguments: an unknown instance is not worth decoding a picture for.
    InstanceRecord instance = instance(asked);
    return switch (action) {
      case AUTHORIZE_FILE_UPLOAD -> throw new IllegalStateException("answered above");
      case ADD_IMAGE -> add(asked, instance);
      case UPDATE_IMAGE -> update(asked, instance);
      case DELETE_IMAGE -> delete(asked, instance);
      case SEARCH_IMAGE_BY_PIC -> searchByPic(asked, instance);
      case SEARCH_IMAGE_BY_NAME -> searchByName(asked, instance);
      case SEARCH_IMAGE_BY_FILTER -> searchByFilter(asked, instance);
      case CHECK_IMAGE_EXISTS -> check(asked, instance);
      case DETAIL -> detail(asked, instance);
      case SEARCH_IMAGE_BY_TEXT -> {
        asked.arguments().required("Text", "InvalidText", TEXT_CHARS_MAX, "InvalidTextLength");
        throw RpcFault.of(
            500, "UnsupportedInstanceType", "the instance's model understands no text");
      }
      case COMPARE_SIMILAR_BY_IMAGE -> throw notOffered("UnsupportedOperationType", 500, action);
      case DUMP_META, DUMP_META_LIST, INCREASE_INSTANCE, INCREASE_LIST ->
          throw notOffered("InvalidApi.NotFound", 404, action);
    };
  }

  private static RpcFault notOffered(String code, int status, Action action) {
    return RpcFault.of(status, code, action.text() + " is not offered here");
  }

  private InstanceRecord instance(Asked asked) throws RpcFault {
    String name =
        asked
            .arguments()
            .required(
                "InstanceName", "InvalidInstanceName", INSTANCE_CHARS_MAX, "InvalidInstanceName");
    Optional<InstanceRecord> instance =
        InstanceKey.isName(name)
            ? library.instance(new InstanceKey(asked.caller().projectId(), name))
            : Optional.empty();
    if (instance.isEmpty()) {
      throw RpcFault.of("InvalidInstance", "there is no instance " + Arguments.shown(name));
    }
    if (instance.get().getStatus() != InstanceStatus.NORMAL) {
      throw RpcFault.of("InstanceStatusError", "the instance is " + instance.get().getStatus());
    }
    return instance.get();
  }

  private ApiResponse authorize(Asked asked) throws RpcFault {
    return Answers.leave(
        asked.requestId(),
        uploads.leave(
            asked.caller().projectId(),
            asked.call().request().header("host").orElse(""),
            asked.call().request().header("user-agent").orElse(""),
            asked.call().request().receivedAt()));
  }

  // ---- writing ----

  private ApiResponse add(Asked asked, InstanceRecord instance) throws RpcFault {
    Arguments arguments = asked.arguments();
    ImageName name = ImageName.read(arguments);
    // Ignored, as the original does in generic search; but it must be one.
    var unused = arguments.integer("CategoryId", "InvalidCategory");
    Optional<Box> region = arguments.region();
    boolean findSubject = arguments.flag("Crop", true) && region.isEmpty();
    AddImage.Builder add =
        AddImage.newBuilder()
            .setAttributes(ItemAttributes.read(arguments, instance, name.productId()))
            .setContent(uploads.picture(arguments, "PicContent", asked.caller().projectId()))
            .setFindSubject(findSubject)
            .setRule(RULE);
    region.ifPresent(add::setCrop);
    WriteOutcome outcome =
        library.add(instance, name.id(), add.build(), settings.visibleWait(), asked.traceparent());
    boolean visible = written(outcome);
    return Answers.added(
        asked.requestId(),
        region.isPresent() || !visible ? region : subject(asked, instance, name));
  }

  /** What of the picture counts: the subject that was found, or all of it. */
  private Optional<Box> subject(Asked asked, InstanceRecord instance, ImageName name) {
    Library.ImageOutcome shown =
        library.image(instance, name.id(), Optional.empty(), Duration.ZERO, asked.traceparent());
    if (!(shown instanceof Library.ImageShown known) || !known.image().getExists()) {
      return Optional.empty();
    }
    ImageInfo image = known.image();
    if (image.hasSubject()) {
      return Optional.of(image.getSubject());
    }
    return image.getWidth() > 0
        ? Optional.of(
            Box.newBuilder().setWidth(image.getWidth()).setHeight(image.getHeight()).build())
        : Optional.empty();
  }

  private ApiResponse update(Asked asked, InstanceRecord instance) throws RpcFault {
    ImageName name = ImageName.read(asked.arguments());
    ImageInfo image =
        existing(asked, instance, name)
            .orElseThrow(
                () -> RpcFault.of("PicNotExist", "there is no image " + name.id() + " here"));
    written(
        library.update(
            instance,
            name.id(),
            ItemAttributes.merged(asked.arguments(), instance, image.getAttributes()).build(),
            settings.visibleWait(),
            asked.traceparent()));
    return Answers.done(asked.requestId());
  }

  private Optional<ImageInfo> existing(Asked asked, InstanceRecord instance, ImageName name)
      throws RpcFault {
    return switch (library.image(
        instance, name.id(), Optional.empty(), Duration.ZERO, asked.traceparent())) {
      case Library.ImageShown shown -> Optional.of(shown.image()).filter(ImageInfo::getExists);
      case Library.RefusedBy refused -> {
        if (refused.refusal().getKind() == RefusalKind.NO_SUCH_IMAGE) {
          yield Optional.empty();
        }
        throw refused(refused.refusal());
      }
    };
  }

  private ApiResponse delete(Asked asked, InstanceRecord instance) throws RpcFault {
    Arguments arguments = asked.arguments();
    if (arguments.flag("IsDeleteByFilter", false)) {
      Filter filter =
          filter(arguments)
              .orElseThrow(() -> RpcFault.of("InvalidFilterClause", "Filter is missing or empty"));
      return Answers.deleted(asked.requestId(), deleteAll(asked, instance, filter));
    }
    if (arguments.text("PicName").isPresent()) {
      ImageName name = ImageName.read(arguments);
      boolean was = existing(asked, instance, name).isPresent();
      written(library.delete(instance, name.id(), settings.visibleWait(), asked.traceparent()));
      return Answers.deleted(asked.requestId(), was ? List.of(name.picName()) : List.of());
    }
    String prefix = ImageName.prefix(ImageName.product(arguments));
    Filter product =
        Filter.newBuilder().setIdPrefix(IdPrefix.newBuilder().setPrefix(prefix)).build();
    return Answers.deleted(asked.requestId(), deleteAll(asked, instance, product));
  }

  /** The names of what was deleted. Nothing is, where there is more than one call takes. */
  private List<String> deleteAll(Asked asked, InstanceRecord instance, Filter filter)
      throws RpcFault {
    switch (library.count(instance, filter, asked.traceparent())) {
      case Library.RefusedBy refused -> throw refused(refused.refusal());
      case Library.Counted counted -> {
        if (counted.total() > DELETED_MAX) {
          throw RpcFault.of(
              "BadRequest",
              counted.total()
                  + " images match, at most "
                  + DELETED_MAX
                  + " are deleted by one call; none was");
        }
      }
    }
    List<String> deleted = new ArrayList<>();
    String after = "";
    boolean more = true;
    while (more && deleted.size() < DELETED_MAX) {
      switch (library.list(instance, after, LIST_PAGE, filter, asked.traceparent())) {
        case Library.RefusedBy refused -> throw refused(refused.refusal());
        case Library.Listed listed -> {
          List<String> ids =
              listed.images().getImagesList().stream().map(ImageInfo::getImageId).toList();
          deleteEach(asked, instance, ids);
          ids.forEach(id -> deleted.add(ImageName.of(id).picName()));
          more = listed.images().getMore() && !ids.isEmpty();
          after = ids.isEmpty() ? after : ids.getLast();
        }
      }
    }
    return deleted;
  }

  /** All at once: what each of them waits for is the same. */
  private void deleteEach(Asked asked, InstanceRecord instance, List<String> ids) throws RpcFault {
    List<Future<WriteOutcome>> outcomes = new ArrayList<>();
    try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
      for (String id : ids) {
        outcomes.add(
            each.submit(
                () -> library.delete(instance, id, settings.visibleWait(), asked.traceparent())));
      }
    }
    for (Future<WriteOutcome> outcome : outcomes) {
      try {
        written(outcome.get());
      } catch (ExecutionException e) {
        throw new LibraryUnavailableException("an image could not be deleted", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new LibraryUnavailableException("interrupted while images were deleted", e);
      }
    }
  }

  /** Whether searches see it already; later they will, it is safe in the log. */
  private static boolean written(WriteOutcome outcome) throws RpcFault {
    return switch (outcome) {
      case Library.Visible visible -> true;
      case Library.Accepted accepted -> false;
      case Library.Rejected rejected ->
          throw rejected(rejected.rejection().getKind(), rejected.rejection().getDetail());
      case Library.Busy busy -> throw new BusyException("the system is full");
    };
  }

  private static RpcFault rejected(RejectionKind kind, String detail) {
    return switch (kind) {
      case UNSUPPORTED_FORMAT -> RpcFault.of("UnsupportedPicFormat", detail);
      case BROKEN_PICTURE -> RpcFault.of("InvalidPicContent", detail);
      case PICTURE_TOO_SMALL, PICTURE_TOO_LARGE -> RpcFault.of("UnsupportedPicPixels", detail);
      case TURNED_PICTURE -> RpcFault.of("IncorrectOrientation", detail);
      case BAD_CROP -> RpcFault.of("InvalidRegion", detail);
      case BAD_ATTRIBUTES -> RpcFault.of("BadRequest", detail);
      case FETCH_REFUSED, FETCH_FAILED -> RpcFault.of("InvalidPicUrl", detail);
      case UNKNOWN_INSTANCE -> RpcFault.of("InvalidInstance", detail);
      case BAD_EVENT, BAD_VECTOR, REJECTION_KIND_UNSPECIFIED, UNRECOGNIZED ->
          RpcFault.of(500, "UnknownException", detail);
    };
  }

  // ---- reading ----

  private ApiResponse searchByPic(Asked asked, InstanceRecord instance) throws RpcFault {
    Arguments arguments = asked.arguments();
    checkCategory(arguments);
    Optional<Box> region = arguments.region();
    Window window = Window.read(arguments);
    SearchRequest.Builder search = search(arguments, instance, window);
    search
        .setFindSubject(arguments.flag("Crop", true) && region.isEmpty())
        .setContent(uploads.picture(arguments, "PicContent", asked.caller().projectId()))
        .setRule(RULE);
    region.ifPresent(search::setCrop);
    Page page = found(asked, search);
    Optional<Box> subject =
        region.or(() -> page.getSubjectsList().stream().findFirst().map(each -> each.getBox()));
    return Answers.hits(asked.requestId(), window.of(page), subject);
  }

  private ApiResponse searchByName(Asked asked, InstanceRecord instance) throws RpcFault {
    Arguments arguments = asked.arguments();
    ImageName name = ImageName.read(arguments);
    checkCategory(arguments);
    Window window = Window.read(arguments);
    SearchRequest.Builder search = search(arguments, instance, window).setImageId(name.id());
    return Answers.hits(asked.requestId(), window.of(found(asked, search)), Optional.empty());
  }

  private ApiResponse searchByFilter(Asked asked, InstanceRecord instance) throws RpcFault {
    if (asked.arguments().text("Filter").isEmpty()) {
      throw RpcFault.of("InvalidFilterClause", "Filter is missing or empty");
    }
    Window window = Window.read(asked.arguments());
    SearchRequest.Builder search =
        SearchRequest.newBuilder()
            .setInstanceUid(instance.getUid())
            .setOffset(window.offset())
            .setLimit(window.limit())
            .setWithAttributes(true)
            .setDeadlineMillis((int) settings.searchDeadline().toMillis())
            .setFilter(filter(asked.arguments()).orElseThrow());
    return Answers.listed(asked.requestId(), window.of(found(asked, search)));
  }

  private static void checkCategory(Arguments arguments) throws RpcFault {
    Optional<Integer> category = arguments.integer("CategoryId", "InvalidCategory");
    if (category.isPresent() && !CATEGORIES.contains(category.get())) {
      throw RpcFault.of("InvalidCategory", "CategoryId is " + category.get() + ", in no list");
    }
  }

  private SearchRequest.Builder search(Arguments arguments, InstanceRecord instance, Window window)
      throws RpcFault {
    SearchRequest.Builder search =
        SearchRequest.newBuilder()
            .setInstanceUid(instance.getUid())
            .setOffset(window.offset())
            .setLimit(window.limit())
            .setWithAttributes(true)
            .setDeadlineMillis((int) settings.searchDeadline().toMillis());
    filter(arguments).ifPresent(search::setFilter);
    if (window.threshold() > 0) {
      search.setMinScore(window.threshold());
    }
    if (window.distinct()) {
      if (!instance.getTagsList().contains(Fields.PRODUCT)) {
        throw RpcFault.of(
            "BadRequest",
            "DistinctProductId needs an instance that declares the tag " + Fields.PRODUCT);
      }
      search.setGroupBy(Fields.PRODUCT);
    }
    return search;
  }

  private static Optional<Filter> filter(Arguments arguments) throws RpcFault {
    Optional<String> clause =
        arguments.text("Filter", FilterClause.CHARS_MAX, "InvalidFilterClause");
    if (clause.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(FilterClause.read(clause.get()));
    } catch (FilterFault e) {
      throw RpcFault.of("InvalidFilterClause", String.valueOf(e.getMessage()));
    }
  }

  private Page found(Asked asked, SearchRequest.Builder search) throws RpcFault {
    return switch (library.search(search.build(), asked.traceparent())) {
      case Library.PageFound found -> found.page();
      case Library.RefusedBy refused -> throw refused(refused.refusal());
    };
  }

  private ApiResponse check(Asked asked, InstanceRecord instance) throws RpcFault {
    ImageName name = ImageName.read(asked.arguments());
    Optional<Hit> item =
        existing(asked, instance, name)
            .map(
                image ->
                    Hit.newBuilder()
                        .setImageId(name.id())
                        .setAttributes(image.getAttributes())
                        .build());
    return Answers.exists(asked.requestId(), item);
  }

  private ApiResponse detail(Asked asked, InstanceRecord instance) throws RpcFault {
    return switch (library.count(instance, Filter.getDefaultInstance(), asked.traceparent())) {
      case Library.Counted counted ->
          Answers.detail(asked.requestId(), instance, counted.total(), settings.callsPerSecond());
      case Library.RefusedBy refused -> throw refused(refused.refusal());
    };
  }

  private static RpcFault refused(Refusal refusal) {
    String detail = refusal.getDetail();
    return switch (refusal.getKind()) {
      case BUSY -> throw new BusyException(detail);
      case NO_SUCH_INSTANCE -> RpcFault.of("InvalidInstance", detail);
      case NO_SUCH_IMAGE -> RpcFault.of("PicNotExist", detail);
      case BAD_PICTURE -> rejected(refusal.getPicture(), detail);
      case BAD_REQUEST -> RpcFault.of("BadRequest", detail);
      case UNAVAILABLE, STALE_TERM -> RpcFault.of("SearchTimeout", detail);
      // This API opens no cursors.
      case CURSOR_EXPIRED, REFUSAL_KIND_UNSPECIFIED, UNRECOGNIZED ->
          RpcFault.of(500, "UnknownException", detail);
    };
  }
}
