package io.likeness.gateway;

import io.likeness.node.cluster.Role;
import io.likeness.node.process.RoleMain;

/** A gateway as a process of its own. */
public final class GatewayMain {

  private GatewayMain() {}

  public static void main(String[] args) {
    RoleMain.run(
        args,
        Role.GATEWAY,
        config -> {
          GatewayConfig gateway = GatewayConfig.read(config);
          return context -> GatewayRole.start(gateway, context);
        });
  }
}
