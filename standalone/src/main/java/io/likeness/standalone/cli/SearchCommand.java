package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Api;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "search",
    description =
        "Search by a picture, by the id of a stored one, by keywords, by tags alone, or by one of the others with tags.",
    footer = {
      "",
      "Examples: likeness search shoe.jpg --instance demo",
      "          likeness search --id shoe-17 --tag colour=red --instance demo --limit 50",
      "          likeness search --keyword phone --keyword 手机 --instance demo",
      "Exit codes: 0 answered (even if nothing was found), 1 failed, 2 wrong usage, 3 answered in part:",
      "some shards did not answer in time."
    })
final class SearchCommand extends ServiceCommand {

  private static final int PAGE_MAX = 1_000;
  private static final int LIMIT_MAX = 100_000;

  @Option(
      names = {"-i", "--instance"},
      required = true,
      paramLabel = "NAME",
      description = "The instance.")
  String instance = "";

  @Parameters(arity = "0..1", paramLabel = "PICTURE", description = "A file or an http(s) address.")
  @Nullable String picture;

  @Option(names = "--id", paramLabel = "ID", description = "Search by this stored picture.")
  @Nullable String id;

  @Option(
      names = "--keyword",
      paramLabel = "TEXT",
      description =
          "Search what pictures are described by; may be repeated, one of them has to fit.")
  List<String> keywords = List.of();

  @Option(
      names = "--tag",
      paramLabel = "KEY=VALUE",
      description = "Only pictures with this tag; may be repeated.")
  Map<String, String> tags = new LinkedHashMap<>();

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "10",
      description =
          "How many to show, at most 100000; more than 1000 are read page by page, of one moment (default: ${DEFAULT-VALUE}).")
  int limit = 10;

  @Option(
      names = "--offset",
      paramLabel = "N",
      defaultValue = "0",
      description = "How many to pass over (default: ${DEFAULT-VALUE}).")
  int offset;

  @Option(
      names = "--min-score",
      paramLabel = "0..1",
      description = "Only pictures at least this alike.")
  @Nullable Double minScore;

  @Option(
      names = "--crop",
      paramLabel = "X,Y,W,H",
      split = ",",
      description = "Search by this part of the picture, in pixels.")
  int @Nullable [] crop;

  @Option(
      names = "--group-by",
      paramLabel = "KEY",
      description = "Only the best picture of each value of this tag.")
  @Nullable String groupBy;

  @Option(
      names = "--relations",
      description = "Tell of each picture whether it is identical, an edited copy or similar.")
  boolean relations;

  @Option(
      names = "--find-subject",
      description = "Find what the picture is about and search with that part.")
  boolean findSubject;

  @Option(names = "--strict", description = "Fail rather than answer in part.")
  boolean strict;

  @Option(names = "--strong", description = "Show everything that was acknowledged before.")
  boolean strong;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "Show the write of this token; may be repeated.")
  List<String> tokens = List.of();

  @Override
  int run(Api api) {
    if (Stream.of(picture != null, id != null, !keywords.isEmpty()).filter(given -> given).count()
        > 1) {
      throw new UsageFault("give one of a picture, --id and --keyword, not more");
    }
    if (picture == null && id == null && keywords.isEmpty() && tags.isEmpty()) {
      throw new UsageFault("give a picture, --id, --keyword or --tag to search by");
    }
    if (!keywords.isEmpty() && limit > PAGE_MAX) {
      throw new UsageFault("--limit is " + limit + ", at most " + PAGE_MAX + " with --keyword");
    }
    if (limit > LIMIT_MAX || (limit > PAGE_MAX && offset > 0)) {
      throw new UsageFault(
          "--limit is "
              + limit
              + ", at most "
              + (offset > 0 ? PAGE_MAX : LIMIT_MAX)
              + (offset > 0 ? " with --offset" : ""));
    }
    JsonNode answer = limit > PAGE_MAX ? readOn(api) : ask(api, request());
    int asked = answer.path("coverage").path("asked").asInt();
    int answered = answer.path("coverage").path("answered").asInt();
    if (target.json) {
      console.json(answer);
    } else {
      show(answer, asked, answered);
    }
    return answered < asked ? Exit.PARTLY : Exit.OK;
  }

  private JsonNode ask(Api api, ObjectNode request) {
    return api.post(Api.path("instances", instance, "search"), request);
  }

  /** The first answer with the hits of those that follow it. */
  private JsonNode readOn(Api api) {
    ObjectNode all = (ObjectNode) ask(api, request());
    ArrayNode hits = all.withArray("hits");
    JsonNode cursor = all.remove("next_cursor");
    while (cursor != null && hits.size() < limit) {
      ObjectNode next =
          Api.object()
              .put("cursor", cursor.asText())
              .put("page_size", Math.min(PAGE_MAX, limit - hits.size()));
      JsonNode page = ask(api, next);
      page.path("hits").forEach(hits::add);
      cursor = page.get("next_cursor");
    }
    return all;
  }

  private ObjectNode request() {
    ObjectNode request = Api.object().put("strict", strict);
    if (strong) {
      request.put("consistency", "strong");
    }
    if (!tokens.isEmpty()) {
      tokens.forEach(request.putArray("tokens")::add);
    }
    if (limit > PAGE_MAX) {
      request.put("cursor", "").put("page_size", PAGE_MAX);
    } else {
      request.put("limit", limit).put("offset", offset);
    }
    if (findSubject) {
      request.put("find_subject", true);
    }
    if (relations && limit > PAGE_MAX) {
      throw new UsageFault("--relations is for at most " + PAGE_MAX + " pictures");
    }
    // Asked for without being told to: the answer then says whether there is a good match.
    if (limit <= PAGE_MAX && (picture != null || id != null)) {
      request.put("relations", true);
    }
    if (groupBy != null) {
      request.put("group_by", groupBy);
    }
    if (picture != null) {
      if (Pictures.isAddress(picture)) {
        request.put("url", picture);
      } else {
        request.put("image_base64", Pictures.read(picture));
      }
    }
    if (id != null) {
      request.put("id", id);
    }
    if (!keywords.isEmpty()) {
      keywords.forEach(request.putArray("keywords")::add);
    }
    if (!tags.isEmpty()) {
      ObjectNode values = request.putObject("tags");
      tags.forEach(values::put);
    }
    if (minScore != null) {
      request.put("min_score", minScore);
    }
    if (crop != null) {
      if (crop.length != 4) {
        throw new UsageFault("--crop takes four numbers X,Y,W,H, not " + crop.length);
      }
      request
          .putObject("crop")
          .put("x", crop[0])
          .put("y", crop[1])
          .put("width", crop[2])
          .put("height", crop[3]);
    }
    return request;
  }

  private void show(JsonNode answer, int asked, int answered) {
    List<List<String>> rows = new ArrayList<>();
    int rank = offset;
    for (JsonNode hit : answer.path("hits")) {
      rank++;
      List<String> row = new ArrayList<>();
      row.add(Integer.toString(rank));
      row.add(String.format(Locale.ROOT, "%.4f", hit.path("score").asDouble()));
      row.add(hit.path("id").asText());
      if (relations) {
        row.add(hit.path("relation").asText("").replace('_', ' '));
      }
      row.add(pairs(hit.path("tags"), hit.path("numbers")));
      rows.add(row);
    }
    if (rows.isEmpty()) {
      console.line("nothing found");
    } else {
      console.table(
          relations
              ? List.of(" #", " SCORE", "ID", "RELATION", "TAGS")
              : List.of(" #", " SCORE", "ID", "TAGS"),
          rows);
    }
    if (!rows.isEmpty() && !answer.path("good_match").asBoolean(true)) {
      console.note("no good match: these are only the nearest there are");
    }
    for (JsonNode subject : answer.path("subjects")) {
      JsonNode box = subject.path("box");
      console.note(
          "subject %s%d,%d,%d,%d, score %.2f"
              .formatted(
                  subject.path("label").isMissingNode() ? "" : subject.path("label").asText() + " ",
                  box.path("x").asInt(),
                  box.path("y").asInt(),
                  box.path("width").asInt(),
                  box.path("height").asInt(),
                  subject.path("score").asDouble()));
    }
    console.note(
        rows.size()
            + " shown of "
            + answer.path("total").asLong()
            + ", "
            + String.format(
                Locale.ROOT, "%.1f", answer.path("timings").path("total_micros").asLong() / 1000.0)
            + " ms"
            + (answered < asked
                ? ", only " + answered + " of " + asked + " shards answered: " + reasons(answer)
                : ""));
  }

  private static String reasons(JsonNode answer) {
    StringJoiner reasons = new StringJoiner("; ");
    answer.path("coverage").path("reasons").forEach(reason -> reasons.add(reason.asText()));
    return reasons.toString();
  }

  static String pairs(JsonNode... maps) {
    StringJoiner pairs = new StringJoiner(" ");
    for (JsonNode map : maps) {
      for (Map.Entry<String, JsonNode> entry : map.properties()) {
        pairs.add(entry.getKey() + "=" + entry.getValue().asText());
      }
    }
    return pairs.toString();
  }
}
