package io.likeness.gateway.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Calls, failures and latencies by API, operation and instance. Instances stand under their random
 * uid, never under a name: metrics are read by people who are no tenants. An instance that is gone
 * takes its series with it.
 */
public final class CallMetrics {

  private final MeterRegistry registry;
  private final Map<Key, Meters> meters = new ConcurrentHashMap<>();

  private record Key(String api, String operation, String instanceUid) {}

  private record Meters(Timer calls, Counter callersFault, Counter busy, Counter ourFault) {}

  public CallMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Counts a call that was answered with this status. */
  public void called(String api, String operation, String instanceUid, int status, long nanos) {
    Meters of = meters.computeIfAbsent(new Key(api, operation, instanceUid), this::register);
    of.calls().record(nanos, TimeUnit.NANOSECONDS);
    if (status == 429 || status == 503) {
      of.busy().increment();
    } else if (status >= 500) {
      of.ourFault().increment();
    } else if (status >= 400) {
      of.callersFault().increment();
    }
  }

  /** Forgets the series of instances that are not among these. */
  public void keepOnly(Set<String> liveUids) {
    meters.forEach(
        (key, of) -> {
          if (!key.instanceUid().isEmpty() && !liveUids.contains(key.instanceUid())) {
            meters.remove(key);
            for (Meter each :
                new Meter[] {of.calls(), of.callersFault(), of.busy(), of.ourFault()}) {
              registry.remove(each);
            }
          }
        });
  }

  private Meters register(Key key) {
    return new Meters(
        Timer.builder("likeness.api.calls")
            .description("Calls of an API and how long their answers took")
            .tags("api", key.api(), "operation", key.operation(), "instance", key.instanceUid())
            .register(registry),
        failures(key, "caller"),
        failures(key, "busy"),
        failures(key, "server"));
  }

  private Counter failures(Key key, String kind) {
    return Counter.builder("likeness.api.failures")
        .description("Calls that were answered with an error, by whose fault it was")
        .tags("api", key.api(), "operation", key.operation(), "instance", key.instanceUid())
        .tag("kind", kind)
        .register(registry);
  }
}
