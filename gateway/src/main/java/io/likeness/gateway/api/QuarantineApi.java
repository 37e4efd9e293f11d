package io.likeness.gateway.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.gateway.Quarantine;
import io.likeness.gateway.Quarantine.Entry;
import io.likeness.gateway.auth.Principal;
import io.likeness.gateway.http.ApiResponse;
import io.likeness.gateway.json.JsonBody;
import io.likeness.gateway.publish.PublishOutcome;
import io.likeness.proto.vector.Version;
import io.likeness.proto.wire.EventFormat;
import io.likeness.wire.ImageEvent;
import io.likeness.wire.QuarantinedEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * Events that could not succeed: list, show, drive again. A tenant sees what was meant for its own
 * instances; what nobody can be named for is the administrator's.
 */
final class QuarantineApi {

  private static final int LIST_DEFAULT = 100;
  private static final int LIST_MAX = 1000;

  private final Quarantine quarantine;

  QuarantineApi(Quarantine quarantine) {
    this.quarantine = quarantine;
  }

  List<Operation> operations() {
    return List.of(
        Operation.of("listQuarantine", "GET", "/api/v1/quarantine", this::list),
        Operation.of("showQuarantined", "GET", "/api/v1/quarantine/{id}", this::show),
        Operation.of("redriveOne", "POST", "/api/v1/quarantine/{id}/redrive", this::redriveOne),
        Operation.of("redrive", "POST", "/api/v1/quarantine/redrive", this::redriveMany));
  }

  private static Predicate<Entry> mayBeSeenBy(Principal principal) {
    String own = principal.projectId() + "/";
    return entry -> principal.admin() || entry.instance().startsWith(own);
  }

  private ApiResponse list(Call call) {
    long after = cursor(call.query().text("after"));
    int limit = call.query().number("limit", LIST_DEFAULT, 1, LIST_MAX);
    call.query().done();
    // One more than asked for tells whether there is a next page.
    List<Entry> page = quarantine.list(after, limit + 1, mayBeSeenBy(call.principal()));
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    ArrayNode events = answer.putArray("events");
    page.stream().limit(limit).forEach(each -> events.add(json(each)));
    if (page.size() > limit) {
      answer.put("next", Long.toString(page.get(limit - 1).position()));
    } else {
      answer.putNull("next");
    }
    return ApiResponse.json(200, answer.toString());
  }

  private static long cursor(Optional<String> after) {
    if (after.isEmpty() || after.get().isEmpty()) {
      return -1;
    }
    try {
      return Long.parseLong(after.get());
    } catch (NumberFormatException e) {
      throw ApiFault.invalid(
          "after is \"" + ApiFault.shown(after.get()) + "\", not the next of an earlier answer");
    }
  }

  private static ObjectNode json(Entry entry) {
    ObjectNode json = JsonBody.MAPPER.createObjectNode();
    json.put("id", entry.version().toString())
        .put("instance", entry.instance())
        .put("image_id", entry.imageId());
    json.putObject("reason")
        .put("kind", Refusals.pictureCode(entry.rejection().getKind()))
        .put("detail", entry.rejection().getDetail());
    return json.put("at", Instant.ofEpochMilli(entry.atMillis()).toString()).put("by", entry.by());
  }

  private ApiResponse show(Call call) {
    call.query().done();
    Entry entry = entry(call, call.path("id"));
    QuarantinedEvent event = event(entry);
    ObjectNode answer = json(entry);
    answer.put("content_type", event.getContentType()).put("value_bytes", event.getValue().size());
    answer.set("event", readable(event));
    return ApiResponse.json(200, answer.toString());
  }

  /** The event as JSON, with a size in place of a picture's bytes; null where it is unreadable. */
  private static JsonNode readable(QuarantinedEvent quarantined) {
    try {
      ImageEvent event =
          EventFormat.read(quarantined.getValue().toByteArray(), quarantined.getContentType());
      int pictureBytes = event.getAdd().getContent().size();
      if (pictureBytes > 0) {
        event = event.toBuilder().setAdd(event.getAdd().toBuilder().clearContent()).build();
      }
      JsonNode json = JsonBody.MAPPER.readTree(EventFormat.toJson(event));
      if (pictureBytes > 0 && json instanceof ObjectNode object) {
        object.put("content_bytes", pictureBytes);
      }
      return json;
    } catch (InvalidProtocolBufferException | JsonProcessingException e) {
      return JsonBody.MAPPER.nullNode();
    }
  }

  private ApiResponse redriveOne(Call call) {
    call.query().done();
    Entry entry = entry(call, call.path("id"));
    Version token = redrive(call, entry);
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    answer.put("id", entry.version().toString()).put("token", token.toString());
    return ApiResponse.json(202, answer.toString());
  }

  private ApiResponse redriveMany(Call call) {
    call.query().done();
    ObjectReader body = Payload.object(call);
    boolean all = body.flag("all").orElse(false);
    Optional<List<String>> ids = body.texts("ids", LIST_MAX, 1, 64);
    body.done();
    if (all == ids.isPresent()) {
      throw ApiFault.invalid("send either all: true or ids");
    }
    List<Entry> wanted = new ArrayList<>();
    ids.ifPresent(list -> list.forEach(id -> wanted.add(entry(call, id))));
    if (all) {
      wanted.addAll(quarantine.list(-1, LIST_MAX + 1, mayBeSeenBy(call.principal())));
    }
    ObjectNode answer = JsonBody.MAPPER.createObjectNode();
    ArrayNode redriven = answer.putArray("redriven");
    ArrayNode failed = answer.putArray("failed");
    for (Entry each : wanted.stream().limit(LIST_MAX).toList()) {
      String id = each.version().toString();
      try {
        redriven.addObject().put("id", id).put("token", redrive(call, each).toString());
      } catch (ApiFault fault) {
        redriven.remove(redriven.size() - 1);
        failed.addObject().put("id", id).put("message", String.valueOf(fault.getMessage()));
      }
    }
    answer.put("more", wanted.size() > LIST_MAX);
    return ApiResponse.json(202, answer.toString());
  }

  private Entry entry(Call call, String id) {
    Version version;
    try {
      version = Version.parse(id);
    } catch (IllegalArgumentException e) {
      throw ApiFault.invalid(String.valueOf(e.getMessage()));
    }
    return quarantine
        .find(version)
        .filter(mayBeSeenBy(call.principal()))
        .orElseThrow(() -> noSuchEvent(id));
  }

  private QuarantinedEvent event(Entry entry) {
    return quarantine.event(entry).orElseThrow(() -> noSuchEvent(entry.version().toString()));
  }

  private static ApiFault noSuchEvent(String id) {
    return new ApiFault(
        404, "no_such_event", "there is no event " + ApiFault.shown(id) + " in quarantine");
  }

  /** Puts the event into the log once more; the worker settles what becomes of the entry. */
  private Version redrive(Call call, Entry entry) {
    QuarantinedEvent event = event(entry);
    if (event.getValue().isEmpty()) {
      throw new ApiFault(
          409,
          "not_kept",
          "event " + entry.version() + " was too large to be kept whole; send it again");
    }
    return switch (quarantine.redrive(event, call.traceparent())) {
      case PublishOutcome.Published done -> done.version();
      case PublishOutcome.TooLarge large ->
          throw new ApiFault(
              409,
              "not_kept",
              "event "
                  + entry.version()
                  + " is "
                  + large.bytes()
                  + " bytes, at most "
                  + large.bytesMax());
      case PublishOutcome.NotTaken busy -> throw ApiFault.busy(busy.why());
    };
  }
}
