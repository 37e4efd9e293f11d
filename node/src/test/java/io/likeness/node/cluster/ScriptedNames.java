package io.likeness.node.cluster;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.net.spi.InetAddressResolver;
import java.net.spi.InetAddressResolverProvider;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Names below {@code .scripted} mean what a test says; all others mean what they always mean. */
public final class ScriptedNames extends InetAddressResolverProvider {

  private static final Map<String, List<InetAddress>> MEANINGS = new ConcurrentHashMap<>();

  static void say(String name, String... addresses) {
    MEANINGS.put(name, Stream.of(addresses).map(ScriptedNames::address).toList());
  }

  private static InetAddress address(String text) {
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(text + " is no address", e);
    }
  }

  @Override
  public InetAddressResolver get(Configuration configuration) {
    InetAddressResolver usual = configuration.builtinResolver();
    return new InetAddressResolver() {
      @Override
      public Stream<InetAddress> lookupByName(String host, LookupPolicy policy)
          throws UnknownHostException {
        if (!host.endsWith(".scripted")) {
          return usual.lookupByName(host, policy);
        }
        List<InetAddress> meaning = MEANINGS.get(host);
        if (meaning == null) {
          throw new UnknownHostException(host);
        }
        return meaning.stream();
      }

      @Override
      public String lookupByAddress(byte[] address) throws UnknownHostException {
        return usual.lookupByAddress(address);
      }
    };
  }

  @Override
  public String name() {
    return "names of tests";
  }
}
