package io.likeness.gateway.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.ByteString;
import io.likeness.gateway.http.ApiRequest;
import io.likeness.gateway.json.JsonBody;
import io.likeness.gateway.json.JsonFault;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A body that may carry a picture, in whichever of its three forms it came: the picture alone with
 * everything else in the query, a form, or JSON. Behind this page all three are a picture and a
 * JSON object.
 */
record Payload(Optional<ByteString> picture, ObjectNode fields) {

  /** The field of a JSON body that holds a picture. */
  static final String PICTURE_FIELD = "image_base64";

  /** Fields that are text as they stand; every other field of a form or query is JSON. */
  private static final Set<String> TEXTS =
      Set.of("id", "url", "description", "deadline", "cursor", "group_by");

  /** Lists that a query may also write with commas. */
  private static final Set<String> LISTS = Set.of("tokens", "keywords");

  /**
   * Reads the body; scalars of a form or the query are taken under these names.
   *
   * @param queryFields the parameters that may stand in the query of a raw picture
   */
  static Payload read(Call call, List<String> queryFields, long pictureBytesMax) {
    ApiRequest request = call.request();
    String contentType = request.header("content-type").orElse("");
    String type = contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (type.equals("application/json")) {
      return json(request.body(), pictureBytesMax);
    }
    if (type.equals("multipart/form-data")) {
      return form(Multipart.read(request.body(), contentType), pictureBytesMax);
    }
    if (type.isEmpty() || type.startsWith("image/") || type.equals("application/octet-stream")) {
      return raw(call, queryFields, pictureBytesMax);
    }
    throw new ApiFault(
        415,
        "unsupported_media_type",
        "Content-Type "
            + ApiFault.shown(type)
            + " is not taken; send a picture (image/*, application/octet-stream), multipart/form-data"
            + " or application/json");
  }

  /** A body that is JSON and holds no picture. */
  static ObjectReader object(Call call) {
    String type =
        call.request().header("content-type").orElse("application/json").split(";", 2)[0].strip();
    if (!type.equalsIgnoreCase("application/json")) {
      throw new ApiFault(
          415,
          "unsupported_media_type",
          "Content-Type " + ApiFault.shown(type) + " is not taken; send application/json");
    }
    try {
      return ObjectReader.of(JsonBody.read(call.request().body(), Set.of(), 0).fields());
    } catch (JsonFault e) {
      throw invalid(e);
    }
  }

  private static Payload json(ByteString body, long pictureBytesMax) {
    try {
      JsonBody json = JsonBody.read(body, Set.of(PICTURE_FIELD), pictureBytesMax);
      return new Payload(json.picture(PICTURE_FIELD), json.fields());
    } catch (JsonFault e) {
      throw invalid(e);
    }
  }

  private static ApiFault invalid(JsonFault fault) {
    return fault.kind() == JsonFault.Kind.TOO_LARGE
        ? new ApiFault(413, "image_too_large", fault.reason())
        : ApiFault.invalid(fault.reason());
  }

  private static Payload form(Multipart form, long pictureBytesMax) {
    ObjectNode fields = JsonBody.MAPPER.createObjectNode();
    form.fields().forEach((name, value) -> put(fields, name, value));
    form.picture().ifPresent(picture -> checkSize(picture, pictureBytesMax));
    return new Payload(form.picture(), fields);
  }

  private static Payload raw(Call call, List<String> queryFields, long pictureBytesMax) {
    ByteString body = call.request().body();
    checkSize(body, pictureBytesMax);
    ObjectNode fields = JsonBody.MAPPER.createObjectNode();
    for (String name : queryFields) {
      call.query().text(name).ifPresent(value -> put(fields, name, value));
    }
    Map<String, List<String>> tags = call.query().tags();
    if (!tags.isEmpty()) {
      ObjectNode object = fields.putObject("tags");
      tags.forEach(
          (key, values) -> {
            if (values.size() == 1) {
              object.put(key, values.getFirst());
            } else {
              ArrayNode array = object.putArray(key);
              values.forEach(array::add);
            }
          });
    }
    return new Payload(body.isEmpty() ? Optional.empty() : Optional.of(body), fields);
  }

  private static void checkSize(ByteString picture, long bytesMax) {
    if (picture.size() > bytesMax) {
      throw new ApiFault(
          413,
          "image_too_large",
          "the picture is " + picture.size() + " bytes, at most " + bytesMax);
    }
  }

  private static void put(ObjectNode fields, String name, String value) {
    if (TEXTS.contains(name)) {
      fields.put(name, value);
    } else if (LISTS.contains(name) && !value.startsWith("[")) {
      ArrayNode list = fields.putArray(name);
      for (String item : value.split(",")) {
        list.add(item.strip());
      }
    } else if (name.equals("crop") && !value.startsWith("{")) {
      putCrop(fields, value);
    } else {
      try {
        fields.set(name, JsonBody.MAPPER.readTree(value));
      } catch (JsonProcessingException e) {
        throw ApiFault.invalid(
            ApiFault.shown(name) + " is \"" + ApiFault.shown(value) + "\", which is no JSON value");
      }
    }
  }

  /** {@code x,y,width,height}. */
  private static void putCrop(ObjectNode fields, String value) {
    String[] parts = value.split(",", -1);
    if (parts.length != 4) {
      throw ApiFault.invalid("crop is \"" + ApiFault.shown(value) + "\", not x,y,width,height");
    }
    ObjectNode crop = fields.putObject("crop");
    List<String> names = List.of("x", "y", "width", "height");
    for (int i = 0; i < names.size(); i++) {
      put(crop, names.get(i), parts[i].strip());
    }
  }
}
