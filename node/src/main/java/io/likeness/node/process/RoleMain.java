package io.likeness.node.process;

import io.likeness.node.cluster.Role;
import io.likeness.node.config.ConfigException;
import io.likeness.node.config.ConfigReader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/**
 * The main of every role that runs as a process of its own: {@code --config FILE}, else only the
 * environment. It ends with 0 after SIGTERM, 2 for a bad configuration, 1 where it cannot start or
 * go on.
 */
public final class RoleMain {

  private static final Logger log = LoggerFactory.getLogger(RoleMain.class);

  private RoleMain() {}

  public static void run(String[] args, Role role, RoleStarter starter) {
    ParentWatch.startIfTold();
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    List<String> words = Arrays.asList(args);
    if (words.contains("--help") || words.contains("-h")) {
      System.out.println(
          "usage: "
              + role.text()
              + " [--config FILE]\n"
              + "  FILE holds key = value lines; LIKENESS_<KEY> in the environment overrides a key.");
      return;
    }
    if (!words.isEmpty() && (words.size() != 2 || !words.getFirst().equals("--config"))) {
      System.err.println(
          role.text()
              + ": only --config FILE and --help are taken, not "
              + String.join(" ", words));
      System.exit(2);
    }
    NodeConfig nodeConfig;
    RoleStarter.Starter roleStarter;
    try {
      ConfigReader config =
          words.isEmpty()
              ? ConfigReader.environment(System.getenv())
              : ConfigReader.load(Path.of(words.get(1)), System.getenv());
      nodeConfig = NodeConfig.read(config, role.text());
      roleStarter = starter.read(config);
      config.done();
    } catch (ConfigException e) {
      System.err.println(role.text() + ": " + e.getMessage());
      System.exit(2);
      return;
    }
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(
                    () -> {
                      asked.countDown();
                      try {
                        ended.await();
                      } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                      }
                    }));
    int status = 0;
    try (Node node = Node.start(nodeConfig, Set.of(role))) {
      node.open(roleStarter.start(node.context()));
      log.info(
          "{} {} runs: gRPC {}, management {}",
          role.text(),
          nodeConfig.name(),
          node.context().grpc().address(),
          node.managementAddress());
      status = awaitEnd(asked, node.context().health());
    } catch (Exception e) {
      log.error("{} cannot start", role.text(), e);
      System.err.println(role.text() + " cannot start: " + e.getMessage());
      status = 1;
    } finally {
      ended.countDown();
    }
    if (status != 0) {
      System.exit(status);
    }
  }

  private static int awaitEnd(CountDownLatch asked, Health health) throws InterruptedException {
    while (!asked.await(1, java.util.concurrent.TimeUnit.SECONDS)) {
      if (!health.isLive()) {
        System.err.println("ends because " + health.deathReason().orElse("it is not alive"));
        return 1;
      }
    }
    return 0;
  }
}
