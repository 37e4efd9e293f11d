package io.likeness.standalone.broker;

import io.likeness.standalone.CannotStart;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import java.util.StringJoiner;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.jspecify.annotations.Nullable;

/**
 * A real Kafka broker in this process, alone or one of several. Its folder is formatted at the
 * first start; it listens on the address it is told only.
 *
 * <p>Kafka ends its process where it cannot go on (a full or broken disk). In a process that is not
 * its own it must not: {@code onFatal} is told instead, once, and the broker is left for dead.
 */
public final class KafkaBroker implements AutoCloseable {

  private static final int RECORD_BYTES_MAX = 16 << 20;
  private static final int ASK_SECONDS = 10;
  private static final int ASK_AGAIN_MILLIS = 100;
  private static final int CLEANER_BYTES = 2 << 20;

  private final KafkaRaftServer server;
  private final String bootstrap;

  private KafkaBroker(KafkaRaftServer server, String bootstrap) {
    this.server = server;
    this.bootstrap = bootstrap;
  }

  public static KafkaBroker start(BrokerConfig config, Consumer<String> onFatal) {
    Exit.setExitProcedure((status, message) -> refuseExit(status, message, onFatal));
    Exit.setHaltProcedure((status, message) -> refuseExit(status, message, onFatal));
    try {
      Files.createDirectories(config.folder());
      Properties properties = properties(config);
      Path file = config.folder().resolve("server.properties");
      try (var writer = Files.newBufferedWriter(file)) {
        properties.store(writer, null);
      }
      formatOnce(config, file);
      KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
      try {
        server.startup();
      } catch (RuntimeException e) {
        server.shutdown();
        throw e;
      }
      return new KafkaBroker(server, config.address().toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Makes the id of a cluster that has none yet. Before several brokers start at once. */
  public static void makeClusterId(Path id) throws IOException {
    if (!Files.exists(id)) {
      Path written = id.resolveSibling(id.getFileName() + ".new");
      Files.writeString(written, Uuid.randomUuid().toString());
      Files.move(written, id, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  /**
   * The marker is written after Kafka has formatted its folder, so a start killed in between
   * formats again; the id is the same, which Kafka insists on.
   */
  private static void formatOnce(BrokerConfig config, Path properties) throws IOException {
    Path formatted = config.folder().resolve("formatted");
    if (Files.exists(formatted)) {
      return;
    }
    makeClusterId(config.clusterId());
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    String[] arguments = {
      "format",
      "--ignore-formatted",
      "-t",
      Files.readString(config.clusterId()).strip(),
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

  private static Properties properties(BrokerConfig config) {
    Properties p = new Properties();
    p.put("process.roles", config.isController() ? "broker,controller" : "broker");
    p.put("node.id", Integer.toString(config.id()));
    StringJoiner voters = new StringJoiner(",");
    for (int i = 0; i < config.controllers().size(); i++) {
      voters.add((i + 1) + "@" + config.controllers().get(i));
    }
    p.put("controller.quorum.voters", voters.toString());
    String listener = "PLAINTEXT://" + config.address();
    p.put(
        "listeners",
        config.isController()
            ? listener + ",CONTROLLER://" + config.controllers().get(config.id() - 1)
            : listener);
    p.put("advertised.listeners", listener);
    p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.put("controller.listener.names", "CONTROLLER");
    p.put("log.dirs", config.folder().resolve("log").toString());
    p.put("auto.create.topics.enable", "false");
    p.put("message.max.bytes", Integer.toString(RECORD_BYTES_MAX));
    p.put("replica.fetch.max.bytes", Integer.toString(RECORD_BYTES_MAX));
    // The log is the truth: nothing leaves it by age or size.
    p.put("log.retention.ms", "-1");
    p.put("log.retention.bytes", "-1");
    // A system switched off for a month must not start reading from the beginning.
    p.put("offsets.retention.minutes", Integer.toString(Integer.MAX_VALUE));
    // What Kafka keeps for itself is as safe as the rest, and in few partitions.
    String copies = Integer.toString(BrokerConfig.copiesOf(config.brokers()));
    String inSync = Integer.toString(config.inSyncMin());
    p.put("default.replication.factor", copies);
    p.put("offsets.topic.replication.factor", copies);
    p.put("offsets.topic.num.partitions", "2");
    p.put("transaction.state.log.replication.factor", copies);
    p.put("transaction.state.log.min.isr", inSync);
    p.put("transaction.state.log.num.partitions", "2");
    p.put("share.coordinator.state.topic.replication.factor", copies);
    p.put("share.coordinator.state.topic.min.isr", inSync);
    p.put("share.coordinator.state.topic.num.partitions", "2");
    p.put("group.initial.rebalance.delay.ms", "0");
    p.put("log.cleaner.dedupe.buffer.size", Integer.toString(CLEANER_BYTES));
    p.put("num.recovery.threads.per.data.dir", "2");
    // A broker that says goodbye is let in again at once; the controller waits for the session of
    // one that did not (killed), so that must be short.
    p.put("controlled.shutdown.enable", "true");
    // Several brokers on one busy machine are late more often than they are gone.
    p.put("broker.session.timeout.ms", config.brokers() == 1 ? "5000" : "9000");
    p.put("broker.heartbeat.interval.ms", "500");
    return p;
  }

  /** Returns once so many brokers know one another; throws where they do not within this time. */
  public static void awaitAll(String bootstrap, int brokers, Duration atMost) {
    long end = System.nanoTime() + atMost.toNanos();
    String found = "nobody";
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrap))) {
      while (System.nanoTime() < end) {
        try {
          int known = admin.describeCluster().nodes().get(ASK_SECONDS, TimeUnit.SECONDS).size();
          if (known >= brokers) {
            return;
          }
          found = Integer.toString(known);
        } catch (ExecutionException | TimeoutException e) {
          found = String.valueOf(e.getMessage());
        }
        Thread.sleep(ASK_AGAIN_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CannotStart("interrupted while starting", e);
    }
    throw new CannotStart(
        "of " + brokers + " brokers " + found + " came together in " + atMost.toSeconds() + " s");
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
