package io.likeness.shard.query;

import com.google.protobuf.ByteString;
import io.likeness.shard.index.Listing;
import io.likeness.shard.index.ShardSearch;
import io.likeness.shard.index.View;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The views this node holds for cursors. A view keeps its segments, replaced ones, too, on disk and
 * in memory, so a lease ends when nobody has asked for a while, when it is old, or with its shard;
 * and there are only so many. Its name is 128 random bits and it is found only together with whose
 * it is, so a name can be neither guessed nor used by others.
 */
final class Leases implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Leases.class);
  private static final int NAME_BYTES = 16;

  /** A finished one is kept so long, for whoever did not hear the last page. */
  private static final Duration FINISHED = Duration.ofSeconds(5);

  /**
   * Whose lease it is, and of what.
   *
   * @param isServed whether the shard still answers; its leases end when it does not
   */
  record Owner(String tenant, String instanceUid, int slot, BooleanSupplier isServed) {

    boolean isOfSameShard(Owner other) {
      return slot == other.slot && instanceUid.equals(other.instanceUid);
    }
  }

  /** One held view, read by one at a time. */
  static final class Lease {
    private final ByteString name;
    private final Owner owner;
    private final View view;
    private final ShardSearch search;
    private final Optional<Listing> listing;
    private final long takenAt;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile long usedAt;
    private volatile boolean finished;
    private boolean closed;

    private Lease(
        ByteString name,
        Owner owner,
        View view,
        ShardSearch search,
        Optional<Listing> listing,
        long now) {
      this.name = name;
      this.owner = owner;
      this.view = view;
      this.search = search;
      this.listing = listing;
      this.takenAt = now;
      this.usedAt = now;
    }

    ByteString name() {
      return name;
    }

    View view() {
      return view;
    }

    ShardSearch search() {
      return search;
    }

    /** None where the search is by filter alone. */
    Optional<Listing> listing() {
      return listing;
    }
  }

  /** How asking for a lease ends. */
  sealed interface Turn {
    /** Held until {@link Leases#leave}. */
    record Yours(Lease lease) implements Turn {}

    /** There is none of this name, not for this asker, or no longer. */
    record Gone() implements Turn {}

    /** Somebody else reads it at this moment. */
    record Busy() implements Turn {}
  }

  private final CursorLimits limits;
  private final LongSupplier nanoTime;
  private final SecureRandom random = new SecureRandom();
  private final Map<ByteString, Lease> leases = new HashMap<>();
  private boolean closing;

  Leases(CursorLimits limits, LongSupplier nanoTime) {
    this.limits = limits;
    this.nanoTime = nanoTime;
  }

  /** Why no more can be held; empty where one can. */
  synchronized Optional<String> fullFor(Owner owner) {
    int ofShard = 0;
    int ofTenant = 0;
    for (Lease lease : leases.values()) {
      ofShard += lease.owner.isOfSameShard(owner) ? 1 : 0;
      ofTenant += lease.owner.tenant().equals(owner.tenant()) ? 1 : 0;
    }
    if (ofShard >= limits.perShard()) {
      return Optional.of(
          "slot %d holds %d cursors of the instance, at most %d; they end after %d s without a question"
              .formatted(owner.slot(), ofShard, limits.perShard(), limits.idle().toSeconds()));
    }
    return ofTenant >= limits.perTenant()
        ? Optional.of(
            "a node holds %d cursors of the project, at most %d; they end after %d s without a question"
                .formatted(ofTenant, limits.perTenant(), limits.idle().toSeconds()))
        : Optional.empty();
  }

  /** Takes over one reference to the view; empty where there is no room, the view stays then. */
  synchronized Optional<Lease> take(
      Owner owner, View view, ShardSearch search, Optional<Listing> listing) {
    if (closing || fullFor(owner).isPresent()) {
      return Optional.empty();
    }
    byte[] bytes = new byte[NAME_BYTES];
    random.nextBytes(bytes);
    ByteString name = ByteString.copyFrom(bytes);
    Lease lease = new Lease(name, owner, view, search, listing, nanoTime.getAsLong());
    leases.put(name, lease);
    return Optional.of(lease);
  }

  Turn enter(ByteString name, String tenant, String instanceUid, int slot) {
    Lease lease;
    synchronized (this) {
      lease = leases.get(name);
    }
    if (lease == null
        || !lease.owner.tenant().equals(tenant)
        || !lease.owner.instanceUid().equals(instanceUid)
        || lease.owner.slot() != slot
        || isOver(lease)) {
      return new Turn.Gone();
    }
    if (!lease.turn.tryLock()) {
      return new Turn.Busy();
    }
    if (lease.closed) {
      lease.turn.unlock();
      return new Turn.Gone();
    }
    lease.usedAt = nanoTime.getAsLong();
    return new Turn.Yours(lease);
  }

  void leave(Lease lease) {
    lease.usedAt = nanoTime.getAsLong();
    lease.turn.unlock();
  }

  /** Nobody goes on with it; whoever asks for its last page again still gets it for a little. */
  void finish(ByteString name, String tenant, String instanceUid, int slot) {
    if (enter(name, tenant, instanceUid, slot) instanceof Turn.Yours yours) {
      yours.lease().finished = true;
      leave(yours.lease());
    }
  }

  private boolean isOver(Lease lease) {
    long now = nanoTime.getAsLong();
    Duration idle = lease.finished ? FINISHED : limits.idle();
    return now - lease.usedAt > idle.toNanos()
        || now - lease.takenAt > limits.life().toNanos()
        || !lease.owner.isServed().getAsBoolean();
  }

  /** Ends what is over. */
  void sweep() {
    List<Lease> over;
    synchronized (this) {
      over = leases.values().stream().filter(this::isOver).toList();
    }
    // One that is being read is over the next time.
    for (Lease lease : over) {
      if (lease.turn.tryLock()) {
        end(lease);
      }
    }
  }

  /** Holds the turn; gives it back. */
  private void end(Lease lease) {
    try {
      if (lease.closed) {
        return;
      }
      lease.closed = true;
      synchronized (this) {
        leases.remove(lease.name);
      }
      lease.view.close();
    } catch (IOException e) {
      log.warn("a view held for a cursor could not be closed", e);
    } finally {
      lease.turn.unlock();
    }
  }

  synchronized int count() {
    return leases.size();
  }

  /** What the lists take; the views share their memory with the shards. */
  synchronized long bytes() {
    return leases.values().stream()
        .mapToLong(lease -> lease.listing.map(Listing::bytes).orElse(0L))
        .sum();
  }

  @Override
  public void close() {
    List<Lease> all;
    synchronized (this) {
      closing = true;
      all = List.copyOf(leases.values());
    }
    for (Lease lease : all) {
      lease.turn.lock();
      end(lease);
    }
  }
}
