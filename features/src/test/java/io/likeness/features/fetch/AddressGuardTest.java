package io.likeness.features.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressGuardTest {

  private final AddressGuard closed = new AddressGuard(List.of());

  private static InetAddress address(String literal) {
    return InetAddress.ofLiteral(literal);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.255.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.100.100.200",
        "168.63.129.16",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.192",
        "192.168.0.1",
        "198.18.0.1",
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2001::1",
        "2001:db8::1",
        "100::1"
      })
  void refusesWhatIsNotPublic(String literal) {
    assertThat(closed.allows("host.example", address(literal))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "169.255.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "192.169.0.0",
        "223.255.255.255",
        "2606:4700::1111",
        "64:ff9b::808:808",
        "::ffff:8.8.8.8"
      })
  void allowsWhatIsPublic(String literal) {
    assertThat(closed.allows("host.example", address(literal))).isTrue();
  }

  @Test
  void allowsNamedHostsAndNetworks() {
    AddressGuard guard = new AddressGuard(List.of("Store.internal", "10.1.0.0/16", "fd00:1::/32"));

    assertThat(guard.allows("store.INTERNAL", address("192.168.1.1"))).isTrue();
    assertThat(guard.allows("other.internal", address("192.168.1.1"))).isFalse();
    assertThat(guard.allows("other.internal", address("10.1.255.1"))).isTrue();
    assertThat(guard.allows("other.internal", address("10.2.0.1"))).isFalse();
    assertThat(guard.allows("other.internal", address("fd00:1::5"))).isTrue();
    assertThat(guard.allows("other.internal", address("fd00:2::5"))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/x", "host.example/8", "/8", "fc00::/129"})
  void refusesNetworksThatAreNone(String text) {
    assertThatThrownBy(() -> new AddressGuard(List.of(text)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text);
  }
}
