package io.likeness.standalone.cli;

import io.likeness.gateway.auth.Credentials;
import io.likeness.standalone.CannotStart;
import io.likeness.standalone.RunningSystem;
import io.likeness.standalone.Standalone;
import io.likeness.standalone.StandaloneConfig;
import io.likeness.standalone.processes.SeparateProcesses;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
    name = "up",
    description =
        "Run the whole system in the foreground: Kafka and every role. Prints READY and its address once it serves.",
    footer = {
      "",
      "Ctrl-C or SIGTERM stop it cleanly. Logs are in DIR/logs.",
      "Exit codes: 0 stopped as asked, 1 could not start or go on, 2 wrong usage, 143 stopped before it served."
    })
final class UpCommand implements Callable<Integer> {

  private static final int STOPPED_EARLY = 143;

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "Keeps everything below this folder (LIKENESS_DATA; default: ./data).")
  @Nullable Path data;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "Port of the public APIs; 0 takes any free one (default: ${DEFAULT-VALUE}).")
  int port = 8080;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = StandaloneConfig.LOOPBACK,
      description =
          "Address of the public APIs; 0.0.0.0 serves other machines too (default: ${DEFAULT-VALUE}).")
  String host = StandaloneConfig.LOOPBACK;

  @Option(
      names = "--kafka-port",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Port of Kafka, on this machine only (default: a free one, the same at every start).")
  int kafkaPort;

  @Option(names = "--separate", description = "Run each role as a process of its own.")
  boolean separate;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A key of a role's configuration, such as ingest.threads=4; may be repeated.")
  Map<String, String> settings = new LinkedHashMap<>();

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help and end.")
  boolean help;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean serving;

  @Override
  public Integer call() throws InterruptedException {
    Path folder =
        data != null
            ? data
            : Path.of(
                Optional.ofNullable(System.getenv("LIKENESS_DATA")).orElse(Target.DATA_DEFAULT));
    StandaloneConfig config;
    try {
      config = new StandaloneConfig(folder, host, port, kafkaPort, settings);
    } catch (IllegalArgumentException e) {
      throw new UsageFault(String.valueOf(e.getMessage()));
    }
    logInto(config.data().resolve("logs").resolve("likeness"));
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(this::stop));
    long begun = System.nanoTime();
    Consumer<String> tell = line -> System.err.println("likeness: " + line);
    tell.accept("data folder " + config.data());
    try (RunningSystem system =
        separate ? SeparateProcesses.start(config, tell) : Standalone.start(config, tell)) {
      serving = true;
      tell.accept("started in " + (System.nanoTime() - begun) / 1_000_000 + " ms");
      welcome(system, folder);
      System.out.println("READY " + system.endpoint());
      System.out.flush();
      while (!asked.await(200, TimeUnit.MILLISECONDS)) {
        Optional<String> failure = system.failure();
        if (failure.isPresent()) {
          tell.accept("ends because " + failure.get());
          return Exit.FAILED;
        }
      }
      tell.accept("stopping");
    } catch (CannotStart e) {
      throw new Failure(String.valueOf(e.getMessage()));
    } finally {
      ended.countDown();
    }
    return Exit.OK;
  }

  /**
   * Runs when the process was asked to end. While starting there is nothing to bring to a good end:
   * everything survives being cut off.
   */
  private void stop() {
    if (ended.getCount() == 0) {
      return;
    }
    if (!serving) {
      System.err.println("likeness: stopped before it served");
      Runtime.getRuntime().halt(STOPPED_EARLY);
    }
    asked.countDown();
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    System.err.println("likeness: stopped");
    System.err.flush();
    Runtime.getRuntime().halt(Exit.OK);
  }

  /** Must come before anything logs. */
  private static void logInto(Path file) {
    System.setProperty("likeness.log", file.toString());
    System.setProperty("logback.configurationFile", "logback-file.xml");
    // Before several threads log at once: SLF4J would complain about those that come too early.
    LoggerFactory.getILoggerFactory();
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
  }

  private void welcome(RunningSystem system, Path folder) {
    Credentials account = system.credentials();
    if (system.isFirstStart()) {
      System.out.println(
          "The administrator's account, shown this once and kept in "
              + folder.resolve("credentials.json")
              + ":");
      System.out.println("  project_id  " + account.projectId());
      System.out.println("  domain      " + account.domain());
      System.out.println("  user        " + account.user());
      System.out.println("  password    " + account.password());
      System.out.println("  access_key  " + account.accessKey());
      System.out.println("  secret_key  " + account.secretKey());
      System.out.println();
      System.out.println("To try it, in another terminal:");
      FirstSteps.of(folder, data != null).forEach(line -> System.out.println("  " + line));
      System.out.println();
    } else {
      System.out.println("The administrator's account: " + folder.resolve("credentials.json"));
    }
    System.out.println("Kafka, for producers on this machine: " + system.kafkaBootstrap());
    System.out.println("The API, described: " + system.endpoint() + "/docs");
  }
}
