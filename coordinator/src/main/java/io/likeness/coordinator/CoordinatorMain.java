package io.likeness.coordinator;

import io.likeness.node.cluster.Role;
import io.likeness.node.process.RoleMain;

/** Runs a coordinator as a process of its own. */
public final class CoordinatorMain {

  private CoordinatorMain() {}

  public static void main(String[] args) {
    RoleMain.run(
        args,
        Role.COORDINATOR,
        config -> {
          CoordinatorConfig coordinator = CoordinatorConfig.read(config);
          return context -> CoordinatorRole.start(coordinator, context);
        });
  }
}
