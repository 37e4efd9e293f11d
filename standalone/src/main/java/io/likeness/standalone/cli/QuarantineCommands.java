package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Api;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "quarantine",
    description = "See what could never succeed and why, and give it another try.",
    subcommands = {
      QuarantineCommands.ListAll.class,
      QuarantineCommands.Show.class,
      QuarantineCommands.Redrive.class
    })
final class QuarantineCommands extends Group {

  @Command(name = "list", description = "List the events in quarantine.")
  static final class ListAll extends ServiceCommand {

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "100",
        description = "How many to show (default: ${DEFAULT-VALUE}).")
    int limit = 100;

    @Option(
        names = "--after",
        paramLabel = "ID",
        description = "Where an earlier list said to go on.")
    @Nullable String after;

    @Override
    int run(Api api) {
      Map<String, String> query = new LinkedHashMap<>();
      query.put("limit", Integer.toString(limit));
      if (after != null) {
        query.put("after", after);
      }
      JsonNode answer = api.get("/quarantine" + Api.query(query));
      if (target.json) {
        console.json(answer);
        return Exit.OK;
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode each : answer.path("events")) {
        rows.add(
            List.of(
                each.path("id").asText(),
                each.path("instance").asText(),
                each.path("image_id").asText(),
                each.path("reason").path("kind").asText(),
                each.path("reason").path("detail").asText(),
                each.path("at").asText()));
      }
      if (rows.isEmpty()) {
        console.line("nothing in quarantine");
      } else {
        console.table(List.of("ID", "INSTANCE", "IMAGE", "KIND", "REASON", "SINCE"), rows);
      }
      if (answer.path("next").isTextual()) {
        console.note("there are more: --after " + answer.path("next").asText());
      }
      return Exit.OK;
    }
  }

  @Command(name = "show", description = "Show one event in quarantine, as JSON.")
  static final class Show extends ServiceCommand {

    @Parameters(paramLabel = "ID", description = "As list shows it.")
    String id = "";

    @Override
    int run(Api api) {
      console.json(api.get(Api.path("quarantine", id)));
      return Exit.OK;
    }
  }

  @Command(name = "redrive", description = "Give events another try; what fails again comes back.")
  static final class Redrive extends ServiceCommand {

    @Parameters(arity = "0..*", paramLabel = "ID", description = "As list shows them.")
    List<String> ids = new ArrayList<>();

    @Option(names = "--all", description = "All of them.")
    boolean all;

    @Override
    int run(Api api) {
      if (all == !ids.isEmpty()) {
        throw new UsageFault("name events by their ids, or all of them with --all");
      }
      ObjectNode request = Api.object();
      if (all) {
        request.put("all", true);
      } else {
        ArrayNode wanted = request.putArray("ids");
        ids.forEach(wanted::add);
      }
      JsonNode answer = api.post("/quarantine/redrive", request);
      if (target.json) {
        console.json(answer);
      } else {
        console.line("sent back into the log: " + answer.path("redriven").size());
        for (JsonNode each : answer.path("failed")) {
          console.line(
              "  "
                  + Console.printable(each.path("id").asText())
                  + ": "
                  + Console.printable(each.path("message").asText()));
        }
        if (answer.path("more").asBoolean()) {
          console.note("there are more: repeat the command");
        }
      }
      if (answer.path("failed").isEmpty()) {
        return Exit.OK;
      }
      return answer.path("redriven").isEmpty() ? Exit.FAILED : Exit.PARTLY;
    }
  }
}
