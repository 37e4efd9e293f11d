package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.likeness.gateway.Library;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.json.JsonBody;
import io.likeness.proto.vector.Version;
import io.likeness.wire.AddImage;
import io.likeness.wire.Attributes;
import io.likeness.wire.Box;
import io.likeness.wire.Filter;
import io.likeness.wire.FloatVector;
import io.likeness.wire.IdPrefix;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ImageList;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Text;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Adding, showing, changing, deleting and listing images. */
final class ImagesApi {

  private static final Duration WAIT_DEFAULT = Duration.ofSeconds(2);
  private static final Duration WAIT_MAX = Duration.ofSeconds(60);
  private static final int LIST_DEFAULT = 100;
  private static final int LIST_MAX = 1000;

  private static final String IMAGES = "/api/v1/instances/{name}/images";
  private static final String IMAGE = IMAGES + "/{id}";

  private final Library library;
  private final long pictureBytesMax;

  ImagesApi(Library library, long pictureBytesMax) {
    this.library = library;
    this.pictureBytesMax = pictureBytesMax;
  }

  List<Operation> operations() {
    return List.of(
        Operation.withPicture("addImage", "POST", IMAGES, call -> add(call, Optional.empty())),
        Operation.withPicture(
            "putImage", "PUT", IMAGE, call -> add(call, Optional.of(call.imageId()))),
        Operation.of("showImage", "GET", IMAGE, this::show),
        Operation.of("updateImage", "PATCH", IMAGE, this::update),
        Operation.of("deleteImage", "DELETE", IMAGE, this::delete),
        Operation.of("listImages", "GET", IMAGES, this::list));
  }

  private static Duration wait(Call call) {
    return call.query().duration("wait", WAIT_DEFAULT, WAIT_MAX);
  }

  private ApiResponse add(Call call, Optional<String> idOfPath) {
    InstanceRecord instance = call.instance(library);
    Duration wait = wait(call);
    Payload payload =
        Payload.read(
            call,
            List.of("id", "numbers", "description", "keywords", "crop", "find_subject"),
            pictureBytesMax);
    call.query().done();
    ObjectReader fields = ObjectReader.of(payload.fields());
    Optional<String> id = idOfPath;
    if (fields.has("id")) {
      String idOfBody = Call.checkedImageId(fields.text("id", 1, 512).orElseThrow());
      if (idOfPath.isPresent() && !idOfPath.get().equals(idOfBody)) {
        throw ApiFault.invalid("id is not the same in the path and in the body");
      }
      id = Optional.of(idOfBody);
    } else {
      fields.node("id");
    }
    AddImage.Builder add = AddImage.newBuilder();
    Optional<String> url = PictureJson.url(fields);
    Optional<FloatVector> vector = PictureJson.vector(fields, instance);
    requireOne(payload.picture().isPresent(), url.isPresent(), vector.isPresent());
    payload.picture().ifPresent(add::setContent);
    url.ifPresent(add::setUrl);
    vector.ifPresent(add::setVector);
    Optional<Box> crop = PictureJson.crop(fields);
    if (crop.isPresent() && vector.isPresent()) {
      throw ApiFault.invalid("crop needs a picture, not a vector");
    }
    crop.ifPresent(add::setCrop);
    add.setFindSubject(
        PictureJson.findSubject(
            fields, crop.isPresent(), payload.picture().isPresent() || url.isPresent()));
    add.setAttributes(AttributesJson.read(fields, instance));
    fields.done();
    if (payload.picture().filter(ByteString::isEmpty).isPresent()) {
      throw ApiFault.invalid("the picture is empty");
    }
    String imageId =
        id.orElseGet(
            () ->
                payload
                    .picture()
                    .map(ImagesApi::idOf)
                    .orElseThrow(
                        () ->
                            ApiFault.invalid(
                                "id is missing: only a picture sent as bytes can be named by its content")));
    Library.WriteOutcome outcome =
        library.add(instance, imageId, add.build(), wait, call.traceparent());
    return written(imageId, outcome, "visible");
  }

  private static void requireOne(boolean picture, boolean url, boolean vector) {
    int given = (picture ? 1 : 0) + (url ? 1 : 0) + (vector ? 1 : 0);
    if (given != 1) {
      throw ApiFault.invalid(
          given == 0
              ? "there is no picture: send its bytes, image_base64, url or vector"
              : "send exactly one of the picture's bytes, url and vector, not " + given);
    }
  }

  private static String idOf(ByteString picture) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(picture.asReadOnlyByteBuffer());
      return "sha256:" + HexFormat.of().formatHex(sha256.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** The answer to a write; {@code applied} is what its being applied is called. */
  private static ApiResponse written(String imageId, Library.WriteOutcome outcome, String applied) {
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    answer.put("id", imageId);
    return switch (outcome) {
      case Library.Visible visible ->
          ApiResponse.json(
              200,
              answer.put("status", applied).put("token", visible.version().toString()).toString());
      case Library.Accepted accepted ->
          ApiResponse.json(
              202,
              answer
                  .put("status", "accepted")
                  .put("token", accepted.version().toString())
                  .toString());
      case Library.Rejected rejected -> {
        String kind = Refusals.pictureCode(rejected.rejection().getKind());
        String detail = rejected.rejection().getDetail();
        answer.put("status", "rejected").put("token", rejected.version().toString());
        answer.putObject("reason").put("kind", kind).put("detail", detail);
        answer.putObject("error").put("code", kind).put("message", detail);
        yield ApiResponse.json(422, answer.toString());
      }
      case Library.Busy busy -> throw ApiFault.busy("the log takes no more events just now");
    };
  }

  private ApiResponse show(Call call) {
    InstanceRecord instance = call.instance(library);
    String imageId = call.imageId();
    Optional<Version> token = call.query().text("token").map(ImagesApi::token);
    Duration wait =
        call.query().duration("wait", token.isPresent() ? WAIT_DEFAULT : Duration.ZERO, WAIT_MAX);
    call.query().done();
    Library.ImageOutcome outcome =
        library.image(instance, imageId, token, wait, call.traceparent());
    return switch (outcome) {
      case Library.ImageShown shown ->
          ApiResponse.json(200, ImageJson.status(imageId, shown.image(), token).toString());
      case Library.RefusedBy refused -> throw Refusals.fault(refused.refusal());
    };
  }

  static Version token(String text) {
    try {
      return Version.parse(text);
    } catch (IllegalArgumentException e) {
      throw ApiFault.invalid(String.valueOf(e.getMessage()));
    }
  }

  private ApiResponse update(Call call) {
    InstanceRecord instance = call.instance(library);
    String imageId = call.imageId();
    Duration wait = wait(call);
    call.query().done();
    ObjectReader fields = Payload.object(call);
    Attributes changes = AttributesJson.read(fields, instance);
    fields.done();
    if (!changes.hasTags() && !changes.hasNumbers() && !changes.hasText()) {
      throw ApiFault.invalid(
          "there is nothing to change: send tags, numbers, description or keywords");
    }
    if (changes.hasText() && fields.has("description") != fields.has("keywords")) {
      changes = withOtherText(call, instance, imageId, changes, fields.has("description"));
    }
    Library.WriteOutcome outcome =
        library.update(instance, imageId, changes, wait, call.traceparent());
    if (outcome instanceof Library.Visible done && !exists(call, instance, imageId, done)) {
      throw noSuchImage(imageId);
    }
    return written(imageId, outcome, "visible");
  }

  /**
   * Description and keywords are one group to the shards, replaced as one: whoever changes one of
   * them alone means the other to stay.
   */
  private Attributes withOtherText(
      Call call,
      InstanceRecord instance,
      String imageId,
      Attributes changes,
      boolean hasDescription) {
    Library.ImageOutcome outcome =
        library.image(instance, imageId, Optional.empty(), Duration.ZERO, call.traceparent());
    Text now =
        switch (outcome) {
          case Library.ImageShown shown -> shown.image().getAttributes().getText();
          case Library.RefusedBy refused -> throw Refusals.fault(refused.refusal());
        };
    Text.Builder text = changes.getText().toBuilder();
    if (hasDescription) {
      text.addAllKeywords(now.getKeywordsList());
    } else {
      text.setDescription(now.getDescription());
    }
    return changes.toBuilder().setText(text).build();
  }

  private boolean exists(Call call, InstanceRecord instance, String imageId, Library.Visible done) {
    return library.image(
                instance, imageId, Optional.of(done.version()), Duration.ZERO, call.traceparent())
            instanceof Library.ImageShown shown
        && shown.image().getExists();
  }

  private static ApiFault noSuchImage(String imageId) {
    return new ApiFault(
        404, "no_such_image", "there is no image \"" + ApiFault.shown(imageId) + "\"");
  }

  private ApiResponse delete(Call call) {
    InstanceRecord instance = call.instance(library);
    String imageId = call.imageId();
    Duration wait = wait(call);
    call.query().done();
    return written(imageId, library.delete(instance, imageId, wait, call.traceparent()), "deleted");
  }

  private ApiResponse list(Call call) {
    InstanceRecord instance = call.instance(library);
    String after = call.query().text("after").orElse("");
    int limit = call.query().number("limit", LIST_DEFAULT, 1, LIST_MAX);
    Optional<String> prefix = call.query().text("prefix").filter(text -> !text.isEmpty());
    List<Filter> filters = new ArrayList<>(FilterJson.tags(call.query().tags(), instance));
    call.query().done();
    prefix.ifPresent(
        text ->
            filters.add(
                Filter.newBuilder().setIdPrefix(IdPrefix.newBuilder().setPrefix(text)).build()));
    Library.ListOutcome outcome =
        library.list(instance, after, limit, FilterJson.all(filters), call.traceparent());
    ImageList page =
        switch (outcome) {
          case Library.Listed listed -> listed.images();
          case Library.RefusedBy refused -> throw Refusals.fault(refused.refusal());
        };
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    ArrayNode images = answer.putArray("images");
    String last = "";
    for (ImageInfo each : page.getImagesList()) {
      images.add(ImageJson.status(each.getImageId(), each, Optional.empty()));
      last = each.getImageId();
    }
    if (page.getMore() && !last.isEmpty()) {
      answer.put("next", last);
    } else {
      answer.putNull("next");
    }
    return ApiResponse.json(200, answer.toString());
  }
}
