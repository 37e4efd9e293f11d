package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Answer;
import io.likeness.standalone.client.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "delete",
    description = "Delete pictures by id. Deleting what is not there is no failure.",
    footer = {"", "Exit codes: 0 all deleted, 1 none deleted, 2 wrong usage, 3 some deleted."})
final class DeleteCommand extends ServiceCommand {

  @Option(
      names = {"-i", "--instance"},
      required = true,
      paramLabel = "NAME",
      description = "The instance.")
  String instance = "";

  @Parameters(arity = "1..*", paramLabel = "ID", description = "Ids of the pictures.")
  List<String> ids = new ArrayList<>();

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      defaultValue = "10s",
      description =
          "How long to wait until they are gone; 0 to not wait (default: ${DEFAULT-VALUE}).")
  String wait = "10s";

  @Override
  int run(Api api) {
    List<List<String>> rows = new ArrayList<>();
    ArrayNode all = Api.object().arrayNode();
    int deleted = 0;
    for (String id : ids) {
      Answer answer =
          api.call(
              "DELETE",
              Api.path("instances", instance, "images", id) + Api.query(Map.of("wait", wait)),
              Api.Body.NONE);
      if (ids.size() == 1) {
        answer.orThrow();
      }
      deleted += answer.isSuccess() ? 1 : 0;
      ObjectNode result = Api.object().put("id", id);
      if (answer.body() instanceof ObjectNode body) {
        result.setAll(body);
      }
      all.add(result);
      rows.add(
          List.of(
              id,
              answer.isSuccess() ? answer.body().path("status").asText() : "failed",
              answer.isSuccess() ? "" : answer.errorMessage()));
    }
    if (target.json) {
      console.json(all);
    } else {
      console.table(List.of("ID", "STATUS", "REASON"), rows);
    }
    return deleted == ids.size() ? Exit.OK : deleted == 0 ? Exit.FAILED : Exit.PARTLY;
  }
}
