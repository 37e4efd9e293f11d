package io.likeness.node.process;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the process lives, and whether it can serve: each part registers a check that is asked
 * when somebody asks.
 */
public final class Health {

  private static final Logger log = LoggerFactory.getLogger(Health.class);

  /**
   * What one check says; a reason stands only where it is down, or where it is up with something to
   * tell.
   */
  public record State(boolean up, String detail) {

    public static State isUp() {
      return new State(true, "");
    }

    public static State isUp(String detail) {
      return new State(true, detail);
    }

    public static State down(String reason) {
      return new State(false, reason);
    }
  }

  private final Map<String, Supplier<State>> checks = new ConcurrentSkipListMap<>();
  private final AtomicReference<@Nullable String> dead = new AtomicReference<>();

  /** Adds a check of readiness; the name is unique. */
  public void register(String name, Supplier<State> check) {
    if (checks.putIfAbsent(name, check) != null) {
      throw new IllegalArgumentException("a health check named " + name + " is already there");
    }
  }

  /** Says that this process cannot go on and should be started anew; the first reason stays. */
  public void failLive(String reason) {
    if (dead.compareAndSet(null, reason)) {
      log.error("this process is no longer alive: {}", reason);
    }
  }

  public boolean isLive() {
    return dead.get() == null;
  }

  /** Why the process is dead; empty while it lives. */
  public Optional<String> deathReason() {
    return Optional.ofNullable(dead.get());
  }

  public boolean isReady() {
    return isLive() && checks.values().stream().allMatch(check -> ask(check).up());
  }

  /** The state of every check, for people and probes. */
  public JsonObject report() {
    JsonArray parts = new JsonArray();
    boolean ready = isLive();
    for (Map.Entry<String, Supplier<State>> check : checks.entrySet()) {
      State state = ask(check.getValue());
      ready &= state.up();
      JsonObject part =
          new JsonObject().put("id", check.getKey()).put("status", state.up() ? "UP" : "DOWN");
      if (!state.detail().isEmpty()) {
        part.put("detail", state.detail());
      }
      parts.add(part);
    }
    JsonObject report = new JsonObject().put("status", ready ? "UP" : "DOWN").put("checks", parts);
    deathReason().ifPresent(reason -> report.put("reason", reason));
    return report;
  }

  private static State ask(Supplier<State> check) {
    try {
      return check.get();
    } catch (RuntimeException e) {
      return State.down(e.toString());
    }
  }
}
