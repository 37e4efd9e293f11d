package io.likeness.standalone.cli;

import io.likeness.gateway.auth.Credentials;
import io.likeness.standalone.CannotStart;
import io.likeness.standalone.RunningSystem;
import io.likeness.standalone.StandaloneConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** A system that runs until its process is asked to end: what it says, and how it ends. */
final class Foreground {

  private static final int STOPPED_EARLY = 143;

  private final StandaloneConfig config;
  private final boolean folderWasNamed;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private volatile boolean serving;

  Foreground(StandaloneConfig config, boolean folderWasNamed) {
    this.config = config;
    this.folderWasNamed = folderWasNamed;
  }

  /** As the options say; without a folder the environment's, or the usual one. */
  static StandaloneConfig config(
      @Nullable Path data, String host, int port, int kafkaPort, Map<String, String> settings) {
    Path folder =
        data != null
            ? data
            : Path.of(
                Optional.ofNullable(System.getenv("LIKENESS_DATA")).orElse(Target.DATA_DEFAULT));
    try {
      return new StandaloneConfig(folder, host, port, kafkaPort, settings);
    } catch (IllegalArgumentException e) {
      throw new UsageFault(String.valueOf(e.getMessage()));
    }
  }

  /** Starts it, says READY, and comes back when it has ended. */
  int run(Function<Consumer<String>, RunningSystem> start) throws InterruptedException {
    logInto(config.data().resolve("logs").resolve("likeness"));
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("stop").unstarted(this::stop));
    long begun = System.nanoTime();
    Consumer<String> tell = line -> System.err.println("likeness: " + line);
    tell.accept("data folder " + config.data());
    try (RunningSystem system = start.apply(tell)) {
      serving = true;
      tell.accept("started in " + (System.nanoTime() - begun) / 1_000_000 + " ms");
      welcome(system);
      System.out.println("READY " + system.endpoint());
      System.out.flush();
      while (!asked.await(200, TimeUnit.MILLISECONDS) && !system.isEndAsked()) {
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

  private void welcome(RunningSystem system) {
    Path folder = config.data();
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
      FirstSteps.of(folder, folderWasNamed).forEach(line -> System.out.println("  " + line));
      System.out.println();
    } else {
      System.out.println("The administrator's account: " + folder.resolve("credentials.json"));
    }
    System.out.println("Kafka, for producers on this machine: " + system.kafkaBootstrap());
    System.out.println("The API, described: " + system.endpoint() + "/docs");
  }
}
