package io.likeness.shard.intake;

import io.likeness.proto.vector.Version;
import io.likeness.shard.index.ImageState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Who waits for news of which image. A waiter is woken by the refresh that shows the news, so
 * thousands of them cost nothing while nothing happens.
 *
 * <p>No wake-up is lost: a waiter registers first and looks at the newest view afterwards; a
 * refresh publishes its view first and looks for waiters afterwards.
 */
public final class ImageWaits {

  private record Image(String uid, String id) {}

  private record Waiter(Version version, CompletableFuture<ImageState> news) {}

  private final ConcurrentHashMap<Image, List<Waiter>> waiting = new ConcurrentHashMap<>();

  /** One waiter; close it whether the news came or not. */
  public final class Wait implements AutoCloseable {
    private final Image image;
    private final Waiter waiter;

    private Wait(Image image, Waiter waiter) {
      this.image = image;
      this.waiter = waiter;
    }

    /** Completes when the version, or what outdates it, can be seen. */
    public CompletableFuture<ImageState> news() {
      return waiter.news();
    }

    @Override
    public void close() {
      waiting.computeIfPresent(
          image,
          (key, waiters) -> {
            List<Waiter> rest = new ArrayList<>(waiters);
            rest.removeIf(each -> each == waiter);
            return rest.isEmpty() ? null : rest;
          });
    }
  }

  public Wait register(String uid, String imageId, Version version) {
    Image image = new Image(uid, imageId);
    Waiter waiter = new Waiter(version, new CompletableFuture<>());
    waiting.compute(
        image,
        (key, waiters) -> {
          List<Waiter> all = waiters == null ? new ArrayList<>() : new ArrayList<>(waiters);
          all.add(waiter);
          return all;
        });
    return new Wait(image, waiter);
  }

  boolean isAwaited(String uid, String imageId) {
    return !waiting.isEmpty() && waiting.containsKey(new Image(uid, imageId));
  }

  void tell(String uid, String imageId, ImageState state) {
    if (waiting.isEmpty()) {
      return;
    }
    List<Waiter> waiters = waiting.get(new Image(uid, imageId));
    if (waiters != null) {
      for (Waiter waiter : waiters) {
        if (state.hasSeen(waiter.version())) {
          waiter.news().complete(state);
        }
      }
    }
  }

  /** Images waited for now. */
  int size() {
    return waiting.size();
  }
}
