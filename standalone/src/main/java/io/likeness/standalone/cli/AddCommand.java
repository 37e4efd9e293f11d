package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Answer;
import io.likeness.standalone.client.Api;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "add",
    description =
        "Add pictures, each a file or an http(s) address; a picture of the same id is replaced.",
    footer = {
      "",
      "Example: likeness add shoe.jpg --instance demo --tag colour=red",
      "Exit codes: 0 all added, 1 none added, 2 wrong usage, 3 some added."
    })
final class AddCommand extends ServiceCommand {

  @Option(
      names = {"-i", "--instance"},
      required = true,
      paramLabel = "NAME",
      description = "The instance.")
  String instance = "";

  @Parameters(arity = "1..*", paramLabel = "PICTURE", description = "Files or addresses.")
  List<String> pictures = new ArrayList<>();

  @Option(
      names = "--id",
      paramLabel = "ID",
      description = "The picture's id, for one picture (default: the file's name).")
  @Nullable String id;

  @Option(names = "--tag", paramLabel = "KEY=VALUE", description = "A tag; may be repeated.")
  Map<String, String> tags = new LinkedHashMap<>();

  @Option(names = "--description", paramLabel = "TEXT", description = "Words about it.")
  @Nullable String description;

  @Option(
      names = "--find-subject",
      description = "Find what each picture is about and keep only that part of it.")
  boolean findSubject;

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      defaultValue = "10s",
      description =
          "How long to wait until it is visible, such as 5s; 0 to not wait (default: ${DEFAULT-VALUE}).")
  String wait = "10s";

  @Override
  int run(Api api) {
    if (id != null && pictures.size() > 1) {
      throw new UsageFault("--id names one picture, not " + pictures.size());
    }
    List<List<String>> rows = new ArrayList<>();
    ArrayNode all = Api.object().arrayNode();
    int added = 0;
    for (String picture : pictures) {
      String name = Optional.ofNullable(id).orElseGet(() -> Pictures.name(picture));
      Answer answer = add(api, picture, name);
      if (pictures.size() == 1 && !answer.isSuccess() && answer.status() != 422) {
        answer.orThrow();
      }
      added += answer.isSuccess() ? 1 : 0;
      ObjectNode result = Api.object().put("picture", picture).put("id", name);
      if (answer.body() instanceof ObjectNode body) {
        result.setAll(body);
      }
      all.add(result);
      rows.add(
          List.of(
              name,
              answer.isSuccess() ? answer.body().path("status").asText() : "failed",
              answer.isSuccess() ? answer.body().path("token").asText("") : answer.errorMessage()));
    }
    if (target.json) {
      console.json(all);
    } else {
      console.table(List.of("ID", "STATUS", "TOKEN OR REASON"), rows);
    }
    return added == pictures.size() ? Exit.OK : added == 0 ? Exit.FAILED : Exit.PARTLY;
  }

  private Answer add(Api api, String picture, String name) {
    ObjectNode body = Api.object();
    if (Pictures.isAddress(picture)) {
      body.put("url", picture);
    } else {
      body.put("image_base64", Pictures.read(picture));
    }
    if (!tags.isEmpty()) {
      ObjectNode values = body.putObject("tags");
      tags.forEach(values::put);
    }
    if (description != null) {
      body.put("description", description);
    }
    if (findSubject) {
      body.put("find_subject", true);
    }
    return api.call(
        "PUT",
        Api.path("instances", instance, "images", name) + Api.query(Map.of("wait", wait)),
        Api.Body.json(body));
  }
}
