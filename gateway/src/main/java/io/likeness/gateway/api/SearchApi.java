package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.gateway.Library;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.json.JsonBody;
import io.likeness.proto.vector.Version;
import io.likeness.wire.Box;
import io.likeness.wire.Coverage;
import io.likeness.wire.Filter;
import io.likeness.wire.FloatVector;
import io.likeness.wire.Hit;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Page;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.ShardPosition;
import io.likeness.wire.StageTimings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Searching: by picture, address, stored image, vector, or by filter alone. */
final class SearchApi {

  private static final int LIMIT_DEFAULT = 10;
  private static final int LIMIT_MAX = 1000;
  private static final int DEPTH_MAX = 10_000;
  private static final int TOKENS_MAX = 256;
  private static final Duration DEADLINE_DEFAULT = Duration.ofSeconds(5);
  private static final Duration DEADLINE_MAX = Duration.ofSeconds(60);

  private final Library library;
  private final long pictureBytesMax;

  SearchApi(Library library, long pictureBytesMax) {
    this.library = library;
    this.pictureBytesMax = pictureBytesMax;
  }

  List<Operation> operations() {
    return List.of(
        Operation.withPicture("search", "POST", "/api/v1/instances/{name}/search", this::search));
  }

  private ApiResponse search(Call call) {
    InstanceRecord instance = call.instance(library);
    Payload payload =
        Payload.read(
            call,
            List.of(
                "filter",
                "crop",
                "offset",
                "limit",
                "min_score",
                "tokens",
                "strict",
                "attributes",
                "deadline"),
            pictureBytesMax);
    call.query().done();
    SearchRequest request = request(instance, payload);
    return switch (library.search(request, call.traceparent())) {
      case Library.PageFound found ->
          ApiResponse.json(200, json(found.page(), request.getWithAttributes(), call).toString());
      case Library.RefusedBy refused -> throw Refusals.fault(refused.refusal());
    };
  }

  private static SearchRequest request(InstanceRecord instance, Payload payload) {
    ObjectReader fields = ObjectReader.of(payload.fields());
    SearchRequest.Builder request = SearchRequest.newBuilder().setInstanceUid(instance.getUid());
    Optional<String> url = PictureJson.url(fields);
    Optional<String> id = fields.text("id", 1, 512).map(Call::checkedImageId);
    Optional<FloatVector> vector = PictureJson.vector(fields, instance);
    int queries = 0;
    for (boolean given :
        new boolean[] {
          payload.picture().isPresent(), url.isPresent(), id.isPresent(), vector.isPresent()
        }) {
      queries += given ? 1 : 0;
    }
    if (queries > 1) {
      throw ApiFault.invalid(
          "send at most one of the picture's bytes, url, id and vector, not " + queries);
    }
    payload.picture().ifPresent(request::setContent);
    url.ifPresent(request::setUrl);
    id.ifPresent(request::setImageId);
    vector.ifPresent(request::setVector);
    Optional<Box> crop = PictureJson.crop(fields);
    if (crop.isPresent() && payload.picture().isEmpty() && url.isEmpty()) {
      throw ApiFault.invalid("crop needs a picture: send its bytes, image_base64 or url");
    }
    crop.ifPresent(request::setCrop);

    List<Filter> filters = new ArrayList<>();
    fields.object("filter").ifPresent(filter -> filters.add(FilterJson.read(filter, instance)));
    fields.object("tags").ifPresent(tags -> filters.addAll(FilterJson.tags(tags, instance)));
    if (queries == 0 && filters.isEmpty()) {
      throw ApiFault.invalid(
          "there is nothing to search by: send a picture, url, id, vector, filter or tags");
    }
    request.setFilter(FilterJson.all(filters));

    int offset = fields.integer("offset", 0, DEPTH_MAX).orElse(0);
    int limit = fields.integer("limit", 1, LIMIT_MAX).orElse(LIMIT_DEFAULT);
    if (offset + limit > DEPTH_MAX) {
      throw ApiFault.invalid("offset + limit is " + (offset + limit) + ", at most " + DEPTH_MAX);
    }
    request.setOffset(offset).setLimit(limit);
    fields
        .real("min_score")
        .ifPresent(
            score -> {
              if (score < 0 || score > 1) {
                throw ApiFault.invalid("min_score is " + score + ", not 0 to 1");
              }
              request.setMinScore(score);
            });
    for (String token : fields.texts("tokens", TOKENS_MAX, 1, 64).orElse(List.of())) {
      request.addAtLeast(ImagesApi.token(token).toWire());
    }
    request.setStrict(fields.flag("strict").orElse(false));
    request.setWithAttributes(fields.flag("attributes").orElse(true));
    Duration deadline =
        fields
            .text("deadline", 1, 20)
            .map(text -> Query.duration("deadline", text, DEADLINE_MAX))
            .orElse(DEADLINE_DEFAULT);
    if (deadline.isZero()) {
      throw ApiFault.invalid("deadline is 0, which nobody can keep");
    }
    request.setDeadlineMillis(Math.toIntExact(deadline.toMillis()));
    fields.done();
    return request.build();
  }

  private static ObjectNode json(Page page, boolean withAttributes, Call call) {
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    ArrayNode hits = answer.putArray("hits");
    for (Hit each : page.getHitsList()) {
      ObjectNode hit = hits.addObject();
      hit.put("id", each.getImageId()).put("score", each.getScore());
      if (withAttributes) {
        AttributesJson.write(hit, each.getAttributes());
      }
      hit.put("token", Version.of(each.getVersion()).toString());
    }
    answer.put("total", page.getTotal());
    answer.set("coverage", coverage(page.getCoverage()));
    answer.set("timings", timings(page.getTimings()));
    answer.put("request_id", call.request().requestId());
    return answer;
  }

  private static ObjectNode coverage(Coverage coverage) {
    ObjectNode json = JsonBody.MAPPER.createObjectNode();
    json.put("asked", coverage.getShardsAsked()).put("answered", coverage.getShardsAnswered());
    ArrayNode positions = json.putArray("positions");
    for (ShardPosition each : coverage.getPositionsList()) {
      positions.add(position(each));
    }
    ArrayNode reasons = json.putArray("reasons");
    coverage.getReasonsList().forEach(reasons::add);
    return json;
  }

  static ObjectNode position(ShardPosition position) {
    return JsonBody.MAPPER
        .createObjectNode()
        .put("slot", position.getSlot())
        .put("applied_offset", position.getAppliedOffset())
        .put("end_offset", position.getEndOffset());
  }

  private static ObjectNode timings(StageTimings timings) {
    return JsonBody.MAPPER
        .createObjectNode()
        .put("decode_micros", timings.getDecodeMicros())
        .put("embed_micros", timings.getEmbedMicros())
        .put("shards_micros", timings.getShardsMicros())
        .put("merge_micros", timings.getMergeMicros())
        .put("total_micros", timings.getTotalMicros())
        .put("embedding_cached", timings.getEmbeddingCached());
  }
}
