package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.Sizes;
import io.likeness.standalone.client.Answer;
import io.likeness.standalone.client.Api;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "status",
    description = "Show the cluster and the instances, or what is known of one picture.",
    footer = {
      "",
      "Examples: likeness status",
      "          likeness status shoe-17 --instance demo",
      "Exit codes: 0 shown, 1 failed or nobody answers, 2 wrong usage, 3 the picture was rejected."
    })
final class StatusCommand extends ServiceCommand {

  @Parameters(arity = "0..1", paramLabel = "ID", description = "A picture's id.")
  @Nullable String id;

  @Option(
      names = {"-i", "--instance"},
      paramLabel = "NAME",
      description = "The instance of that picture.")
  @Nullable String instance;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "The write to ask about, as add printed it.")
  @Nullable String token;

  @Override
  int run(Api api) {
    if ((id == null) != (instance == null)) {
      throw new UsageFault("one picture's status needs both its ID and --instance NAME");
    }
    return id != null && instance != null ? image(api, instance, id) : cluster(api);
  }

  private int image(Api api, String instanceName, String imageId) {
    String path = Api.path("instances", instanceName, "images", imageId);
    JsonNode image = api.get(path + (token == null ? "" : Api.query(Map.of("token", token))));
    if (target.json) {
      console.json(image);
    } else {
      console.line("status   " + image.path("status").asText());
      line("reason", image.path("reason").path("detail").asText(""));
      line("tags", SearchCommand.pairs(image.path("tags"), image.path("numbers")));
      line("about", image.path("description").asText(""));
      if (image.path("width").asInt() > 0) {
        line("size", image.path("width").asInt() + " x " + image.path("height").asInt());
      }
      line("sha256", image.path("content_sha256").asText(""));
      line("model", image.path("model").asText(""));
      line("token", image.path("token").asText(""));
    }
    return image.path("status").asText().equals("rejected") ? Exit.PARTLY : Exit.OK;
  }

  private void line(String name, String value) {
    if (!value.isEmpty()) {
      console.line(name + " ".repeat(9 - name.length()) + Console.printable(value));
    }
  }

  private int cluster(Api api) {
    JsonNode instances = api.get("/instances");
    // Only the administrator sees the machinery.
    Answer cluster = api.call("GET", "/cluster", Api.Body.NONE);
    if (cluster.status() != 403) {
      cluster.orThrow();
    }
    if (target.json) {
      ObjectNode all = Api.object();
      all.put("endpoint", target.address().toString());
      all.set("instances", instances.path("instances"));
      if (cluster.isSuccess()) {
        all.set("cluster", cluster.body());
      }
      console.json(all);
      return Exit.OK;
    }
    console.line("serving at " + target.address());
    if (cluster.isSuccess()) {
      overview(cluster.body());
    }
    console.line("");
    InstanceCommands.table(console, instances.path("instances"));
    return Exit.OK;
  }

  private void overview(JsonNode cluster) {
    StringJoiner nodes = new StringJoiner(", ");
    for (JsonNode node : cluster.path("nodes")) {
      nodes.add(node.path("name").asText() + " (" + words(node) + ")");
    }
    console.line("nodes      " + Console.printable(nodes.toString()));
    int serving = 0;
    for (JsonNode slot : cluster.path("slots")) {
      serving += slot.path("serving").asBoolean(true) ? 1 : 0;
    }
    console.line("slots      " + serving + " of " + cluster.path("slots").size() + " serving");
    long images = 0;
    long bytes = 0;
    long behind = 0;
    for (JsonNode shard : cluster.path("shards")) {
      images += shard.path("images").asLong();
      bytes += shard.path("bytes").asLong();
      behind +=
          Math.max(0, shard.path("end_offset").asLong() - shard.path("applied_offset").asLong());
    }
    console.line(
        "shards     "
            + cluster.path("shards").size()
            + " with "
            + images
            + " images, "
            + (bytes == 0 ? "" : Sizes.of(bytes) + " sealed, ")
            + behind
            + " records behind");
  }

  private static String words(JsonNode node) {
    if (node.path("role").isTextual()) {
      return node.path("role").asText();
    }
    StringJoiner roles = new StringJoiner(", ");
    node.path("roles").forEach(role -> roles.add(role.asText()));
    return roles.toString();
  }
}
