package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.wire.Box;
import io.likeness.wire.FloatVector;
import io.likeness.wire.InstanceRecord;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/** What adding and searching share: where a picture comes from, and which part of it counts. */
final class PictureJson {

  private static final int URL_CHARS_MAX = 4096;
  private static final int DIMENSIONS_MAX = 8192;

  private static final Pattern OBJECT = Pattern.compile("(?i:s3|obs)://[^/]+/.+", Pattern.DOTALL);

  private PictureJson() {}

  static Optional<Box> crop(ObjectReader fields) {
    return fields
        .object("crop")
        .map(
            crop -> {
              Box box =
                  Box.newBuilder()
                      .setX(pixels(crop, "x", 0))
                      .setY(pixels(crop, "y", 0))
                      .setWidth(pixels(crop, "width", 1))
                      .setHeight(pixels(crop, "height", 1))
                      .build();
              crop.done();
              return box;
            });
  }

  /** Whether to find what the picture is about; it needs one, and says itself what a crop says. */
  static boolean findSubject(ObjectReader fields, boolean cropped, boolean pictured) {
    boolean find = fields.flag("find_subject").orElse(false);
    if (find && cropped) {
      throw ApiFault.invalid("send crop or find_subject, not both");
    }
    if (find && !pictured) {
      throw ApiFault.invalid("find_subject needs a picture: send its bytes, image_base64 or url");
    }
    return find;
  }

  static ObjectNode write(ObjectNode json, Box box) {
    return json.put("x", box.getX())
        .put("y", box.getY())
        .put("width", box.getWidth())
        .put("height", box.getHeight());
  }

  private static int pixels(ObjectReader crop, String name, int min) {
    return crop.integer(name, min, 1_000_000)
        .orElseThrow(() -> ApiFault.invalid(crop.at(name) + " is missing"));
  }

  static Optional<String> url(ObjectReader fields) {
    return fields.text("url", 1, URL_CHARS_MAX).map(PictureJson::checkedUrl);
  }

  /** Only the form; whether it may be fetched is the fetching role's to say. */
  private static String checkedUrl(String url) {
    if (OBJECT.matcher(url).matches()) {
      return url;
    }
    try {
      URI uri = new URI(url);
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      if ((scheme.equals("http") || scheme.equals("https")) && uri.getHost() != null) {
        return url;
      }
    } catch (URISyntaxException e) {
      // told below, with the text
    }
    throw ApiFault.invalid(
        "url is \""
            + ApiFault.shown(url)
            + "\", not an http or https address with a host,"
            + " nor an object such as s3://bucket/key");
  }

  static Optional<FloatVector> vector(ObjectReader fields, InstanceRecord instance) {
    return fields
        .array("vector", 1, DIMENSIONS_MAX)
        .map(values -> checkedVector(fields, values, instance));
  }

  private static FloatVector checkedVector(
      ObjectReader fields, List<JsonNode> values, InstanceRecord instance) {
    if (values.size() != instance.getDimensions()) {
      throw ApiFault.invalid(
          "vector has "
              + values.size()
              + " dimensions, the instance's model "
              + instance.getModel()
              + " has "
              + instance.getDimensions());
    }
    FloatVector.Builder vector = FloatVector.newBuilder();
    double squares = 0;
    for (JsonNode value : values) {
      float number = (float) fields.real(value, "vector");
      if (Float.isInfinite(number)) {
        throw ApiFault.invalid("vector holds " + value.asText() + ", more than a float can hold");
      }
      squares += (double) number * number;
      vector.addValues(number);
    }
    if (!(squares > 1e-24) || Double.isInfinite(squares)) {
      throw ApiFault.invalid(
          "vector has length " + Math.sqrt(squares) + ", which has no direction");
    }
    return vector.build();
  }
}
