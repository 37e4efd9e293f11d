package io.likeness.standalone.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.DataFolder;
import io.likeness.standalone.client.Api;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Gives orders to the cluster that runs on a data folder. Blocks until they are followed. */
public final class ControlClient {

  /** The cluster could not follow, or there is none; in words for who gave the order. */
  public static final class Refused extends RuntimeException {

    private static final long serialVersionUID = 1L;

    Refused(String message) {
      super(message);
    }
  }

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Longer than a cluster waits for anything without a word. */
  private static final int SILENCE_MILLIS_MAX = 5 * 60_000;

  private final Path root;

  public ControlClient(Path root) {
    this.root = root;
  }

  /** Its processes, gateways and what it is doing. */
  public JsonNode show() {
    return order(order(Orders.SHOW), said -> {});
  }

  public void scale(int nodes, boolean force, Consumer<String> tell) {
    order(order(Orders.SCALE).put("nodes", nodes).put("force", force), tell);
  }

  public void replicas(int replicas, Consumer<String> tell) {
    order(order(Orders.REPLICAS).put("replicas", replicas), tell);
  }

  /** Of these processes, one after the other; of all but the brokers where none is named. */
  public void restart(List<String> names, Consumer<String> tell) {
    ObjectNode order = order(Orders.RESTART);
    names.forEach(order.putArray("nodes")::add);
    order(order, tell);
  }

  /** SIGKILL; it stays dead until healed. */
  public void kill(String name, Consumer<String> tell) {
    order(order(Orders.KILL).put("node", name), tell);
  }

  /** SIGSTOP; it stands still until healed. */
  public void freeze(String name, Consumer<String> tell) {
    order(order(Orders.FREEZE).put("node", name), tell);
  }

  /** Returns once it is ready again. */
  public void heal(String name, Consumer<String> tell) {
    order(order(Orders.HEAL).put("node", name), tell);
  }

  /** Says so only; it takes a while. */
  public void down() {
    order(order(Orders.DOWN), said -> {});
  }

  private static ObjectNode order(String what) {
    return Api.object().put("order", what);
  }

  private JsonNode order(ObjectNode order, Consumer<String> tell) {
    Path file = DataFolder.controlIn(root);
    if (!Files.exists(file)) {
      throw new Refused(
          "no cluster runs on "
              + root
              + ": start it with ./likeness cluster up, or name its folder with --data");
    }
    try {
      JsonNode where = JSON.readTree(Files.readString(file));
      order.put("secret", where.path("secret").asText());
      try (Socket socket = new Socket("127.0.0.1", where.path("port").asInt())) {
        socket.setSoTimeout(SILENCE_MILLIS_MAX);
        socket.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
        return answer(
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)),
            tell);
      }
    } catch (IOException e) {
      throw new Refused("the cluster on " + root + " does not answer: " + e.getMessage());
    }
  }

  private static JsonNode answer(BufferedReader lines, Consumer<String> tell) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      JsonNode said = JSON.readTree(line);
      if (said.has("done")) {
        return said.path("done");
      }
      if (said.has("failed")) {
        throw new Refused(said.path("failed").asText());
      }
      tell.accept(said.path("say").asText());
    }
    throw new Refused("the cluster ended before it was done");
  }
}
