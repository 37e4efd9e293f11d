package io.likeness.features.fetch;

import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Fetches a picture from an address a stranger gave.
 *
 * <p>The name is resolved once, every address it has is checked, and the connection is made to the
 * address that was checked: a name that answers differently the second time gains nothing. The
 * JDK's HTTP client resolves by itself, after any check, so this speaks HTTP/1.1 over sockets of
 * its own; TLS still names and verifies the host. Each redirect is a new address and is checked as
 * the first one was. One deadline covers everything, and a peer that drips bytes meets it too: at
 * its end the socket is closed from outside.
 *
 * <p>Objects of a store ({@code s3://bucket/key}) are read where the operator opened their buckets.
 *
 * <p>Safe for many threads; blocks the calling one, which may be virtual.
 */
public final class PictureFetcher implements AutoCloseable {

  private static final int URL_CHARACTERS_MAX = 4096;
  private static final int ADDRESSES_TRIED_MAX = 3;
  private static final Set<Integer> USUAL_PORTS = Set.of(80, 443);

  private final FetchConfig config;
  private final AddressGuard guard;
  private final Resolver resolver;
  private final SSLSocketFactory tls;
  private final Connector connector;
  private final FetchRoom room;
  private final Map<String, ObjectStore> stores = new HashMap<>();

  /**
   * Hosts whose last part is a number are addresses, and programs disagree on which: 0177.0.0.1 is
   * 127.0.0.1 to one and 177.0.0.1 to the next. Only the form all agree on is followed.
   */
  private static final Pattern NUMBER_AT_END =
      Pattern.compile("(^|\\.)([0-9]+|0[xX][0-9a-fA-F]*)\\.?$");

  private static final Pattern FOUR_NUMBERS =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");

  /** Names to addresses. */
  interface Resolver {
    List<InetAddress> resolve(String host) throws UnknownHostException;
  }

  /** The one way out: every connection to a host is made by it. */
  interface Connector {
    void connect(Socket socket, InetSocketAddress address, int millisMax) throws IOException;
  }

  public PictureFetcher(FetchConfig config) {
    this(
        config,
        host -> List.of(InetAddress.getAllByName(host)),
        (SSLSocketFactory) SSLSocketFactory.getDefault());
  }

  PictureFetcher(FetchConfig config, Resolver resolver, SSLSocketFactory tls) {
    this(config, resolver, tls, Socket::connect);
  }

  PictureFetcher(FetchConfig config, Resolver resolver, SSLSocketFactory tls, Connector connector) {
    this.config = config;
    this.guard = new AddressGuard(config.allow());
    this.resolver = resolver;
    this.tls = tls;
    this.connector = connector;
    this.room = new FetchRoom(config.room());
    config
        .objectStores()
        .forEach(
            (scheme, store) ->
                stores.put(scheme, new ObjectStore(store, config.bytesMax(), config.deadline())));
  }

  private static final Pattern SECONDS = Pattern.compile("\\d{1,9}");

  /** An outcome found while deep in a fetch; never leaves this class. */
  private static final class Ended extends Exception {

    private static final long serialVersionUID = 1;

    private final transient FetchOutcome outcome;

    private Ended(FetchOutcome outcome) {
      super(null, null, false, false);
      this.outcome = outcome;
    }

    static Ended refused(String detail) {
      return new Ended(new FetchRefused(rejection(RejectionKind.FETCH_REFUSED, detail)));
    }

    static Ended failed(String detail, boolean retry) {
      return new Ended(new FetchFailed(rejection(RejectionKind.FETCH_FAILED, detail), retry));
    }
  }

  /** Where to ask: an address taken apart, its form checked. */
  private record Target(URI uri, boolean secure, String host, int port) {

    String path() {
      String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
      return uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    }

    String hostHeader() {
      return uri.getPort() < 0 ? uri.getHost() : uri.getHost() + ":" + uri.getPort();
    }
  }

  public FetchOutcome fetch(String url) {
    try {
      if (url.length() > URL_CHARACTERS_MAX) {
        throw Ended.refused(
            "the address has %d characters, at most %d"
                .formatted(url.length(), URL_CHARACTERS_MAX));
      }
      return ObjectAddress.isOne(url) ? fromStore(url) : fromHost(url);
    } catch (Ended ended) {
      return ended.outcome;
    }
  }

  private FetchOutcome fromStore(String url) throws Ended {
    ObjectAddress address;
    try {
      address = ObjectAddress.parse(url);
    } catch (IllegalArgumentException malformed) {
      throw Ended.refused(String.valueOf(malformed.getMessage()));
    }
    ObjectStore store = stores.get(address.scheme());
    if (store == null || !store.allows(address)) {
      throw Ended.refused(
          "bucket %s is not open for fetching; name it in the worker's configuration if it shall be"
              .formatted(address.bucket()));
    }
    // A bucket's dots and dashes cannot be mistaken for a host's name: it stands behind its scheme.
    try (FetchRoom.Place place = enter(address.scheme() + "://" + address.bucket())) {
      return store.read(address, config.deadline());
    }
  }

  private FetchRoom.Place enter(String host) throws Ended {
    return room.enter(host, config.deadline().toNanos())
        .orElseThrow(
            () ->
                Ended.failed(
                    "too much is being fetched already: no place for %s within %d ms"
                        .formatted(host, config.deadline().toMillis()),
                    true));
  }

  private FetchOutcome fromHost(String url) throws Ended {
    Target target = target(url);
    long end = 0;
    for (int redirects = 0; ; redirects++) {
      Reply reply;
      try (FetchRoom.Place place = enter(target.host())) {
        if (redirects == 0) {
          // Waiting for a place was not the host's fault; its time begins here.
          end = System.nanoTime() + config.deadline().toNanos();
        }
        reply = ask(target, end);
      }
      switch (reply) {
        case Body body -> {
          return body.fetched();
        }
        case Redirect redirect -> {
          if (redirects == config.redirectsMax()) {
            throw Ended.refused(
                "the address redirects over %d times".formatted(config.redirectsMax()));
          }
          target = target(resolved(target.uri(), redirect.location()));
        }
      }
    }
  }

  private sealed interface Asked {}

  private sealed interface Reply extends Asked {}

  private record Unreachable(String reason) implements Asked {}

  private record Body(Fetched fetched) implements Reply {}

  private record Redirect(String location) implements Reply {}

  private Target target(String url) throws Ended {
    URI uri;
    try {
      uri = new URI(url.strip());
    } catch (URISyntaxException malformed) {
      throw Ended.refused("the address is no URL: " + malformed.getReason());
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    boolean secure = scheme.equals("https");
    if (!secure && !scheme.equals("http")) {
      throw Ended.refused(
          "the address begins with \"%s\", must be http or https"
              .formatted(scheme.length() > 20 ? scheme.substring(0, 20) : scheme));
    }
    if (uri.getHost() == null || uri.getHost().isEmpty()) {
      throw Ended.refused("the address names no host that can be read");
    }
    if (uri.getRawUserInfo() != null) {
      throw Ended.refused("the address holds a user name, which is not sent");
    }
    int port = uri.getPort() >= 0 ? uri.getPort() : secure ? 443 : 80;
    if (!USUAL_PORTS.contains(port) && !config.morePorts().contains(port)) {
      throw Ended.refused("port %d is not open for fetching".formatted(port));
    }
    String host = uri.getHost();
    if (host.startsWith("[")) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.indexOf('%') >= 0) {
      throw Ended.refused("the host names a network interface of the machine that fetches");
    }
    if (NUMBER_AT_END.matcher(host).find() && !FOUR_NUMBERS.matcher(host).matches()) {
      throw Ended.refused("the host is a number, but not four decimal ones with dots between");
    }
    if (uri.getRawPath() != null && !isAscii(uri.getRawPath() + uri.getRawQuery())) {
      throw Ended.refused("the address holds characters that must be percent-encoded");
    }
    return new Target(uri, secure, host, port);
  }

  private static boolean isAscii(String text) {
    return text.chars().allMatch(c -> c > ' ' && c < 127);
  }

  private static String resolved(URI base, String location) throws Ended {
    try {
      return base.resolve(new URI(location)).toString();
    } catch (URISyntaxException | IllegalArgumentException malformed) {
      throw Ended.refused("the address redirects to what is no URL");
    }
  }

  private Reply ask(Target target, long end) throws Ended {
    List<InetAddress> addresses = resolve(target, end);
    for (InetAddress address : addresses) {
      // Not one of them may be private; a name that mixes them is an attempt, not an accident.
      // Which address it was stays here: the asker shall not map this network by trying names.
      if (!guard.allows(target.host(), address)) {
        throw Ended.refused(
            "%s is not a public host; allow it in the worker's configuration if it shall be"
                .formatted(target.host()));
      }
    }
    int tries = Math.min(ADDRESSES_TRIED_MAX, addresses.size());
    String last = "";
    for (int i = 0; i < tries; i++) {
      // A silent address leaves time for the next one.
      switch (ask(target, addresses.get(i), end, left(end).dividedBy(tries - i))) {
        case Unreachable unreachable -> last = unreachable.reason();
        case Reply reply -> {
          return reply;
        }
      }
    }
    throw left(end).isPositive()
        ? Ended.failed("%s cannot be reached: %s".formatted(target.host(), last), true)
        : late(target);
  }

  private Asked ask(Target target, InetAddress address, long end, Duration connectMax)
      throws Ended {
    try (Socket socket = new Socket(Proxy.NO_PROXY)) {
      Thread watch = closeAt(end, socket);
      try {
        try {
          int millis = (int) Math.clamp(connectMax.toMillis(), 1, Integer.MAX_VALUE);
          connector.connect(socket, new InetSocketAddress(address, target.port()), millis);
        } catch (IOException unreachable) {
          return new Unreachable(reason(unreachable));
        }
        return exchange(target, socket);
      } finally {
        watch.interrupt();
      }
    } catch (SSLException untrusted) {
      throw left(end).isPositive()
          ? Ended.failed("%s cannot be trusted: TLS failed".formatted(target.host()), false)
          : late(target);
    } catch (IOException broken) {
      throw left(end).isPositive()
          ? Ended.failed(
              "the connection to %s broke: %s".formatted(target.host(), reason(broken)), true)
          : late(target);
    }
  }

  /** The system's resolver knows no deadline, so it is waited for from outside. */
  private List<InetAddress> resolve(Target target, long end) throws Ended {
    FutureTask<List<InetAddress>> lookUp = new FutureTask<>(() -> resolver.resolve(target.host()));
    Thread.ofVirtual().name("resolve").start(lookUp);
    try {
      List<InetAddress> addresses = lookUp.get(left(end).toNanos(), TimeUnit.NANOSECONDS);
      if (addresses.isEmpty()) {
        throw Ended.failed("%s has no address".formatted(target.host()), true);
      }
      return addresses;
    } catch (TimeoutException late) {
      throw late(target);
    } catch (ExecutionException unknown) {
      throw Ended.failed("%s has no address".formatted(target.host()), true);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while fetching");
    }
  }

  private static Thread closeAt(long end, Socket socket) {
    return Thread.ofVirtual()
        .name("fetch-deadline")
        .start(
            () -> {
              try {
                Thread.sleep(left(end));
                socket.close();
              } catch (InterruptedException done) {
                // The fetch ended first.
              } catch (IOException closing) {
                // It is being closed because it failed; that it fails again changes nothing.
              }
            });
  }

  private Reply exchange(Target target, Socket plain) throws IOException, Ended {
    Socket socket = target.secure() ? secured(target, plain) : plain;
    OutputStream output = socket.getOutputStream();
    output.write(HttpAnswer.request(target.path(), target.hostHeader()));
    output.flush();
    try {
      HttpAnswer answer = HttpAnswer.read(new BufferedInputStream(socket.getInputStream()));
      int status = answer.status();
      return switch (status) {
        case 200 -> new Body(new Fetched(answer.body(config.bytesMax())));
        case 301, 302, 303, 307, 308 -> {
          Optional<String> location = answer.header("location");
          if (location.isEmpty()) {
            throw Ended.refused("%s redirects to nowhere".formatted(target.host()));
          }
          yield new Redirect(location.get());
        }
        case 408, 425, 429 -> throw status(target, answer, true);
        default -> throw status(target, answer, status >= 500);
      };
    } catch (HttpAnswer.Unusable unusable) {
      RejectionKind kind =
          unusable.tooLarge() ? RejectionKind.PICTURE_TOO_LARGE : RejectionKind.FETCH_REFUSED;
      throw new Ended(
          new FetchRefused(rejection(kind, target.host() + ": " + unusable.getMessage())));
    }
  }

  private SSLSocket secured(Target target, Socket plain) throws IOException {
    SSLSocket socket = (SSLSocket) tls.createSocket(plain, target.host(), target.port(), true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static Ended status(Target target, HttpAnswer answer, boolean retry) {
    String detail = "%s answered with status %d".formatted(target.host(), answer.status());
    Duration notBefore =
        answer.header("retry-after").map(PictureFetcher::pause).orElse(Duration.ZERO);
    return new Ended(
        new FetchFailed(rejection(RejectionKind.FETCH_FAILED, detail), retry, notBefore));
  }

  /** Seconds or a date; zero where it is neither or over. */
  private static Duration pause(String retryAfter) {
    if (SECONDS.matcher(retryAfter).matches()) {
      return Duration.ofSeconds(Long.parseLong(retryAfter));
    }
    try {
      Instant then = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(retryAfter));
      Duration pause = Duration.between(Instant.now(), then);
      return pause.isNegative() ? Duration.ZERO : pause;
    } catch (DateTimeException noDate) {
      return Duration.ZERO;
    }
  }

  private Ended late(Target target) {
    return Ended.failed(
        "%s did not answer within %d ms".formatted(target.host(), config.deadline().toMillis()),
        true);
  }

  private static Duration left(long end) {
    return Duration.ofNanos(Math.max(0, end - System.nanoTime()));
  }

  private static String reason(IOException failure) {
    String message = failure.getMessage();
    return message == null ? failure.getClass().getSimpleName() : message;
  }

  private static Rejection rejection(RejectionKind kind, String detail) {
    return Rejection.newBuilder().setKind(kind).setDetail(detail).build();
  }

  /** Ends the clients of the object stores. */
  @Override
  public void close() {
    stores.values().forEach(ObjectStore::close);
  }
}
