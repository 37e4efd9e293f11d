package io.likeness.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.client.Login;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which service a command talks to, as whom, and in which form it answers. */
final class Target {

  static final String DATA_DEFAULT = "./data";

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Data folder of a service on this machine (LIKENESS_DATA; default: ./data).")
  @Nullable Path data;

  @Option(
      names = "--endpoint",
      paramLabel = "URL",
      description =
          "Address of the service (LIKENESS_ENDPOINT; default: what DIR/endpoint.json says).")
  @Nullable String endpoint;

  @Option(
      names = "--credentials",
      paramLabel = "FILE",
      description =
          "File with access_key and secret_key (LIKENESS_CREDENTIALS, or the keys themselves in"
              + " LIKENESS_ACCESS_KEY and LIKENESS_SECRET_KEY; default: DIR/credentials.json).")
  @Nullable Path credentials;

  @Option(names = "--json", description = "Print the result as JSON.")
  boolean json;

  /** The environment; a test brings its own. */
  Map<String, String> environment = System.getenv();

  Path folder() {
    return data != null ? data : Path.of(variable("LIKENESS_DATA").orElse(DATA_DEFAULT));
  }

  Api api() {
    return new Api(address(), login());
  }

  URI address() {
    Optional<String> said =
        endpoint != null ? Optional.of(endpoint) : variable("LIKENESS_ENDPOINT");
    String text = said.orElseGet(this::running);
    URI uri;
    try {
      uri = URI.create(text);
    } catch (IllegalArgumentException e) {
      throw new UsageFault("endpoint \"" + text + "\" is no URL such as http://127.0.0.1:8080");
    }
    boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!web || uri.getHost() == null) {
      throw new UsageFault("endpoint \"" + text + "\" is no URL such as http://127.0.0.1:8080");
    }
    return uri;
  }

  private String running() {
    Path file = folder().resolve("endpoint.json");
    if (!Files.exists(file)) {
      throw new Failure(
          "nothing runs on "
              + folder()
              + ": start it with ./likeness up, or name the service with --data or --endpoint");
    }
    try {
      JsonNode json = new ObjectMapper().readTree(Files.readString(file));
      return json.path("endpoint").asText("");
    } catch (IOException e) {
      throw new Failure("cannot read " + file + ": " + e.getMessage());
    }
  }

  private Login login() {
    Optional<String> access = variable("LIKENESS_ACCESS_KEY");
    Optional<String> secret = variable("LIKENESS_SECRET_KEY");
    if (credentials == null && access.isPresent() && secret.isPresent()) {
      return new Login(access.get(), secret.get());
    }
    Path file =
        credentials != null
            ? credentials
            : variable("LIKENESS_CREDENTIALS")
                .map(Path::of)
                .orElseGet(() -> folder().resolve("credentials.json"));
    try {
      return Login.read(file);
    } catch (IllegalArgumentException e) {
      throw new Failure(String.valueOf(e.getMessage()));
    }
  }

  private Optional<String> variable(String name) {
    return Optional.ofNullable(environment.get(name)).filter(value -> !value.isBlank());
  }
}
