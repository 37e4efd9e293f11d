package io.likeness.shard.query;

import com.google.protobuf.ByteString;
import io.likeness.shard.index.Deadline;
import io.likeness.shard.index.FilterCache;
import io.likeness.shard.index.Listing;
import io.likeness.shard.index.SearchOutcome;
import io.likeness.shard.index.Shard;
import io.likeness.shard.index.ShardSearch;
import io.likeness.shard.index.View;
import io.likeness.shard.index.WordSearch;
import io.likeness.shard.intake.HeldSlot;
import io.likeness.shard.intake.HeldSlots;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ImageList;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.ShardAddress;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardCursor;
import io.likeness.wire.ShardGroup;
import io.likeness.wire.ShardGroups;
import io.likeness.wire.ShardGroupsAnswer;
import io.likeness.wire.ShardGroupsRequest;
import io.likeness.wire.ShardHits;
import io.likeness.wire.ShardImagesRequest;
import io.likeness.wire.ShardQuery;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The heavy part of questions about hits, for a thread of the pool: once, or over a lease. */
final class Searches {

  private final HeldSlots slots;
  private final FilterCache filters;
  private final Leases leases;
  private final RecallMeter recall;

  Searches(HeldSlots slots, FilterCache filters, Leases leases, RecallMeter recall) {
    this.slots = slots;
    this.filters = filters;
    this.leases = leases;
    this.recall = recall;
  }

  // ---- Hits ----

  /** {@code vector} is the query's, read. */
  ShardAnswer hits(HeldSlot slot, Shard shard, ShardQuery query, float[] vector, Deadline deadline)
      throws IOException {
    // It may have waited in the queue for longer than its asker does.
    if (deadline.hasPassed()) {
      return no(Refusals.late(slot));
    }
    ShardSearch search =
        new ShardSearch(
            vector,
            query.getFilter(),
            query.getLimit(),
            query.hasMinCosine() ? query.getMinCosine() : Float.NEGATIVE_INFINITY,
            0,
            query.getWithAttributes(),
            query.getCountOnly(),
            deadline,
            query.getGroupBy());
    if (query.hasWords()) {
      try (View view = shard.view()) {
        WordSearch words = WordSearch.of(query.getWords());
        return answer(slot, view.byWords(words, search, filters), ByteString.EMPTY);
      }
    }
    if (!query.hasCursor()) {
      try (View view = shard.view()) {
        SearchOutcome outcome = view.search(search, filters);
        recall.offer(view, search, outcome, query.getShard().getInstanceUid());
        return answer(slot, outcome, ByteString.EMPTY);
      }
    }
    return query.getCursor().getLease().isEmpty()
        ? open(slot, shard, query, search)
        : goOn(slot, query, deadline);
  }

  private ShardAnswer open(HeldSlot slot, Shard shard, ShardQuery query, ShardSearch search)
      throws IOException {
    Leases.Owner owner =
        new Leases.Owner(
            query.getCursor().getTenant(),
            query.getShard().getInstanceUid(),
            slot.number(),
            () -> !shard.isClosing() && slots.of(slot.number()).orElse(null) == slot);
    Optional<String> full = leases.fullFor(owner);
    if (full.isPresent()) {
      return no(Refusals.of(RefusalKind.BUSY, full.get()));
    }
    View view = shard.view();
    boolean held = false;
    try {
      Optional<Listing> listing = Optional.empty();
      SearchOutcome first;
      if (search.vector().length == 0) {
        first = view.after(query.getCursor().getAfter(), search, filters);
      } else {
        switch (view.open(search, filters)) {
          case View.Opened.Not not -> {
            return answer(slot, not.why(), ByteString.EMPTY);
          }
          case View.Opened.Ready ready -> {
            listing = Optional.of(ready.listing());
            first = ready.listing().page(0, search);
          }
        }
      }
      if (!(first instanceof SearchOutcome.Found found) || found.hits().isEmpty()) {
        return answer(slot, first, ByteString.EMPTY);
      }
      Optional<Leases.Lease> lease = leases.take(owner, view, search, listing);
      if (lease.isEmpty()) {
        return no(Refusals.of(RefusalKind.BUSY, "too many cursors were opened at once"));
      }
      held = true;
      return answer(slot, first, lease.get().name());
    } finally {
      if (!held) {
        view.close();
      }
    }
  }

  private ShardAnswer goOn(HeldSlot slot, ShardQuery query, Deadline deadline) throws IOException {
    ShardCursor cursor = query.getCursor();
    return switch (enter(cursor.getLease(), cursor.getTenant(), query.getShard(), slot)) {
      case Leases.Turn.Gone gone -> no(Refusals.expired(slot));
      case Leases.Turn.Busy busy -> no(Refusals.beingRead());
      case Leases.Turn.Yours yours -> {
        Leases.Lease lease = yours.lease();
        try {
          ShardSearch page =
              lease.search().page(query.getLimit(), query.getWithAttributes(), deadline);
          SearchOutcome found =
              lease.listing().isPresent()
                  ? lease.listing().get().page(cursor.getTaken(), page)
                  : lease.view().after(cursor.getAfter(), page, filters);
          yield answer(slot, found, lease.name());
        } finally {
          leases.leave(lease);
        }
      }
    };
  }

  private Leases.Turn enter(ByteString lease, String tenant, ShardAddress shard, HeldSlot slot) {
    return leases.enter(lease, tenant, shard.getInstanceUid(), slot.number());
  }

  private static ShardAnswer answer(HeldSlot slot, SearchOutcome outcome, ByteString lease) {
    return switch (outcome) {
      case SearchOutcome.Found found ->
          ShardAnswer.newBuilder()
              .setHits(
                  ShardHits.newBuilder()
                      .addAllHits(found.hits())
                      .setTotal(found.total())
                      .setPosition(slot.position())
                      .setLease(lease))
              .build();
      case SearchOutcome.Late late -> no(Refusals.late(slot));
      case SearchOutcome.Misfit misfit -> no(Refusals.bad(misfit.reason()));
    };
  }

  private static ShardAnswer no(Refusal refusal) {
    return ShardAnswer.newBuilder().setRefusal(refusal).build();
  }

  // ---- Groups ----

  ShardGroupsAnswer groups(
      HeldSlot slot, Shard shard, ShardGroupsRequest request, float[] vector, Deadline deadline)
      throws IOException {
    if (deadline.hasPassed()) {
      return noGroups(Refusals.late(slot));
    }
    if (request.getLease().isEmpty()) {
      ShardSearch search =
          new ShardSearch(
              vector,
              request.getFilter(),
              0,
              request.hasMinCosine() ? request.getMinCosine() : Float.NEGATIVE_INFINITY,
              0,
              request.getWithAttributes(),
              false,
              deadline,
              request.getTag());
      try (View view = shard.view()) {
        return groups(
            slot,
            request,
            Optional.of(Set.of()),
            view.bestOf(request.getValuesList(), request.getSize(), search, filters));
      }
    }
    return switch (enter(request.getLease(), request.getTenant(), request.getShard(), slot)) {
      case Leases.Turn.Gone gone -> noGroups(Refusals.expired(slot));
      case Leases.Turn.Busy busy -> noGroups(Refusals.beingRead());
      case Leases.Turn.Yours yours -> {
        try {
          yield leasedGroups(slot, yours.lease(), request, deadline);
        } finally {
          leases.leave(yours.lease());
        }
      }
    };
  }

  private static ShardGroupsAnswer leasedGroups(
      HeldSlot slot, Leases.Lease lease, ShardGroupsRequest request, Deadline deadline)
      throws IOException {
    if (lease.listing().isEmpty() || !lease.search().groupBy().equals(request.getTag())) {
      return noGroups(Refusals.bad("the lease has no groups by \"" + request.getTag() + "\""));
    }
    Listing listing = lease.listing().get();
    List<String> values = request.getValuesList();
    Optional<Set<String>> taken = listing.takenOf(values, request.getTaken(), deadline);
    Optional<Map<String, List<Hit>>> best =
        request.getSize() == 0
            ? Optional.of(Map.of())
            : listing.bestOf(
                values,
                request.getSize(),
                lease.search().page(0, request.getWithAttributes(), deadline));
    return groups(slot, request, taken, best);
  }

  private static ShardGroupsAnswer groups(
      HeldSlot slot,
      ShardGroupsRequest request,
      Optional<Set<String>> taken,
      Optional<Map<String, List<Hit>>> best) {
    if (taken.isEmpty() || best.isEmpty()) {
      return noGroups(Refusals.late(slot));
    }
    ShardGroups.Builder groups = ShardGroups.newBuilder();
    for (String value : request.getValuesList()) {
      groups.addGroups(
          ShardGroup.newBuilder()
              .setTaken(taken.get().contains(value))
              .addAllBest(best.get().getOrDefault(value, List.of())));
    }
    return ShardGroupsAnswer.newBuilder().setGroups(groups).build();
  }

  private static ShardGroupsAnswer noGroups(Refusal refusal) {
    return ShardGroupsAnswer.newBuilder().setRefusal(refusal).build();
  }

  // ---- Images ----

  ListImagesAnswer images(HeldSlot slot, Shard shard, ShardImagesRequest request)
      throws IOException {
    if (request.getLease().isEmpty()) {
      try (View view = shard.view()) {
        return images(view, request);
      }
    }
    return switch (enter(request.getLease(), request.getTenant(), request.getShard(), slot)) {
      case Leases.Turn.Gone gone -> noImages(Refusals.expired(slot));
      case Leases.Turn.Busy busy -> noImages(Refusals.beingRead());
      case Leases.Turn.Yours yours -> {
        try {
          yield images(yours.lease().view(), request);
        } finally {
          leases.leave(yours.lease());
        }
      }
    };
  }

  /** Those that exist. */
  private static ListImagesAnswer images(View view, ShardImagesRequest request) throws IOException {
    ImageList.Builder images = ImageList.newBuilder();
    for (String id : request.getImageIdsList()) {
      ImageInfo info = view.describe(id, false).build();
      if (info.getExists()) {
        images.addImages(info);
      }
    }
    return ListImagesAnswer.newBuilder().setImages(images).build();
  }

  private static ListImagesAnswer noImages(Refusal refusal) {
    return ListImagesAnswer.newBuilder().setRefusal(refusal).build();
  }
}
