package io.likeness.standalone.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.node.cluster.Role;
import io.likeness.standalone.CannotStart;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.client.ApiFailure;
import io.likeness.standalone.cluster.Steward.CannotDo;
import io.likeness.standalone.processes.ChildSpec;
import io.likeness.standalone.processes.ChildState;
import io.likeness.standalone.processes.Supervisor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Consumer;

/** The orders a running cluster takes, as they come over its {@link ControlServer}. */
final class Orders {

  static final String SHOW = "show";
  static final String SCALE = "scale";
  static final String REPLICAS = "replicas";
  static final String RESTART = "restart";
  static final String KILL = "kill";
  static final String FREEZE = "freeze";
  static final String HEAL = "heal";
  static final String DOWN = "down";

  private final LocalCluster cluster;
  private final Steward steward;

  Orders(LocalCluster cluster, Steward steward) {
    this.cluster = cluster;
    this.steward = steward;
  }

  /** Follows one, telling of its steps; throws {@link CannotDo} in words for who gave it. */
  ObjectNode follow(JsonNode order, Consumer<String> tell) {
    String name = order.path("node").asText();
    try {
      switch (order.path("order").asText()) {
        case SHOW -> {
          return show();
        }
        case SCALE ->
            steward.scale(order.path("nodes").asInt(), order.path("force").asBoolean(), tell);
        case REPLICAS -> steward.replicas(order.path("replicas").asInt(), tell);
        case RESTART -> {
          List<String> names = new ArrayList<>();
          order.path("nodes").forEach(each -> names.add(each.asText()));
          names.forEach(steward::check);
          steward.restart(names, tell);
        }
        case KILL -> {
          steward.check(name);
          cluster.supervisor().kill(name);
          tell.accept(name + " is killed and stays dead until ./likeness cluster heal " + name);
        }
        case FREEZE -> {
          steward.check(name);
          cluster.supervisor().freeze(name);
          tell.accept(name + " stands still until ./likeness cluster heal " + name);
        }
        case HEAL -> heal(name, tell);
        case DOWN -> cluster.end();
        default -> throw new CannotDo("there is no order \"" + order.path("order").asText() + "\"");
      }
      return Api.object();
    } catch (ApiFailure | CannotStart | IllegalStateException e) {
      throw new CannotDo(String.valueOf(e.getMessage()));
    }
  }

  private void heal(String name, Consumer<String> tell) {
    steward.check(name);
    ChildState was = steward.state(name);
    if (was == ChildState.RUNNING) {
      tell.accept(name + " runs already");
      return;
    }
    cluster.supervisor().heal(name);
    tell.accept(name + (was == ChildState.FROZEN ? " goes on" : " is started again"));
    cluster.supervisor().awaitReady(List.of(name));
    tell.accept(name + " is ready");
  }

  private ObjectNode show() {
    ObjectNode shown = Api.object();
    shown.put("kafka", cluster.kafkaBootstrap());
    shown.put("doing", steward.doing());
    shown.put("slots", cluster.shape().slots());
    ArrayNode gateways = shown.putArray("gateways");
    cluster.endpoints().forEach(each -> gateways.add(each.toString()));
    ArrayNode all = shown.putArray("processes");
    List<FutureTask<ObjectNode>> asked = new ArrayList<>();
    for (Supervisor.Status each : cluster.supervisor().processes()) {
      FutureTask<ObjectNode> told = new FutureTask<>(() -> describe(each));
      Thread.ofVirtual().name("ask-" + each.spec().name()).start(told);
      asked.add(told);
    }
    for (FutureTask<ObjectNode> told : asked) {
      try {
        all.add(told.get());
      } catch (ExecutionException e) {
        throw new IllegalStateException("cannot look at a process", e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CannotDo("interrupted");
      }
    }
    return shown;
  }

  private ObjectNode describe(Supervisor.Status process) {
    ChildSpec spec = process.spec();
    ObjectNode shown = Api.object();
    shown
        .put("name", spec.name())
        .put("role", cluster.place(spec.name()).map(place -> place.role().text()).orElse("kafka"))
        .put("zone", cluster.place(spec.name()).map(place -> place.zone()).orElse(""))
        .put(
            "address",
            cluster
                .place(spec.name())
                .map(place -> place.role() == Role.GATEWAY ? place.http() : place.grpc())
                .orElse(spec.probed())
                .toString())
        .put(
            "management", cluster.place(spec.name()).map(p -> p.management().toString()).orElse(""))
        .put("pid", process.pid())
        .put("state", process.state().text())
        .put("ready", process.state() == ChildState.RUNNING && isReady(spec.name()))
        .put("trouble", process.trouble());
    return shown;
  }

  /** One that was stopped for good a moment ago is not. */
  private boolean isReady(String name) {
    try {
      return cluster.supervisor().isReady(name);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
