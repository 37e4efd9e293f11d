package io.likeness.gateway;

import com.github.benmanes.caffeine.cache.Ticker;
import io.likeness.gateway.alibaba.ImageSearchApi;
import io.likeness.gateway.alibaba.InMemoryUploads;
import io.likeness.gateway.alibaba.UploadDesk;
import io.likeness.gateway.api.NativeApi;
import io.likeness.gateway.auth.AccountBook;
import io.likeness.gateway.auth.Accounts;
import io.likeness.gateway.auth.Authenticator;
import io.likeness.gateway.auth.FailureCounter;
import io.likeness.gateway.auth.InMemoryFailureCounter;
import io.likeness.gateway.auth.InMemoryReplayGuard;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.gateway.auth.MetaAccountBook;
import io.likeness.gateway.auth.Passwords;
import io.likeness.gateway.auth.ReplayGuard;
import io.likeness.gateway.auth.RpcAuthenticator;
import io.likeness.gateway.auth.SubjectTokens;
import io.likeness.gateway.auth.TemporaryKeys;
import io.likeness.gateway.auth.iam.IamApi;
import io.likeness.gateway.http.CallMetrics;
import io.likeness.gateway.http.FairShare;
import io.likeness.gateway.http.GatewayServer;
import io.likeness.gateway.http.RateLimits;
import io.likeness.gateway.huawei.HuaweiV1Api;
import io.likeness.gateway.huawei.HuaweiV2Api;
import io.likeness.gateway.library.ClusterLibrary;
import io.likeness.gateway.library.ClusterView;
import io.likeness.gateway.library.CoordinatorClient;
import io.likeness.gateway.library.QuarantineView;
import io.likeness.gateway.membership.HazelcastFailureCounter;
import io.likeness.gateway.membership.HazelcastReplayGuard;
import io.likeness.gateway.publish.EventPublisher;
import io.likeness.node.cluster.Role;
import io.likeness.node.process.Closing;
import io.likeness.node.process.Health;
import io.likeness.node.process.NodeContext;
import io.likeness.wire.InstanceRecord;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running gateway: everything it is made of, closed in the reverse order of its making. */
public final class GatewayRole implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(GatewayRole.class);

  /** Signatures and names this process remembers where the cluster's shared memory is away. */
  private static final int REMEMBERED_MAX = 1_000_000;

  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final GatewayServer server;
  private volatile boolean stopping;

  private GatewayRole(GatewayConfig config, NodeContext context) {
    try {
      SecureRandom random = new SecureRandom();
      MasterKey masterKey = MasterKey.load(config.masterKey());
      AccountBook book = new MetaAccountBook(context.meta());
      Passwords passwords = new Passwords(random);
      Accounts accounts = new Accounts(book, masterKey, passwords, random, InstantSource.system());
      config.bootstrapCredentials().ifPresent(accounts::ensureAdmin);
      SubjectTokens tokens = new SubjectTokens(masterKey);
      TemporaryKeys temporaryKeys = new TemporaryKeys(masterKey, random);
      ReplayGuard replays =
          new HazelcastReplayGuard(
              context.membership().hazelcast(),
              new InMemoryReplayGuard(REMEMBERED_MAX, Ticker.systemTicker()));
      FailureCounter failures =
          new HazelcastFailureCounter(
              context.membership().hazelcast(),
              new InMemoryFailureCounter(REMEMBERED_MAX, Ticker.systemTicker()));
      Authenticator authenticator =
          new Authenticator(book, accounts, tokens, temporaryKeys, replays, failures, random);

      EventPublisher publisher =
          open(
              EventPublisher.open(
                  context.kafka(),
                  "gateway-" + context.nodeName(),
                  context.meta()::epoch,
                  config.publishDeadline(),
                  context.metrics()));
      CoordinatorClient coordinator =
          open(new CoordinatorClient(context.vertx(), context.membership()));
      ClusterLibrary library =
          ClusterLibrary.over(context, publisher, coordinator, config.askDeadline());
      QuarantineView quarantine =
          open(
              QuarantineView.open(
                  context.kafka(), "gateway-quarantine-" + context.nodeName(), publisher));
      ClusterView cluster = open(new ClusterView(context, coordinator, config.askDeadline()));

      CallMetrics calls = new CallMetrics(context.metrics());
      open(
          context
              .meta()
              .onChange(
                  () ->
                      calls.keepOnly(
                          context.meta().instances().stream()
                              .map(InstanceRecord::getUid)
                              .collect(Collectors.toSet()))));
      RateLimits rates =
          new RateLimits(config.ratePerSecond(), config.rateBurst(), System::nanoTime);
      FairShare share = new FairShare(config.http().limits().requestsMax());
      NativeApi nativeApi =
          NativeApi.of(
              new NativeApi.Parts(
                  library,
                  config.pictureBytesMax(),
                  quarantine,
                  cluster,
                  accounts,
                  book,
                  masterKey),
              authenticator::authenticate,
              rates,
              share,
              calls);
      HuaweiV1Api v1 =
          new HuaweiV1Api(
              library,
              new HuaweiV1Api.Settings(
                  config.visibleWait(), config.searchDeadline(), config.model()));
      HuaweiV2Api v2 =
          new HuaweiV2Api(
              library, new HuaweiV2Api.Settings(config.visibleWait(), config.searchDeadline()));
      IamApi iam =
          new IamApi(authenticator, book, tokens, temporaryKeys, passwords, failures, masterKey);
      CompatibleApis compatible =
          new CompatibleApis(authenticator, rates, share, v1, v2, iam, library, calls);
      AtomicInteger tlsPort = new AtomicInteger();
      UploadDesk uploads =
          new UploadDesk(
              new InMemoryUploads(config.uploadBytes(), UploadDesk.LIFE, Ticker.systemTicker()),
              masterKey,
              random,
              tlsPort::get);
      RpcApis rpc =
          new RpcApis(
              new RpcAuthenticator(book, accounts, temporaryKeys, replays, failures),
              rates,
              share,
              new ImageSearchApi(
                  library,
                  uploads,
                  new ImageSearchApi.Settings(
                      config.visibleWait(), config.searchDeadline(), config.ratePerSecond())),
              uploads,
              library,
              calls);
      Pages pages = new Pages(context.health(), context.metrics(), authenticator::authenticate);

      context.health().register("gateway", () -> state(context));
      server =
          open(
              GatewayServer.start(
                  context.vertx(),
                  config.http(),
                  new Site(nativeApi, compatible, rpc, pages, config.pictureBytesMax()),
                  context.metrics()));
      tlsPort.set(server.tlsPort().orElse(0));
      Thread.ofVirtual().name("gateway-warm-up").start(() -> warmUp(publisher, library));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** The first caller should not pay for the first connections to the log and to a coordinator. */
  private static void warmUp(EventPublisher publisher, Library library) {
    try {
      if (!publisher.warmUp() || library.models().isEmpty()) {
        log.info("the log or the coordinator is not there yet; the first calls will find it");
      }
    } catch (LibraryUnavailableException | IllegalStateException e) {
      log.info("not warmed up: {}", e.getMessage());
    }
  }

  public static GatewayRole start(GatewayConfig config, NodeContext context) {
    return new GatewayRole(config, context);
  }

  /** Where it listens. */
  public int port() {
    return server.port();
  }

  /** Where it listens for TLS; empty where it has no certificate. */
  public OptionalInt tlsPort() {
    return server.tlsPort();
  }

  private Health.State state(NodeContext context) {
    if (stopping) {
      return Health.State.down("stopping");
    }
    return context.membership().members(Role.COORDINATOR).isEmpty()
        ? Health.State.down("no coordinator is known to be alive")
        : Health.State.isUp();
  }

  private <T extends AutoCloseable> T open(T thing) {
    opened.push(thing);
    return thing;
  }

  @Override
  public void close() {
    stopping = true;
    while (!opened.isEmpty()) {
      Closing.quietly(opened.pop());
    }
  }
}
