package io.likeness.standalone.processes;

import io.likeness.gateway.auth.Credentials;
import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import io.likeness.node.config.Ports;
import io.likeness.standalone.CannotStart;
import io.likeness.standalone.DataFolder;
import io.likeness.standalone.ProcessPlace;
import io.likeness.standalone.RunningSystem;
import io.likeness.standalone.StandaloneConfig;
import io.likeness.standalone.SystemPorts;
import io.likeness.standalone.SystemSettings;
import io.likeness.standalone.broker.BrokerConfig;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The whole system as one process per role beside one of Kafka, over the same data folder as {@link
 * io.likeness.standalone.Standalone}. This process serves nothing: it starts the others, starts
 * again what dies, and takes them with it when it ends.
 */
public final class SeparateProcesses implements RunningSystem {

  private final DataFolder folder;
  private final Supervisor supervisor;
  private final String kafkaBootstrap;
  private final URI endpoint;

  private SeparateProcesses(StandaloneConfig config, Consumer<String> tell) {
    folder = DataFolder.open(config.data());
    Supervisor opened = null;
    try {
      opened = Supervisor.open(folder, tell);
      SystemPorts ports = SystemPorts.choose(config, folder);
      int http = ports.http() == 0 ? Ports.free() : ports.http();
      kafkaBootstrap = ports.kafkaBootstrap();
      SystemSettings settings =
          new SystemSettings(config, folder, kafkaBootstrap, SystemSettings.Size.ALONE);
      RoleProcesses processes = new RoleProcesses(folder, settings);
      endpoint = SystemPorts.endpoint(config.host(), http);
      tell.accept("starting Kafka on " + kafkaBootstrap);
      opened.start(
          processes.broker(
              "kafka",
              BrokerConfig.single(folder.kafka(), ports.kafka(), ports.controller()),
              "-Xmx512m"));
      opened.awaitReady(List.of("kafka"));
      tell.accept("starting the roles");
      List<ProcessPlace> places =
          Stream.of(Role.SHARD_NODE, Role.INGEST_WORKER, Role.COORDINATOR, Role.GATEWAY)
              .map(role -> settings.place(role, http))
              .toList();
      List<HostPort> seeds = places.stream().map(ProcessPlace::cluster).toList();
      List<String> names = new ArrayList<>(List.of("kafka"));
      for (ProcessPlace place : places) {
        String name = place.role().text();
        opened.start(processes.role(name, place, seeds, heap(place.role())));
        names.add(name);
      }
      opened.awaitReady(names);
      folder.writeEndpoint(endpoint, kafkaBootstrap);
      supervisor = opened;
    } catch (IOException e) {
      end(opened);
      throw new CannotStart("cannot write below " + folder.root() + ": " + e.getMessage(), e);
    } catch (RuntimeException e) {
      end(opened);
      throw e;
    }
  }

  /** Starts everything and waits until it serves; {@code tell} hears of steps and of trouble. */
  public static SeparateProcesses start(StandaloneConfig config, Consumer<String> tell) {
    return new SeparateProcesses(config, tell);
  }

  private static String heap(Role role) {
    return switch (role) {
      case GATEWAY, COORDINATOR -> "-Xmx384m";
      case INGEST_WORKER, SHARD_NODE -> "-Xmx768m";
    };
  }

  @Override
  public boolean isFirstStart() {
    return folder.isFresh();
  }

  @Override
  public URI endpoint() {
    return endpoint;
  }

  @Override
  public Credentials credentials() {
    return folder.credentials();
  }

  @Override
  public String kafkaBootstrap() {
    return kafkaBootstrap;
  }

  @Override
  public Optional<String> failure() {
    return supervisor.failure();
  }

  /** The gateway first, so that nothing new comes in; Kafka last, since all others use it. */
  @Override
  public void close() {
    end(supervisor);
  }

  private void end(@Nullable Supervisor running) {
    if (running != null) {
      running.close();
    }
    folder.close();
  }
}
