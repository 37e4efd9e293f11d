package io.likeness.node.testing;

import io.likeness.node.config.Ports;
import io.likeness.node.kafka.KafkaSettings;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Properties;
import java.util.stream.Stream;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;

/** A real Kafka broker in this JVM, for tests. */
public final class EmbeddedKafka implements AutoCloseable {

  private static final class Shared {
    static final EmbeddedKafka BROKER = startTemporary();
  }

  private final KafkaRaftServer server;
  private final String bootstrap;

  private EmbeddedKafka(KafkaRaftServer server, String bootstrap) {
    this.server = server;
    this.bootstrap = bootstrap;
  }

  /**
   * One broker for all tests of this JVM; they keep apart by their topics' contents or use {@link
   * #start}.
   */
  public static EmbeddedKafka shared() {
    return Shared.BROKER;
  }

  /**
   * Starts a broker that keeps its log in this folder; a second start finds what the first one
   * kept.
   */
  public static EmbeddedKafka start(Path folder) {
    try {
      Files.createDirectories(folder);
      int port = Ports.free();
      int controller = Ports.free();
      Properties properties = properties(folder.resolve("log"), port, controller);
      Path file = folder.resolve("server.properties");
      try (var writer = Files.newBufferedWriter(file)) {
        properties.store(writer, null);
      }
      PrintStream nowhere = new PrintStream(java.io.OutputStream.nullOutputStream(), false);
      org.apache.kafka.common.utils.Exit.setExitProcedure(
          (status, message) -> {
            throw new IllegalStateException("Kafka wanted to exit with " + status + ": " + message);
          });
      kafka.tools.StorageTool.execute(
          new String[] {
            "format", "--ignore-formatted", "-t", clusterId(folder), "-c", file.toString()
          },
          nowhere);
      KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(properties), Time.SYSTEM);
      server.startup();
      return new EmbeddedKafka(server, "127.0.0.1:" + port);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String clusterId(Path folder) throws IOException {
    Path file = folder.resolve("cluster.id");
    if (!Files.exists(file)) {
      Files.writeString(file, Uuid.randomUuid().toString());
    }
    return Files.readString(file);
  }

  private static EmbeddedKafka startTemporary() {
    try {
      Path folder = Files.createTempDirectory("likeness-kafka-");
      EmbeddedKafka kafka = start(folder);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    kafka.close();
                    delete(folder);
                  }));
      return kafka;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Properties properties(Path log, int port, int controller) {
    Properties p = new Properties();
    p.put("process.roles", "broker,controller");
    p.put("node.id", "1");
    p.put("controller.quorum.voters", "1@127.0.0.1:" + controller);
    p.put("listeners", "PLAINTEXT://127.0.0.1:" + port + ",CONTROLLER://127.0.0.1:" + controller);
    p.put("advertised.listeners", "PLAINTEXT://127.0.0.1:" + port);
    p.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.put("controller.listener.names", "CONTROLLER");
    p.put("log.dirs", log.toString());
    p.put("offsets.topic.replication.factor", "1");
    p.put("offsets.topic.num.partitions", "2");
    p.put("transaction.state.log.replication.factor", "1");
    p.put("transaction.state.log.min.isr", "1");
    p.put("transaction.state.log.num.partitions", "2");
    p.put("group.initial.rebalance.delay.ms", "0");
    p.put("message.max.bytes", Integer.toString(16 << 20));
    p.put("replica.fetch.max.bytes", Integer.toString(16 << 20));
    p.put("log.cleaner.dedupe.buffer.size", Integer.toString(2 << 20));
    p.put("controlled.shutdown.enable", "false");
    p.put("auto.create.topics.enable", "false");
    return p;
  }

  public String bootstrap() {
    return bootstrap;
  }

  public KafkaSettings settings() {
    return new KafkaSettings(bootstrap, (short) 1);
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }

  private static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      // a temporary folder that stays does no harm
    }
  }
}
