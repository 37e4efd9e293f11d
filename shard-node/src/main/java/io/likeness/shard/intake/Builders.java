package io.likeness.shard.intake;

import io.likeness.shard.index.GraphOffer;
import io.likeness.shard.index.GraphSource;
import java.io.IOException;
import java.util.List;

/**
 * Who makes the graphs of a slot: one of its replicas, from which the others take them. Nobody
 * elects it and nobody need agree; two that think they are cost time and nothing else.
 */
public interface Builders {

  /** Whether this node is the slot's builder, or there is none. */
  boolean isHere(int slot);

  /**
   * Asks the slot's builder about a shard.
   *
   * @throws IOException where it cannot be asked, or has reasons not to answer
   */
  Told ask(int slot, String uid) throws IOException;

  /** The bytes of what the slot's builder told of. */
  GraphSource source(int slot, String uid);

  /**
   * @param graphs in order of vids
   * @param isBuilding another one is being made
   */
  record Told(List<GraphOffer> graphs, boolean isBuilding) {
    public Told {
      graphs = List.copyOf(graphs);
    }
  }
}
