package io.likeness.standalone.broker;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Properties;
import java.util.function.Consumer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka broker, its own controller, in this process. Its folder is formatted at the first
 * start; it listens on the loopback interface only.
 *
 * <p>Kafka ends its process where it cannot go on (a full or broken disk). In a process that is not
 * its own it must not: {@code onFatal} is told instead, once, and the broker is left for dead.
 */
public final class KafkaBroker implements AutoCloseable {

  private static final String LOOPBACK = "127.0.0.1";
  private static final int RECORD_BYTES_MAX = 16 << 20;
  private static final int CLEANER_BYTES = 2 << 20;

  private final KafkaRaftServer server;
  private final String bootstrap;

  private KafkaBroker(KafkaRaftServer server, String bootstrap) {
    this.server = server;
    this.bootstrap = bootstrap;
  }

  public static KafkaBroker start(
      Path folder, int port, int controllerPort, Consumer<String> onFatal) {
    Exit.setExitProcedure((status, message) -> refuseExit(status, message, onFatal));
    Exit.setHaltProcedure((status, message) -> refuseExit(status, message, onFatal));
    try {
      Files.createDirectories(folder);
      Properties properties = properties(folder.resolve("log"), port, controllerPort);
      Path file = folder.resolve("server.properties");
      try (var writer = Files.newBufferedWriter(file)) {
        properties.store(writer, null);
      }
      formatOnce(folder, file);
      KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
      try {
        server.startup();
      } catch (RuntimeException e) {
        server.shutdown();
        throw e;
      }
      return new KafkaBroker(server, LOOPBACK + ":" + port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The marker is written after Kafka has formatted its folder, so a start killed in between
   * formats again; the id is the same, which Kafka insists on.
   */
  private static void formatOnce(Path folder, Path properties) throws IOException {
    Path formatted = folder.resolve("formatted");
    if (Files.exists(formatted)) {
      return;
    }
    Path id = folder.resolve("cluster.id");
    if (!Files.exists(id)) {
      Path written = folder.resolve("cluster.id.new");
      Files.writeString(written, Uuid.randomUuid().toString());
      Files.move(written, id, StandardCopyOption.ATOMIC_MOVE);
    }
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    String[] arguments = {
      "format",
      "--ignore-formatted",
      "-t",
      Files.readString(id).strip(),
      "-c",
      properties.toString()
    };
    int status =
        StorageTool.execute(arguments, new PrintStream(said, true, StandardCharsets.UTF_8));
    if (status != 0) {
      throw new IllegalStateException(
          "Kafka cannot format its folder: " + said.toString(StandardCharsets.UTF_8).strip());
    }
    Files.createFile(formatted);
  }

  private static void refuseExit(int status, @Nullable String message, Consumer<String> onFatal) {
    String reason =
        "Kafka wanted to exit with status " + status + (message == null ? "" : ": " + message);
    onFatal.accept(reason);
    throw new IllegalStateException(reason);
  }

  private static Properties properties(Path log, int port, int controllerPort) {
    Properties p = new Properties();
    p.put("process.roles", "broker,controller");
    p.put("node.id", "1");
    p.put("controller.quorum.voters", "1@" + LOOPBACK + ":" + controllerPort);
    p.put(
        "listeners",
        "PLAINTEXT://"
            + LOOPBACK
            + ":"
            + port
            + ",CONTROLLER://"
            + LOOPBACK
            + ":"
            + controllerPort);
    p.put("advertised.listeners", "PLAINTEXT://" + LOOPBACK + ":" + port);
    p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.put("controller.listener.names", "CONTROLLER");
    p.put("log.dirs", log.toString());
    p.put("auto.create.topics.enable", "false");
    p.put("message.max.bytes", Integer.toString(RECORD_BYTES_MAX));
    p.put("replica.fetch.max.bytes", Integer.toString(RECORD_BYTES_MAX));
    // The log is the truth: nothing leaves it by age or size.
    p.put("log.retention.ms", "-1");
    p.put("log.retention.bytes", "-1");
    // A system switched off for a month must not start reading from the beginning.
    p.put("offsets.retention.minutes", Integer.toString(Integer.MAX_VALUE));
    // One broker: one copy of everything, and few partitions of what Kafka keeps for itself.
    p.put("offsets.topic.replication.factor", "1");
    p.put("offsets.topic.num.partitions", "2");
    p.put("transaction.state.log.replication.factor", "1");
    p.put("transaction.state.log.min.isr", "1");
    p.put("transaction.state.log.num.partitions", "2");
    p.put("share.coordinator.state.topic.replication.factor", "1");
    p.put("share.coordinator.state.topic.min.isr", "1");
    p.put("share.coordinator.state.topic.num.partitions", "2");
    p.put("group.initial.rebalance.delay.ms", "0");
    p.put("log.cleaner.dedupe.buffer.size", Integer.toString(CLEANER_BYTES));
    p.put("num.recovery.threads.per.data.dir", "2");
    // A broker that says goodbye is let in again at once; the controller waits for the session of
    // one
    // that did not (killed), so that must be short.
    p.put("controlled.shutdown.enable", "true");
    p.put("broker.session.timeout.ms", "5000");
    p.put("broker.heartbeat.interval.ms", "500");
    return p;
  }

  /** The address producers and consumers are given. */
  public String bootstrap() {
    return bootstrap;
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}
