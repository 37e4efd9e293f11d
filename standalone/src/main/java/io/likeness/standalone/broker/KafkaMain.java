package io.likeness.standalone.broker;

import io.likeness.node.config.ConfigException;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.process.ParentWatch;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/** A broker as a process of its own: {@code --config FILE}, as {@link BrokerConfig} writes it. */
public final class KafkaMain {

  private KafkaMain() {}

  public static void main(String[] args) throws InterruptedException {
    if (args.length != 2 || !args[0].equals("--config")) {
      System.err.println("usage: kafka --config FILE");
      System.exit(2);
    }
    ParentWatch.startIfTold();
    KafkaBroker broker;
    try {
      ConfigReader config = ConfigReader.load(Path.of(args[1]), Map.of());
      BrokerConfig told = BrokerConfig.read(config);
      config.done();
      broker =
          KafkaBroker.start(
              told,
              reason -> {
                System.err.println("kafka: " + reason);
                Runtime.getRuntime().halt(1);
              });
    } catch (ConfigException e) {
      System.err.println("kafka: " + e.getMessage());
      System.exit(2);
      return;
    } catch (RuntimeException e) {
      System.err.println("kafka cannot start: " + e.getMessage());
      Runtime.getRuntime().halt(1);
      return;
    }
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .name("stop")
                .unstarted(
                    () -> {
                      broker.close();
                      ended.countDown();
                    }));
    ended.await();
  }
}
