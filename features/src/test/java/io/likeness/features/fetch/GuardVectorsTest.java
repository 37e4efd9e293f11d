package io.likeness.features.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.RejectionKind;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Addresses of strangers that lead inside, in every notation known to us: none is connected to. */
class GuardVectorsTest {

  /** What a directory under a stranger's control answers. */
  private static final Map<String, List<String>> DIRECTORY =
      Map.ofEntries(
          Map.entry("localhost", List.of("127.0.0.1")),
          Map.entry("localhost.", List.of("127.0.0.1")),
          Map.entry("loopback.example", List.of("127.0.0.1")),
          Map.entry("loopback6.example", List.of("::1")),
          Map.entry("mapped.example", List.of("::ffff:10.0.0.7")),
          Map.entry("private.example", List.of("10.0.0.7")),
          Map.entry("metadata.example", List.of("169.254.169.254")),
          Map.entry("metadata.google.internal", List.of("169.254.169.254")),
          Map.entry("kubernetes.default.svc", List.of("10.96.0.1")),
          Map.entry("mixed.example", List.of("93.184.216.34", "192.168.0.1")),
          Map.entry("mixed6.example", List.of("2606:4700::1111", "fd00::1")),
          Map.entry("zero.example", List.of("0.0.0.0")),
          Map.entry("teredo.example", List.of("2001:0:4136:e378:8000:63bf:3fff:fdd2")),
          Map.entry("nat64.example", List.of("64:ff9b::a9fe:a9fe")),
          Map.entry("6to4.example", List.of("2002:a9fe:a9fe::1")),
          Map.entry("isatap.example", List.of("2606:4700::5efe:10.0.0.7")));

  static Stream<String> vectors() {
    return Stream.of(
        // Plain, at every edge.
        "http://127.0.0.1/",
        "http://127.255.255.254/",
        "http://10.0.0.1/",
        "http://172.16.0.1/",
        "http://172.31.255.255/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://169.254.170.2/v2/credentials",
        "http://100.100.100.200/latest/meta-data/",
        "http://192.0.0.192/opc/v1/instance/",
        "http://168.63.129.16/machine",
        "http://100.64.0.1/",
        "http://198.18.0.1/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://0.0.0.0/",
        "https://127.0.0.1/",
        "http://127.0.0.1:443/",
        // One number, decimal, octal, hexadecimal, and wrapped around.
        "http://2130706433/",
        "http://2852039166/latest/meta-data/",
        "http://017700000001/",
        "http://0x7f000001/",
        "http://0X7F000001/",
        "http://0xa9fea9fe/",
        "http://4294967295/",
        "http://6425673729/",
        "http://0/",
        "http://0x/",
        // Parts in other bases, short, with zeros before, over their bound.
        "http://0x7f.0x0.0x0.0x1/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://0177.0.0.01/",
        "http://127.1/",
        "http://127.0.1/",
        "http://10.1/",
        "http://192.168.257/",
        "http://127.0.0.01/",
        "http://127.000.000.001/",
        "http://383.0.0.1/",
        "http://127.0.0.1./",
        "http://169.254.43518/",
        "http://0xa9.0xfe.0xa9.0xfe/",
        // IPv6: loopback and its spellings, mapped, compatible, translated, tunnelled.
        "http://[::1]/",
        "http://[0:0:0:0:0:0:0:1]/",
        "http://[0000:0000:0000:0000:0000:0000:0000:0001]/",
        "http://[::]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[0:0:0:0:0:ffff:a9fe:a9fe]/",
        "http://[::ffff:0:127.0.0.1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[64:ff9b::169.254.169.254]/",
        "http://[64:ff9b:1::10.0.0.1]/",
        "http://[2002:7f00:1::]/",
        "http://[2002:c0a8:101::1]/",
        "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
        "http://[2606:4700::5efe:127.0.0.1]/",
        "http://[2606:4700::200:5efe:10.0.0.1]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[::1%25lo]/",
        "http://[2606:4700::1111%25eth0]/",
        "http://[fc00::1]/",
        "http://[fd00:ec2::254]/latest/meta-data/",
        "http://[fec0::1]/",
        "http://[ff02::1]/",
        "http://[v1.fe80::1]/",
        // Names that lead inside.
        "http://localhost/",
        "http://LOCALHOST/",
        "http://localhost./",
        "http://loopback.example/",
        "http://loopback6.example/",
        "http://mapped.example/",
        "http://private.example/",
        "http://metadata.example/",
        "http://metadata.google.internal/computeMetadata/v1/",
        "http://kubernetes.default.svc/",
        "http://mixed.example/",
        "http://mixed6.example/",
        "http://zero.example/",
        "http://teredo.example/",
        "http://nat64.example/",
        "http://6to4.example/",
        "http://isatap.example/",
        // Letters that only look like digits and dots; percent-encoding; what programs read apart.
        "http://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
        "http://\uff11\uff12\uff17.0.0.1/",
        "http://127\u30020\u30020\u30021/",
        "http://%31%32%37.0.0.1/",
        "http://127.0.0.1%2f@public.example/",
        "http://public.example@127.0.0.1/",
        "http://127.0.0.1#@public.example/",
        "http://127.0.0.1\\@public.example/",
        "http://public.example\\@127.0.0.1/",
        "http://127.0.0.1\t/",
        "http://127.0.0.1\r\nHost: public.example/",
        "http:/\\127.0.0.1/",
        "http:127.0.0.1/",
        "///127.0.0.1/",
        // Schemes and ports.
        "file:///etc/passwd",
        "ftp://public.example/x",
        "gopher://127.0.0.1:6379/_INFO",
        "dict://127.0.0.1:11211/stat",
        "ldap://127.0.0.1/",
        "jar:http://public.example/x!/y",
        "data:image/png;base64,AAAA",
        "javascript:1",
        "http://public.example:22/",
        "http://public.example:6379/",
        "http://public.example:0/",
        "http://public.example:65536/",
        "http://public.example:-1/",
        // Stores nobody opened.
        "s3://secrets/key",
        "S3://secrets/key",
        "obs://secrets/key",
        "s3://127.0.0.1/key",
        "s3://a/../b",
        "s3:///etc/passwd");
  }

  private final List<InetSocketAddress> connected = Collections.synchronizedList(new ArrayList<>());

  private PictureFetcher fetcher(PictureFetcher.Resolver resolver) {
    return new PictureFetcher(
        FetchConfig.defaults(),
        resolver,
        (SSLSocketFactory) SSLSocketFactory.getDefault(),
        (socket, address, millisMax) -> {
          connected.add(address);
          throw new IOException("no connection leaves this test");
        });
  }

  /** Literals as the system reads them, names as the stranger's directory says. */
  private static List<InetAddress> resolve(String host) throws UnknownHostException {
    List<String> known = DIRECTORY.get(host.toLowerCase(Locale.ROOT));
    if (known != null) {
      return known.stream().map(InetAddress::ofLiteral).toList();
    }
    if (host.equals("public.example")) {
      return List.of(InetAddress.ofLiteral("93.184.216.34"));
    }
    try {
      return List.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException unknown) {
      throw new UnknownHostException(host);
    }
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void refusesWithoutAnyConnection(String url) {
    FetchOutcome outcome = fetcher(GuardVectorsTest::resolve).fetch(url);

    assertThat(connected).isEmpty();
    assertThat(outcome)
        .isInstanceOfSatisfying(
            FetchRefused.class,
            refused ->
                assertThat(refused.rejection().getKind()).isEqualTo(RejectionKind.FETCH_REFUSED));
  }

  @Test
  void holdsAtLeastSixtyVectors() {
    assertThat(vectors().distinct()).hasSizeGreaterThanOrEqualTo(60);
  }

  @Test
  void connectsOutsideAtAll() {
    // Or the vectors above would prove nothing.
    assertThat(fetcher(GuardVectorsTest::resolve).fetch("http://public.example/x"))
        .isInstanceOf(FetchFailed.class);
    assertThat(connected)
        .containsExactly(new InetSocketAddress(InetAddress.ofLiteral("93.184.216.34"), 80));
  }

  @Test
  void asksADirectoryThatChangesItsMindOnce() {
    List<String> asked = new ArrayList<>();
    PictureFetcher fetcher =
        fetcher(
            host -> {
              asked.add(host);
              return List.of(
                  InetAddress.ofLiteral(asked.size() == 1 ? "93.184.216.34" : "127.0.0.1"));
            });

    fetcher.fetch("http://rebinding.example/x");

    assertThat(asked).containsExactly("rebinding.example");
    assertThat(connected)
        .containsExactly(new InetSocketAddress(InetAddress.ofLiteral("93.184.216.34"), 80));
  }

  @ParameterizedTest
  @MethodSource("vectors")
  void followsNoRedirectInside(String location) throws IOException {
    String line = location.replaceAll("[\\r\\n].*", "");
    try (ScriptedServer server =
        ScriptedServer.saying(request -> "HTTP/1.1 302 Found\r\nLocation: " + line + "\r\n\r\n")) {
      FetchConfig config =
          new FetchConfig(
              List.of("first.example"),
              Set.of(server.port()),
              1000,
              FetchConfig.DEADLINE_DEFAULT,
              FetchConfig.REDIRECTS_MAX_DEFAULT);
      PictureFetcher fetcher =
          new PictureFetcher(
              config,
              host ->
                  host.equals("first.example")
                      ? List.of(InetAddress.ofLiteral("127.0.0.1"))
                      : resolve(host),
              (SSLSocketFactory) SSLSocketFactory.getDefault(),
              (socket, address, millisMax) -> {
                connected.add(address);
                if (address.getPort() != server.port()) {
                  throw new IOException("no other connection leaves this test");
                }
                socket.connect(address, millisMax);
              });

      FetchOutcome outcome = fetcher.fetch("http://first.example:" + server.port() + "/");

      // A relative reference stays with the first host, until the redirects are used up.
      assertThat(connected).allMatch(address -> address.getPort() == server.port());
      assertThat(outcome).isInstanceOf(FetchRefused.class);
    }
  }
}
