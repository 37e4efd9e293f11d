package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Api;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "account",
    description = "Make and list accounts; for the administrator.",
    subcommands = {AccountCommands.Create.class, AccountCommands.ListAll.class})
final class AccountCommands extends Group {

  @Command(
      name = "create",
      description =
          "Make an account with a project of its own; prints its credentials, this once, as JSON.")
  static final class Create extends ServiceCommand {

    @Parameters(index = "0", paramLabel = "DOMAIN", description = "The account's name.")
    String domain = "";

    @Parameters(index = "1", paramLabel = "USER", description = "Its user's name.")
    String user = "";

    @Option(
        names = "--password",
        paramLabel = "PASSWORD",
        arity = "0..1",
        interactive = true,
        echo = false,
        description =
            "The password, asked for where it is not given (default without this option: a random one).")
    char @Nullable [] password;

    @Override
    int run(Api api) {
      ObjectNode wanted = Api.object().put("domain", domain).put("user", user);
      if (password != null) {
        wanted.put("password", new String(password));
      }
      console.json(api.post("/accounts", wanted));
      return Exit.OK;
    }
  }

  @Command(name = "list", description = "List the accounts.")
  static final class ListAll extends ServiceCommand {

    @Override
    int run(Api api) {
      JsonNode answer = api.get("/accounts");
      if (target.json) {
        console.json(answer);
        return Exit.OK;
      }
      List<List<String>> rows = new ArrayList<>();
      for (JsonNode each : answer.path("accounts")) {
        rows.add(
            List.of(
                each.path("domain").asText(),
                each.path("user").asText(),
                each.path("project_id").asText(),
                each.path("admin").asBoolean() ? "yes" : "no"));
      }
      console.table(List.of("DOMAIN", "USER", "PROJECT", "ADMIN"), rows);
      return Exit.OK;
    }
  }
}
