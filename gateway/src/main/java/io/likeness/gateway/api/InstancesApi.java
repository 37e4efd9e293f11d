package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.gateway.InstanceNames;
import io.likeness.gateway.Library;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.json.JsonBody;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.DetectorInfo;
import io.likeness.wire.Filter;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.ModelInfo;
import io.likeness.wire.RowFormat;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Instances and models. */
final class InstancesApi {

  private static final String MODEL_DEFAULT = "default";
  private static final int DESCRIPTION_CHARS_MAX = 512;
  private static final int KEY_CHARS_MAX = 64;

  /** The one capacity the original sells; the compatible API shows it. */
  private static final long LEVEL = 30_000_000;

  private static final long UNCOUNTED = -1;

  private static final String FLOAT32 = "float32";
  private static final String INT8 = "int8";

  private final Library library;

  InstancesApi(Library library) {
    this.library = library;
  }

  List<Operation> operations() {
    return List.of(
        Operation.of("createInstance", "POST", "/api/v1/instances", this::create),
        Operation.of("listInstances", "GET", "/api/v1/instances", this::list),
        Operation.of("showInstance", "GET", "/api/v1/instances/{name}", this::show),
        Operation.of("deleteInstance", "DELETE", "/api/v1/instances/{name}", this::delete),
        Operation.of("listModels", "GET", "/api/v1/models", this::models));
  }

  private ApiResponse create(Call call) {
    call.query().done();
    ObjectReader body = Payload.object(call);
    String name = body.text("name", 1, 64).orElseThrow(() -> ApiFault.invalid("name is missing"));
    String description = body.text("description", 0, DESCRIPTION_CHARS_MAX).orElse("");
    String model = body.text("model", 1, 64).orElse(MODEL_DEFAULT);
    List<String> tags = keys(body, "tags");
    List<String> numberTags = keys(body, "number_tags");
    RowFormat rows = rows(body.text("vector_format", 1, 16));
    String detector = body.text("detector", 1, 64).orElse("");
    body.done();
    Optional<String> fault = InstanceNames.fault(name);
    if (fault.isPresent()) {
      throw ApiFault.invalid("name is \"" + ApiFault.shown(name) + "\": " + fault.get());
    }
    Library.NewInstance wanted =
        new Library.NewInstance(
            new InstanceKey(call.principal().projectId(), name),
            description,
            model,
            model,
            LEVEL,
            tags,
            numberTags,
            rows,
            detector);
    return switch (library.createInstance(wanted)) {
      case Library.Created made -> ApiResponse.json(201, json(made.instance(), 0L).toString());
      case Library.NameTaken taken ->
          throw new ApiFault(409, "name_taken", "there is already an instance \"" + name + "\"");
      case Library.UnknownModel unknown ->
          throw ApiFault.invalid(
              "model \""
                  + ApiFault.shown(unknown.model())
                  + "\" is not among "
                  + String.join(", ", library.models().stream().map(ModelInfo::getName).toList()));
      case Library.UnknownDetector unknown ->
          throw ApiFault.invalid(
              "detector \""
                  + ApiFault.shown(unknown.detector())
                  + "\" is not among ["
                  + String.join(
                      ", ", library.detectors().stream().map(DetectorInfo::getName).toList())
                  + "]");
    };
  }

  private static RowFormat rows(Optional<String> format) {
    return switch (format.orElse(FLOAT32)) {
      case FLOAT32 -> RowFormat.ROW_FORMAT_FLOAT32;
      case INT8 -> RowFormat.ROW_FORMAT_INT8;
      default ->
          throw ApiFault.invalid(
              "vector_format is \""
                  + ApiFault.shown(format.orElseThrow())
                  + "\", not "
                  + FLOAT32
                  + " or "
                  + INT8);
    };
  }

  private static List<String> keys(ObjectReader body, String field) {
    List<String> keys =
        body.texts(field, AttributesJson.TAGS_MAX, 1, KEY_CHARS_MAX).orElse(List.of());
    Set<String> seen = new HashSet<>();
    for (String key : keys) {
      boolean plain =
          key.codePoints().noneMatch(c -> Character.isUpperCase(c) || Character.isISOControl(c));
      if (!plain) {
        throw ApiFault.invalid(
            field + " key \"" + ApiFault.shown(key) + "\" holds capitals or control characters");
      }
      if (!seen.add(key)) {
        throw ApiFault.invalid(field + " key \"" + key + "\" is there twice");
      }
    }
    return keys;
  }

  private ApiResponse list(Call call) {
    call.query().done();
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    ArrayNode instances = answer.putArray("instances");
    boolean countable = true;
    for (InstanceRecord each : library.instancesOf(call.principal().projectId())) {
      // Where one cannot be counted the next ones would only wait for their deadlines too.
      long images = countable ? count(each, call) : UNCOUNTED;
      countable = images != UNCOUNTED;
      instances.add(json(each, images));
    }
    return ApiResponse.json(200, answer.toString());
  }

  private ApiResponse show(Call call) {
    call.query().done();
    InstanceRecord instance = call.instance(library);
    return ApiResponse.json(200, json(instance, count(instance, call)).toString());
  }

  private ApiResponse delete(Call call) {
    call.query().done();
    InstanceRecord instance = call.instance(library);
    if (!library.deleteInstance(new InstanceKey(instance.getProjectId(), instance.getName()))) {
      throw Call.noSuchInstance(instance.getName());
    }
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    answer.put("name", instance.getName()).put("uid", instance.getUid()).put("status", "DELETED");
    return ApiResponse.json(200, answer.toString());
  }

  /** How many images it holds; {@link #UNCOUNTED} where that cannot be known now. */
  private long count(InstanceRecord instance, Call call) {
    return switch (library.count(instance, Filter.getDefaultInstance(), call.traceparent())) {
      case Library.Counted counted -> counted.total();
      case Library.RefusedBy refused -> UNCOUNTED;
    };
  }

  private static ObjectNode json(InstanceRecord instance, long images) {
    ObjectNode json = JsonBody.MAPPER.createObjectNode();
    json.put("key", new InstanceKey(instance.getProjectId(), instance.getName()).toString())
        .put("uid", instance.getUid())
        .put("project_id", instance.getProjectId())
        .put("name", instance.getName())
        .put("description", instance.getDescription())
        .put("model", instance.getModel())
        .put("dimensions", instance.getDimensions())
        .put("vector_format", instance.getRows() == RowFormat.ROW_FORMAT_INT8 ? INT8 : FLOAT32);
    if (!instance.getDetector().isEmpty()) {
      json.put("detector", instance.getDetector());
    }
    ArrayNode tags = json.putArray("tags");
    instance.getTagsList().forEach(tags::add);
    ArrayNode numberTags = json.putArray("number_tags");
    instance.getNumberTagsList().forEach(numberTags::add);
    json.put("status", instance.getStatus().name())
        .put("created_at", Instant.ofEpochMilli(instance.getCreatedAtMillis()).toString());
    if (images == UNCOUNTED) {
      json.putNull("images");
    } else {
      json.put("images", images);
    }
    return json;
  }

  private ApiResponse models(Call call) {
    call.query().done();
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    ArrayNode models = answer.putArray("models");
    for (ModelInfo each : library.models()) {
      models
          .addObject()
          .put("name", each.getName())
          .put("version", each.getVersion())
          .put("dimensions", each.getDimensions())
          .put("default", each.getIsDefault());
    }
    ArrayNode detectors = answer.putArray("detectors");
    for (DetectorInfo each : library.detectors()) {
      ObjectNode detector =
          detectors.addObject().put("name", each.getName()).put("version", each.getVersion());
      ArrayNode labels = detector.putArray("labels");
      each.getLabelsList().forEach(labels::add);
    }
    return ApiResponse.json(200, answer.toString());
  }
}
