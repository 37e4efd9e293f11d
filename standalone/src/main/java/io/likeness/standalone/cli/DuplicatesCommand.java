package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.duplicates.Duplicates;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Reads the hashes of all pictures page by page, and asks the service to confirm by their vectors
 * those that look alike from afar.
 */
@Command(
    name = "duplicates",
    description =
        "List groups of pictures that are the same file, or the same picture stored anew, smaller, brighter or mirrored.",
    footer = {
      "",
      "Copies that were cropped or turned are found by searching (search --relations), not here.",
      "Example: likeness duplicates shoes --limit 20"
    })
final class DuplicatesCommand extends ServiceCommand {

  private static final int PAGE = 1_000;
  private static final int HITS = 100;

  @Parameters(paramLabel = "NAME", description = "The instance.")
  String instance = "";

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "100",
      description = "How many groups to show (default: ${DEFAULT-VALUE}).")
  int limit = 100;

  @Option(
      names = "--after",
      paramLabel = "ID",
      description = "Only groups whose first id comes after this one: the next page.")
  @Nullable String after;

  @Option(
      names = "--min-score",
      paramLabel = "0..1",
      defaultValue = "0.5",
      description = "How alike the vectors of copies must be at least (default: ${DEFAULT-VALUE}).")
  double minScore = 0.5;

  @Option(
      names = "--images-max",
      paramLabel = "N",
      defaultValue = "2000000",
      description =
          "Refuse instances with more pictures, which need 150 bytes of memory each (default: ${DEFAULT-VALUE}).")
  int imagesMax = 2_000_000;

  @Override
  int run(Api api) {
    if (limit < 1 || minScore < 0 || minScore > 1) {
      throw new UsageFault(
          "--limit is " + limit + " and --min-score " + minScore + ", not at least 1 and 0 to 1");
    }
    Duplicates duplicates = read(api);
    List<Duplicates.Suspicion> confirmed = confirmed(api, duplicates.suspicions());
    List<Duplicates.Group> all = duplicates.groups(confirmed);
    String last = after;
    List<Duplicates.Group> page =
        all.stream()
            .filter(group -> last == null || group.ids().getFirst().compareTo(last) > 0)
            .limit(limit)
            .toList();
    if (target.json) {
      console.json(json(page, all.size(), duplicates.size()));
    } else {
      show(page);
      console.note(
          "%d shown of %d groups among %d pictures"
              .formatted(page.size(), all.size(), duplicates.size()));
    }
    return Exit.OK;
  }

  private Duplicates read(Api api) {
    Duplicates duplicates = new Duplicates();
    String next = "";
    while (true) {
      JsonNode page =
          api.get(
              Api.path("instances", instance, "images")
                  + Api.query(Map.of("limit", Integer.toString(PAGE), "after", next)));
      for (JsonNode image : page.path("images")) {
        duplicates.add(
            image.path("id").asText(),
            image.path("content_sha256").asText(""),
            image.path("fingerprint").asText(""));
      }
      if (duplicates.size() > imagesMax) {
        throw new Failure(
            "instance " + instance + " has over " + imagesMax + " pictures; see --images-max");
      }
      if (!page.path("next").isTextual()) {
        return duplicates;
      }
      next = page.path("next").asText();
    }
  }

  /** Those of which the one is among the nearest of the other. */
  private List<Duplicates.Suspicion> confirmed(Api api, List<Duplicates.Suspicion> suspicions) {
    Map<String, List<Duplicates.Suspicion>> byFirst = new TreeMap<>();
    suspicions.forEach(
        each -> byFirst.computeIfAbsent(each.one(), first -> new ArrayList<>()).add(each));
    List<Duplicates.Suspicion> confirmed = new ArrayList<>();
    byFirst.forEach(
        (id, pairs) -> {
          Set<String> near = new HashSet<>();
          ObjectNode request =
              Api.object()
                  .put("id", id)
                  .put("limit", Math.min(PAGE, HITS + 2 * pairs.size()))
                  .put("min_score", minScore)
                  .put("attributes", false);
          api.post(Api.path("instances", instance, "search"), request)
              .path("hits")
              .forEach(hit -> near.add(hit.path("id").asText()));
          pairs.stream().filter(pair -> near.contains(pair.other())).forEach(confirmed::add);
        });
    return confirmed;
  }

  private static ObjectNode json(List<Duplicates.Group> page, int groups, int pictures) {
    ObjectNode json = Api.object().put("groups_in_all", groups).put("pictures", pictures);
    ArrayNode shown = json.putArray("groups");
    for (Duplicates.Group group : page) {
      ObjectNode each = shown.addObject().put("kind", kind(group));
      ArrayNode ids = each.putArray("ids");
      group.ids().forEach(ids::add);
    }
    return json;
  }

  private void show(List<Duplicates.Group> page) {
    if (page.isEmpty()) {
      console.line("no duplicates");
      return;
    }
    List<List<String>> rows = new ArrayList<>();
    for (Duplicates.Group group : page) {
      rows.add(
          List.of(
              kind(group), Integer.toString(group.ids().size()), String.join("  ", group.ids())));
    }
    console.table(List.of("KIND", " PICTURES", "IDS"), rows);
  }

  private static String kind(Duplicates.Group group) {
    return group.identical() ? "identical" : "edited copy";
  }
}
