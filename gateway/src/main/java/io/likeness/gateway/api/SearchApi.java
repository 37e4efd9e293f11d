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
import io.likeness.wire.FoundSubject;
import io.likeness.wire.Hit;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Page;
import io.likeness.wire.Relation;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.ShardPosition;
import io.likeness.wire.StageTimings;
import io.likeness.wire.WordPlace;
import io.likeness.wire.WordQuery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Searching: by picture, address, stored image, vector, keywords, or by filter alone. */
final class SearchApi {

  private static final int LIMIT_DEFAULT = 10;
  private static final int LIMIT_MAX = 1000;
  private static final int DEPTH_MAX = 10_000;
  private static final int TOKENS_MAX = 256;
  private static final Duration DEADLINE_DEFAULT = Duration.ofSeconds(5);
  private static final Duration DEADLINE_MAX = Duration.ofSeconds(60);

  private static final int GROUP_SIZE_MAX = 10;
  private static final int KEYWORDS_MAX = 10;

  private final Library library;
  private final long pictureBytesMax;
  private final CursorSeal cursors;

  SearchApi(Library library, long pictureBytesMax, CursorSeal cursors) {
    this.library = library;
    this.pictureBytesMax = pictureBytesMax;
    this.cursors = cursors;
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
                "cursor",
                "page_size",
                "group_by",
                "group_size",
                "min_score",
                "tokens",
                "consistency",
                "max_lag",
                "strict",
                "attributes",
                "relations",
                "find_subject",
                "deadline"),
            pictureBytesMax);
    call.query().done();
    ObjectReader fields = ObjectReader.of(payload.fields());
    Optional<String> cursor = fields.text("cursor", 0, CursorSeal.CHARS_MAX);
    SearchRequest request =
        cursor.isPresent() && !cursor.get().isEmpty()
            ? next(instance, payload, fields, cursor.get())
            : request(instance, payload, fields, cursor.isPresent());
    SearchRequest asked = request.toBuilder().setTenant(call.principal().projectId()).build();
    return switch (library.search(asked, call.traceparent())) {
      case Library.PageFound found -> answer(found.page(), asked, instance, call);
      case Library.RefusedBy refused -> throw Refusals.fault(refused.refusal());
    };
  }

  private ApiResponse answer(Page page, SearchRequest asked, InstanceRecord instance, Call call) {
    ObjectNode json = json(page, asked.getWithAttributes(), call);
    if (asked.getWithRelations() && asked.getOffset() == 0) {
      json.put(
          "good_match",
          page.getHitsList().stream().anyMatch(hit -> relation(hit.getRelation()).isPresent()));
    }
    if (asked.getFindSubject()) {
      ArrayNode subjects = json.putArray("subjects");
      for (FoundSubject each : page.getSubjectsList()) {
        ObjectNode subject = subjects.addObject().put("score", each.getScore());
        if (!each.getLabel().isEmpty()) {
          subject.put("label", each.getLabel());
        }
        var unused = PictureJson.write(subject.putObject("box"), each.getBox());
      }
    }
    if (!page.getNextCursor().isEmpty()) {
      json.put(
          "next_cursor",
          cursors.seal(
              instance, new CursorSeal.Opened(page.getNextCursor(), asked.getWithAttributes())));
    }
    return ApiResponse.json(200, json.toString());
  }

  /** Goes on with a search, which says everything but how much of it is wanted now. */
  private SearchRequest next(
      InstanceRecord instance, Payload payload, ObjectReader fields, String cursor) {
    CursorSeal.Opened opened = cursors.open(instance, cursor);
    SearchRequest.Builder request =
        SearchRequest.newBuilder()
            .setInstanceUid(instance.getUid())
            .setCursor(opened.cursor())
            .setWithAttributes(opened.withAttributes())
            .setLimit(fields.integer("page_size", 1, LIMIT_MAX).orElse(LIMIT_DEFAULT))
            .setDeadlineMillis(deadlineMillis(fields));
    for (String name : fields.names()) {
      if (!NEXT_FIELDS.contains(name)) {
        throw besideCursor(ApiFault.shown(name));
      }
    }
    if (payload.picture().isPresent()) {
      throw besideCursor("a picture");
    }
    return request.build();
  }

  private static final Set<String> NEXT_FIELDS = Set.of("cursor", "page_size", "deadline");

  private static ApiFault besideCursor(String what) {
    return ApiFault.invalid(
        what
            + " beside a cursor: it goes on with the search it came from, only page_size and"
            + " deadline may be said anew");
  }

  private static SearchRequest request(
      InstanceRecord instance, Payload payload, ObjectReader fields, boolean opensCursor) {
    SearchRequest.Builder request = SearchRequest.newBuilder().setInstanceUid(instance.getUid());
    Optional<String> url = PictureJson.url(fields);
    Optional<String> id = fields.text("id", 1, 512).map(Call::checkedImageId);
    Optional<FloatVector> vector = PictureJson.vector(fields, instance);
    Optional<WordQuery> words = words(fields);
    int queries = 0;
    for (boolean given :
        new boolean[] {
          payload.picture().isPresent(),
          url.isPresent(),
          id.isPresent(),
          vector.isPresent(),
          words.isPresent()
        }) {
      queries += given ? 1 : 0;
    }
    if (queries > 1) {
      throw ApiFault.invalid(
          "send at most one of the picture's bytes, url, id, vector and keywords, not " + queries);
    }
    words.ifPresent(request::setWords);
    payload.picture().ifPresent(request::setContent);
    url.ifPresent(request::setUrl);
    id.ifPresent(request::setImageId);
    vector.ifPresent(request::setVector);
    Optional<Box> crop = PictureJson.crop(fields);
    if (crop.isPresent() && payload.picture().isEmpty() && url.isEmpty()) {
      throw ApiFault.invalid("crop needs a picture: send its bytes, image_base64 or url");
    }
    crop.ifPresent(request::setCrop);
    boolean findSubject =
        PictureJson.findSubject(
            fields, crop.isPresent(), payload.picture().isPresent() || url.isPresent());
    request.setFindSubject(findSubject);

    List<Filter> filters = new ArrayList<>();
    fields.object("filter").ifPresent(filter -> filters.add(FilterJson.read(filter, instance)));
    fields.object("tags").ifPresent(tags -> filters.addAll(FilterJson.tags(tags, instance)));
    if (queries == 0 && filters.isEmpty()) {
      throw ApiFault.invalid(
          "there is nothing to search by: send a picture, url, id, vector, keywords, filter or tags");
    }
    request.setFilter(FilterJson.all(filters));

    if (fields.flag("relations").orElse(false)) {
      if (queries == 0 || words.isPresent()) {
        throw ApiFault.invalid(
            "relations needs something to be related to: send a picture, url, id or vector");
      }
      if (opensCursor) {
        throw ApiFault.invalid("relations is not for cursors; send offset and limit");
      }
      request.setWithRelations(true);
    }
    if (opensCursor && words.isPresent()) {
      throw ApiFault.invalid(
          "cursor is not for keywords; send after, the score and id of the last hit");
    }
    if (opensCursor) {
      if (fields.has("offset") || fields.has("limit")) {
        throw ApiFault.invalid("offset and limit are not for cursors; send page_size");
      }
      request
          .setOpenCursor(true)
          .setLimit(fields.integer("page_size", 1, LIMIT_MAX).orElse(LIMIT_DEFAULT));
    } else {
      if (fields.has("page_size")) {
        throw ApiFault.invalid("page_size is for cursors; send limit, or cursor: \"\"");
      }
      int offset = fields.integer("offset", 0, DEPTH_MAX).orElse(0);
      int limit = fields.integer("limit", 1, LIMIT_MAX).orElse(LIMIT_DEFAULT);
      if (offset + limit > DEPTH_MAX) {
        throw ApiFault.invalid(
            "offset + limit is "
                + (offset + limit)
                + ", at most "
                + DEPTH_MAX
                + "; a cursor reaches further");
      }
      request.setOffset(offset).setLimit(limit);
    }
    Optional<String> groupBy = fields.text("group_by", 1, 64);
    Optional<Integer> groupSize = fields.integer("group_size", 1, GROUP_SIZE_MAX);
    if (groupBy.isPresent()) {
      AttributesJson.checkDeclared(
          groupBy.get(), instance.getTagsList(), "group_by " + groupBy.get(), "tags");
      if (queries == 0 || words.isPresent()) {
        throw ApiFault.invalid(
            "group_by needs something to be alike: send a picture, url, id or vector");
      }
      request.setGroupBy(groupBy.get()).setGroupSize(groupSize.orElse(1));
    } else if (groupSize.isPresent()) {
      throw ApiFault.invalid("group_size needs group_by");
    }
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
    switch (fields.text("consistency", 1, 20).orElse("eventual")) {
      case "eventual" -> request.setStrong(false);
      case "strong" -> request.setStrong(true);
      default -> throw ApiFault.invalid("consistency is neither eventual nor strong");
    }
    fields
        .text("max_lag", 1, 20)
        .map(text -> Query.duration("max_lag", text, DEADLINE_MAX))
        .ifPresent(lag -> request.setMaxLagMillis(Math.toIntExact(lag.toMillis())));
    request.setStrict(fields.flag("strict").orElse(false));
    request.setWithAttributes(fields.flag("attributes").orElse(true));
    request.setDeadlineMillis(deadlineMillis(fields));
    fields.done();
    return request.build();
  }

  private static Optional<WordQuery> words(ObjectReader fields) {
    Optional<List<String>> keywords =
        fields.texts("keywords", KEYWORDS_MAX, 1, AttributesJson.KEYWORD_CHARS_MAX);
    Optional<ObjectReader> after = fields.object("after");
    if (keywords.isEmpty()) {
      if (after.isPresent()) {
        throw ApiFault.invalid("after is for keywords; anything else is read on with a cursor");
      }
      return Optional.empty();
    }
    if (keywords.get().isEmpty()) {
      throw ApiFault.invalid("keywords has 0 items, not 1 to " + KEYWORDS_MAX);
    }
    WordQuery.Builder words = WordQuery.newBuilder().addAllAnyOf(keywords.get());
    after.ifPresent(place -> words.setAfter(place(place)));
    return Optional.of(words.build());
  }

  private static WordPlace place(ObjectReader after) {
    WordPlace place =
        WordPlace.newBuilder()
            .setScore(after.real("score").orElseThrow(() -> missing(after, "score")))
            .setImageId(
                after
                    .text("id", 1, 512)
                    .map(Call::checkedImageId)
                    .orElseThrow(() -> missing(after, "id")))
            .build();
    after.done();
    return place;
  }

  private static ApiFault missing(ObjectReader fields, String name) {
    return ApiFault.invalid(fields.at(name) + " is missing");
  }

  private static int deadlineMillis(ObjectReader fields) {
    Duration deadline =
        fields
            .text("deadline", 1, 20)
            .map(text -> Query.duration("deadline", text, DEADLINE_MAX))
            .orElse(DEADLINE_DEFAULT);
    if (deadline.isZero()) {
      throw ApiFault.invalid("deadline is 0, which nobody can keep");
    }
    return Math.toIntExact(deadline.toMillis());
  }

  private static ObjectNode json(Page page, boolean withAttributes, Call call) {
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    ArrayNode hits = answer.putArray("hits");
    for (Hit each : page.getHitsList()) {
      ObjectNode hit = hits.addObject();
      write(hit, each, withAttributes);
      relation(each.getRelation()).ifPresent(relation -> hit.put("relation", relation));
      if (each.hasGroup()) {
        hit.put("group", each.getGroup());
      }
      if (each.getOthersCount() > 0) {
        ArrayNode others = hit.putArray("others");
        each.getOthersList().forEach(other -> write(others.addObject(), other, withAttributes));
      }
    }
    answer.put("total", page.getTotal());
    answer.set("coverage", coverage(page.getCoverage()));
    answer.set("timings", timings(page.getTimings()));
    answer.put("request_id", call.request().requestId());
    return answer;
  }

  private static Optional<String> relation(Relation relation) {
    return switch (relation) {
      case IDENTICAL -> Optional.of("identical");
      case EDITED_COPY -> Optional.of("edited_copy");
      case SIMILAR -> Optional.of("similar");
      case RELATION_UNSPECIFIED, UNRECOGNIZED -> Optional.empty();
    };
  }

  private static void write(ObjectNode json, Hit hit, boolean withAttributes) {
    json.put("id", hit.getImageId()).put("score", hit.getScore());
    if (withAttributes) {
      AttributesJson.write(json, hit.getAttributes());
    }
    json.put("token", Version.of(hit.getVersion()).toString());
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
        .put("end_offset", position.getEndOffset())
        .put("lag", Math.max(0, position.getEndOffset() - position.getAppliedOffset()));
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
