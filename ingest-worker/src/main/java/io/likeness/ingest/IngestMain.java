package io.likeness.ingest;

import io.likeness.node.cluster.Role;
import io.likeness.node.process.RoleMain;

/** Runs an ingest worker as a process of its own. */
public final class IngestMain {

  private IngestMain() {}

  public static void main(String[] args) {
    RoleMain.run(
        args,
        Role.INGEST_WORKER,
        config -> {
          IngestConfig ingest = IngestConfig.read(config);
          return context -> IngestRole.start(ingest, context);
        });
  }
}
