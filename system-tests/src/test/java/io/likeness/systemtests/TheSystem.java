package io.likeness.systemtests;

import io.likeness.bench.api.Account;
import io.likeness.bench.api.ApiClient;
import io.likeness.features.DetectorFolder;
import io.likeness.gateway.auth.Credentials;
import io.likeness.standalone.DataFolder;
import io.likeness.standalone.Standalone;
import io.likeness.standalone.StandaloneConfig;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/**
 * One whole system for all test classes of this JVM, started by the first that asks. Tests reach it
 * as strangers do, over HTTP and Kafka, and keep apart by instances of their own. It has a detector
 * that somebody brought, {@code colours}.
 */
final class TheSystem {

  private static final class Shared {
    static final TheSystem SYSTEM = startTemporary();
  }

  private final Standalone standalone;
  private final ApiClient client;
  private final AtomicInteger names = new AtomicInteger();

  private TheSystem(Standalone standalone) {
    this.standalone = standalone;
    Credentials credentials = standalone.credentials();
    this.client =
        new ApiClient(
            standalone.endpoint(),
            new Account(
                credentials.projectId(),
                credentials.domain(),
                credentials.user(),
                credentials.password(),
                credentials.accessKey(),
                credentials.secretKey()));
  }

  static TheSystem shared() {
    return Shared.SYSTEM;
  }

  private static TheSystem startTemporary() {
    try {
      Path folder = Files.createTempDirectory("likeness-system-");
      var unused = DetectorFolder.yolox(DataFolder.modelsIn(folder));
      Standalone standalone = Standalone.start(StandaloneConfig.in(folder));
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .unstarted(
                      () -> {
                        standalone.close();
                        delete(folder);
                      }));
      return new TheSystem(standalone);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      // a temporary folder that stays does no harm
    }
  }

  /** The repository's folder, whether tests run in it or in their module. */
  static Path repository() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("docs/events.md")) ? here : here.resolve("..").normalize();
  }

  URI endpoint() {
    return standalone.endpoint();
  }

  String kafka() {
    return standalone.kafkaBootstrap();
  }

  /** The administrator's account, made at the first start. */
  Account admin() {
    return client.account();
  }

  /** As the administrator. */
  ApiClient client() {
    return client;
  }

  /** Another tenant, with nothing in it. */
  Account newAccount() {
    try {
      return Account.of(
          client
              .post(
                  "/api/v1/accounts",
                  new JsonObject()
                      .put("domain", "tenant-" + names.incrementAndGet())
                      .put("user", "owner"))
              .expect(201)
              .json());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A name no other test of this JVM uses. */
  String instanceName() {
    return "t" + names.incrementAndGet();
  }

  /** An instance of the administrator's, under a name of its own. */
  String newInstance(String... tags) {
    String name = instanceName();
    try {
      client.createInstance(name, List.of(tags), List.of()).expect(201);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return name;
  }
}
