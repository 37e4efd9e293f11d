package io.likeness.features.fetch;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Tells public addresses from all others. A picture's URL comes from a stranger, and the machine
 * that follows it stands inside a private network, beside databases and the cloud's metadata
 * service. So what counts is the resolved address, never how the URL wrote it: {@code 2130706433},
 * {@code 0x7f.1} and {@code [::ffff:127.0.0.1]} all are loopback here.
 */
final class AddressGuard {

  private static final List<Network> CLOSED_V4 =
      networks(
          "0.0.0.0/8", // this network
          "10.0.0.0/8",
          "100.64.0.0/10", // carriers' shared space; one cloud's metadata service
          "127.0.0.0/8",
          "168.63.129.16/32", // one cloud's host services, under a public address
          "169.254.0.0/16", // link-local; most clouds' metadata service
          "172.16.0.0/12",
          "192.0.0.0/24", // protocol assignments; one cloud's metadata service
          "192.0.2.0/24", // documentation
          "192.88.99.0/24", // 6to4 relays
          "192.168.0.0/16",
          "198.18.0.0/15", // benchmarks
          "198.51.100.0/24", // documentation
          "203.0.113.0/24", // documentation
          "224.0.0.0/4", // multicast
          "240.0.0.0/4"); // reserved, broadcast

  /** All that is routed at large; the rest of the space is loopback, local, mapped or unused. */
  private static final Network OPEN_V6 = Network.parse("2000::/3");

  private static final List<Network> CLOSED_V6 =
      networks(
          "2001::/23", // protocol assignments: Teredo, which carries an IPv4 address, and others
          "2001:db8::/32", // documentation
          "2002::/16", // 6to4, which carries an IPv4 address
          "3fff::/20"); // documentation

  /** IPv6 addresses that stand for the IPv4 address in their last four bytes. */
  private static final List<Network> V4_INSIDE = networks("64:ff9b::/96");

  private final Set<String> allowedHosts = new HashSet<>();
  private final List<Network> allowedNetworks = new ArrayList<>();

  AddressGuard(List<String> allow) {
    for (String entry : allow) {
      if (Network.looksLike(entry)) {
        allowedNetworks.add(Network.parse(entry));
      } else {
        allowedHosts.add(entry.toLowerCase(Locale.ROOT));
      }
    }
  }

  /**
   * Whether a connection to this address may be made.
   *
   * @param host as the URL names it
   */
  boolean allows(String host, InetAddress address) {
    byte[] bytes = address.getAddress();
    return allowedHosts.contains(host.toLowerCase(Locale.ROOT))
        || allowedNetworks.stream().anyMatch(network -> network.contains(bytes))
        || isPublic(bytes);
  }

  private static boolean isPublic(byte[] address) {
    if (address.length == 4) {
      return CLOSED_V4.stream().noneMatch(network -> network.contains(address));
    }
    if (V4_INSIDE.stream().anyMatch(network -> network.contains(address))) {
      return isPublic(lastFour(address));
    }
    if (isIsatap(address) && !isPublic(lastFour(address))) {
      return false;
    }
    return OPEN_V6.contains(address)
        && CLOSED_V6.stream().noneMatch(network -> network.contains(address));
  }

  /** Under any prefix: an interface's half that says it tunnels to the IPv4 address at its end. */
  private static boolean isIsatap(byte[] address) {
    return (address[8] & 0xFC) == 0
        && address[9] == 0
        && address[10] == 0x5E
        && (address[11] & 0xFF) == 0xFE;
  }

  private static byte[] lastFour(byte[] address) {
    return Arrays.copyOfRange(address, 12, 16);
  }

  private static List<Network> networks(String... texts) {
    return Stream.of(texts).map(Network::parse).toList();
  }
}
