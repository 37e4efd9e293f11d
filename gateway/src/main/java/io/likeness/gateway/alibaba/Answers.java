package io.likeness.gateway.alibaba;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.google.protobuf.ByteString;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.wire.Attributes;
import io.likeness.wire.Box;
import io.likeness.wire.Hit;
import io.likeness.wire.InstanceRecord;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Answers as section 4 of the contract has them: writing operations say {@code Message}, reading
 * ones {@code Msg}, those of the console neither.
 */
final class Answers {

  /** The category of everything: no other is known here. */
  static final int OTHERS = 88_888_888;

  private static final String OTHERS_NAME = "Others";
  private static final String SUCCESS = "success";
  private static final JsonFactory JSON = new JsonFactory();
  private static final double SCORE_DIGITS = 1e6;

  /** What the original says of the same picture, in all categories but the first three. */
  private static final String IDENTICAL = "5.37633353624177e+24;0";

  private static final int BITS = 512;
  private static final int GENERIC_SERVICE = 1;
  private static final int CAPACITY_UNIT = 10_000;
  private static final long CAPACITY_DEFAULT = 30_000_000;

  /** The end of the year 9999: never. */
  private static final String NEVER = "253402300799000";

  private Answers() {}

  private interface JsonText {
    void write(JsonGenerator out) throws IOException;
  }

  static ApiResponse done(String requestId) {
    return json(out -> written(out, requestId));
  }

  /** {@code region}: the part of the picture that counts, where it is known. */
  static ApiResponse added(String requestId, Optional<Box> region) {
    return json(
        out -> {
          written(out, requestId);
          pictureInfo(out, region);
        });
  }

  static ApiResponse deleted(String requestId, List<String> pictures) {
    return json(
        out -> {
          written(out, requestId);
          out.writeObjectFieldStart("Data");
          out.writeArrayFieldStart("PicNames");
          for (String picture : pictures) {
            out.writeString(picture);
          }
          out.writeEndArray();
          out.writeEndObject();
        });
  }

  /** {@code region}: the part of the picture that counted, where it is known. */
  static ApiResponse hits(String requestId, Window.Hits found, Optional<Box> region) {
    return covered(
        found,
        out -> {
          read(out, requestId);
          out.writeObjectFieldStart("Head");
          out.writeNumberField("DocsReturn", found.hits().size());
          out.writeNumberField("DocsFound", (int) Math.min(found.found(), Integer.MAX_VALUE));
          out.writeNumberField(
              "SearchTime", (int) (found.page().getTimings().getTotalMicros() / 1000));
          out.writeEndObject();
          pictureInfo(out, region);
          out.writeArrayFieldStart("Auctions");
          for (Hit hit : found.hits()) {
            double score = Math.round(hit.getScore() * SCORE_DIGITS) / SCORE_DIGITS;
            out.writeStartObject();
            item(out, hit);
            out.writeNumberField("Score", score);
            out.writeStringField("SortExprValues", sortValues(score));
            out.writeEndObject();
          }
          out.writeEndArray();
        });
  }

  /** What was found by its attributes alone: nothing was compared, so there are no scores. */
  static ApiResponse listed(String requestId, Window.Hits found) {
    return covered(
        found,
        out -> {
          read(out, requestId);
          out.writeArrayFieldStart("Auctions");
          for (Hit hit : found.hits()) {
            out.writeStartObject();
            item(out, hit);
            out.writeEndObject();
          }
          out.writeEndArray();
        });
  }

  /** Says where not every shard answered; the original's body has no place for it. */
  private static ApiResponse covered(Window.Hits found, JsonText text) {
    ApiResponse answer = json(text);
    int asked = found.page().getCoverage().getShardsAsked();
    int answered = found.page().getCoverage().getShardsAnswered();
    return answered < asked
        ? answer.with(ApiResponse.COVERAGE_HEADER, answered + "/" + asked)
        : answer;
  }

  /** A relevance that is the larger the nearer, and a distance that is 0 for the same picture. */
  private static String sortValues(double score) {
    return score >= 1
        ? IDENTICAL
        : String.format(
            Locale.ROOT, "%.14f;%d", score * 10, Math.max(1, Math.round((1 - score) * BITS)));
  }

  static ApiResponse exists(String requestId, Optional<Hit> item) {
    return json(
        out -> {
          read(out, requestId);
          out.writeBooleanField("Exists", item.isPresent());
          if (item.isPresent()) {
            // One object here, where searches have a list.
            out.writeObjectFieldStart("Auctions");
            item(out, item.get());
            out.writeEndObject();
          }
        });
  }

  static ApiResponse detail(
      String requestId, InstanceRecord instance, long images, int callsPerSecond) {
    long capacity = instance.getLevel() == 0 ? CAPACITY_DEFAULT : instance.getLevel();
    return json(
        out -> {
          out.writeStringField("RequestId", requestId);
          out.writeBooleanField("Success", true);
          out.writeObjectFieldStart("Instance");
          out.writeStringField("Name", instance.getName());
          out.writeStringField("Region", "local");
          out.writeNumberField(
              "Capacity", (int) Math.min(Integer.MAX_VALUE, Math.max(1, capacity / CAPACITY_UNIT)));
          out.writeNumberField("Qps", callsPerSecond);
          out.writeNumberField("ServiceType", GENERIC_SERVICE);
          out.writeNumberField("TotalCount", images);
          out.writeStringField("UtcCreate", Long.toString(instance.getCreatedAtMillis()));
          out.writeStringField("UtcExpireTime", NEVER);
          out.writeEndObject();
        });
  }

  static ApiResponse leave(String requestId, UploadDesk.Leave leave) {
    return json(
        out -> {
          out.writeStringField("RequestId", requestId);
          out.writeStringField("AccessKeyId", "likeness");
          out.writeStringField("Bucket", leave.bucket());
          out.writeStringField("Endpoint", leave.endpoint());
          out.writeStringField("ObjectKey", leave.key());
          out.writeStringField("EncodedPolicy", leave.policy());
          out.writeStringField("Signature", leave.signature());
          out.writeBooleanField("UseAccelerate", false);
        });
  }

  private static void written(JsonGenerator out, String requestId) throws IOException {
    succeeded(out, requestId, "Message");
  }

  private static void read(JsonGenerator out, String requestId) throws IOException {
    succeeded(out, requestId, "Msg");
  }

  private static void succeeded(JsonGenerator out, String requestId, String word)
      throws IOException {
    out.writeStringField("RequestId", requestId);
    out.writeBooleanField("Success", true);
    out.writeNumberField("Code", 0);
    out.writeStringField(word, SUCCESS);
  }

  private static void pictureInfo(JsonGenerator out, Optional<Box> region) throws IOException {
    out.writeObjectFieldStart("PicInfo");
    out.writeNumberField("CategoryId", OTHERS);
    out.writeArrayFieldStart("AllCategories");
    out.writeStartObject();
    out.writeNumberField("Id", OTHERS);
    out.writeStringField("Name", OTHERS_NAME);
    out.writeEndObject();
    out.writeEndArray();
    if (region.isPresent()) {
      out.writeStringField("Region", text(region.get()));
      out.writeArrayFieldStart("MultiRegion");
      out.writeStartObject();
      out.writeStringField("Region", text(region.get()));
      out.writeEndObject();
      out.writeEndArray();
    }
    out.writeEndObject();
  }

  /** {@code x1,x2,y1,y2}. */
  private static String text(Box box) {
    return box.getX()
        + ","
        + (box.getX() + box.getWidth())
        + ","
        + box.getY()
        + ","
        + (box.getY() + box.getHeight());
  }

  /** The fields of an image that it has. */
  private static void item(JsonGenerator out, Hit hit) throws IOException {
    ImageName name = ImageName.of(hit.getImageId());
    Attributes attributes = hit.getAttributes();
    out.writeStringField("ProductId", name.productId());
    out.writeStringField("PicName", name.picName());
    out.writeNumberField("CategoryId", OTHERS);
    if (!attributes.getText().getDescription().isEmpty()) {
      out.writeStringField("CustomContent", attributes.getText().getDescription());
    }
    for (Map.Entry<String, String> field : Fields.INTEGERS.entrySet()) {
      Double value = attributes.getNumbers().getValuesMap().get(field.getValue());
      if (value != null) {
        // Another API may have stored what is no 32-bit integer; the nearest one is told.
        out.writeNumberField(
            field.getKey(), Math.clamp(Math.round(value), Integer.MIN_VALUE, Integer.MAX_VALUE));
      }
    }
    for (Map.Entry<String, String> field : Fields.STRINGS.entrySet()) {
      String value = attributes.getTags().getValuesMap().get(field.getValue());
      if (value != null) {
        out.writeStringField(field.getKey(), value);
      }
    }
  }

  private static ApiResponse json(JsonText text) {
    ByteString.Output bytes = ByteString.newOutput();
    try (JsonGenerator out = JSON.createGenerator(bytes)) {
      out.writeStartObject();
      text.write(out);
      out.writeEndObject();
    } catch (IOException e) {
      throw new IllegalStateException("memory cannot fail to take an answer", e);
    }
    return new ApiResponse(
        200, Map.of(ApiResponse.CONTENT_TYPE, ApiResponse.JSON), bytes.toByteString());
  }
}
