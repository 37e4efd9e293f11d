package io.likeness.standalone.broker;

import io.likeness.node.process.ParentWatch;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/** The broker as a process of its own: folder, port and controller's port. */
public final class KafkaMain {

  private KafkaMain() {}

  public static void main(String[] args) throws InterruptedException {
    if (args.length != 3) {
      System.err.println("usage: kafka FOLDER PORT CONTROLLER-PORT");
      System.exit(2);
    }
    ParentWatch.startIfTold();
    KafkaBroker broker;
    try {
      broker =
          KafkaBroker.start(
              Path.of(args[0]),
              Integer.parseInt(args[1]),
              Integer.parseInt(args[2]),
              reason -> {
                System.err.println("kafka: " + reason);
                Runtime.getRuntime().halt(1);
              });
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
