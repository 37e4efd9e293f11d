package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Api;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "instance",
    description = "Make, list, show and delete instances: each holds pictures of its own.",
    subcommands = {
      InstanceCommands.Create.class,
      InstanceCommands.ListAll.class,
      InstanceCommands.Show.class,
      InstanceCommands.Delete.class
    })
final class InstanceCommands extends Group {

  @Command(
      name = "create",
      description = "Make an instance.",
      footer = {
        "",
        "Example: likeness instance create shoes --tag-key colour --tag-key brand --number-key price"
      })
  static final class Create extends ServiceCommand {

    @Parameters(
        paramLabel = "NAME",
        description = "1 to 16 of a-z, 0-9, - and _, beginning with a letter.")
    String name = "";

    @Option(names = "--description", paramLabel = "TEXT", description = "Words about it.")
    @Nullable String description;

    @Option(
        names = "--model",
        paramLabel = "MODEL",
        description = "The model its vectors come from (default: the built-in one).")
    @Nullable String model;

    @Option(
        names = "--tag-key",
        paramLabel = "KEY",
        description = "A key its pictures' tags may have; may be repeated.")
    List<String> tagKeys = new ArrayList<>();

    @Option(
        names = "--number-key",
        paramLabel = "KEY",
        description = "A key its pictures' numbers may have; may be repeated.")
    List<String> numberKeys = new ArrayList<>();

    @Option(
        names = "--vectors",
        paramLabel = "FORMAT",
        description =
            "How vectors lie on disk: float32, or int8 in a quarter of the room with scores off by a"
                + " few ten-thousandths (default: float32). It stays so.")
    @Nullable String vectors;

    @Option(
        names = "--detector",
        paramLabel = "NAME",
        description =
            "What finds the subject of a picture where that is asked for (default: a way that needs no detector).")
    @Nullable String detector;

    @Override
    int run(Api api) {
      ObjectNode wanted = wanted(name, description, model, tagKeys, numberKeys);
      if (vectors != null) {
        wanted.put("vector_format", vectors);
      }
      if (detector != null) {
        wanted.put("detector", detector);
      }
      JsonNode made = api.post("/instances", wanted);
      if (target.json) {
        console.json(made);
      } else {
        console.line(
            "made instance "
                + made.path("name").asText()
                + ", model "
                + model(made)
                + (made.has("detector") ? ", detector " + made.path("detector").asText() : ""));
      }
      return Exit.OK;
    }
  }

  static ObjectNode wanted(
      String name,
      @Nullable String description,
      @Nullable String model,
      List<String> tagKeys,
      List<String> numberKeys) {
    ObjectNode wanted = Api.object().put("name", name);
    if (description != null) {
      wanted.put("description", description);
    }
    if (model != null) {
      wanted.put("model", model);
    }
    ArrayNode tags = wanted.putArray("tags");
    tagKeys.forEach(tags::add);
    ArrayNode numbers = wanted.putArray("number_tags");
    numberKeys.forEach(numbers::add);
    return wanted;
  }

  private static String model(JsonNode instance) {
    return instance.path("model").asText()
        + " ("
        + instance.path("dimensions").asInt()
        + (instance.path("vector_format").asText().equals("int8")
            ? " dimensions, int8)"
            : " dimensions)");
  }

  @Command(name = "list", description = "List the instances of this account.")
  static final class ListAll extends ServiceCommand {

    @Override
    int run(Api api) {
      JsonNode answer = api.get("/instances");
      if (target.json) {
        console.json(answer);
      } else {
        table(console, answer.path("instances"));
      }
      return Exit.OK;
    }
  }

  static void table(Console console, JsonNode instances) {
    List<List<String>> rows = new ArrayList<>();
    for (JsonNode each : instances) {
      rows.add(
          List.of(
              each.path("name").asText(),
              each.path("images").isNumber() ? each.path("images").asText() : "?",
              model(each),
              words(each.path("tags")),
              each.path("created_at").asText()));
    }
    if (rows.isEmpty()) {
      console.line("no instances");
    } else {
      console.table(List.of("NAME", " IMAGES", "MODEL", "TAG KEYS", "CREATED"), rows);
    }
  }

  private static String words(JsonNode array) {
    StringJoiner words = new StringJoiner(",");
    array.forEach(word -> words.add(word.asText()));
    return words.toString();
  }

  @Command(name = "show", description = "Show one instance.")
  static final class Show extends ServiceCommand {

    @Parameters(paramLabel = "NAME", description = "The instance.")
    String name = "";

    @Override
    int run(Api api) {
      JsonNode instance = api.get(Api.path("instances", name));
      if (target.json) {
        console.json(instance);
      } else {
        table(console, Api.object().arrayNode().add(instance));
      }
      return Exit.OK;
    }
  }

  @Command(
      name = "delete",
      description = "Delete an instance and every picture in it. There is no way back.")
  static final class Delete extends ServiceCommand {

    @Parameters(paramLabel = "NAME", description = "The instance.")
    String name = "";

    @Option(names = "--yes", description = "Says that it is meant.")
    boolean yes;

    @Override
    int run(Api api) {
      if (!yes) {
        throw new UsageFault(
            "this deletes instance " + name + " and every picture in it: say so with --yes");
      }
      JsonNode answer = api.delete(Api.path("instances", name));
      if (target.json) {
        console.json(answer);
      } else {
        console.line("deleted instance " + name);
      }
      return Exit.OK;
    }
  }
}
