package io.likeness.coordinator;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.coordinator.fanout.Replica;
import io.likeness.coordinator.fanout.ShardReply;
import io.likeness.coordinator.merge.Coverages;
import io.likeness.coordinator.merge.CursorMerger;
import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.RequestRules;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.coordinator.plan.SlotReplicas;
import io.likeness.node.process.Trace;
import io.likeness.proto.wire.Formats;
import io.likeness.proto.wire.NewerFormatException;
import io.likeness.wire.Coverage;
import io.likeness.wire.CursorSlot;
import io.likeness.wire.CursorState;
import io.likeness.wire.Hit;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Page;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardCursor;
import io.likeness.wire.ShardGroupsAnswer;
import io.likeness.wire.ShardGroupsRequest;
import io.likeness.wire.ShardHits;
import io.likeness.wire.ShardLeaseEnd;
import io.likeness.wire.ShardQuery;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Pages that follow each other through one moment. Nothing is kept here: each shard holds its view
 * and its list under a lease, and a cursor says which leases these are and how many hits of each
 * list have been taken. The lists never change, so a cursor that is asked again answers the same.
 *
 * <p>A shard that is missing when the cursor is opened is missing from it, and every page's
 * coverage says so; a shard that is missing later fails the page, since leaving it out would lose
 * what it has, and the same cursor can be asked again.
 */
final class Cursors {

  /** Questions for one page, at most: only groups that other shards gave already cost more. */
  private static final int ROUNDS_MAX = 32;

  private final ShardDirectory directory;
  private final Questions questions;
  private final FanOut fanOut;
  private final Details details;

  Cursors(ShardDirectory directory, Questions questions, FanOut fanOut, Details details) {
    this.directory = directory;
    this.questions = questions;
    this.fanOut = fanOut;
    this.details = details;
  }

  /** What the cursor says; only what a coordinator wrote gets here. */
  static CursorState read(SearchRequest request) throws No {
    CursorState state;
    try {
      state = CursorState.parseFrom(request.getCursor());
    } catch (InvalidProtocolBufferException e) {
      throw new No(Refusals.of(RefusalKind.BAD_REQUEST, "the cursor cannot be read"));
    }
    if (state.getFormat() > Formats.CURSOR) {
      throw new No(
          Refusals.of(
              RefusalKind.BAD_REQUEST,
              NewerFormatException.words("the cursor", state.getFormat(), Formats.CURSOR)));
    }
    if (!state.getTenant().equals(request.getTenant())
        || !state.getInstanceUid().equals(request.getInstanceUid())) {
      throw new No(Refusals.of(RefusalKind.BAD_REQUEST, "the cursor is of another instance"));
    }
    if (request.getLimit() < 1 || request.getLimit() > RequestRules.LIMIT_MAX) {
      throw new No(
          Refusals.of(
              RefusalKind.BAD_REQUEST,
              "limit is " + request.getLimit() + ", not 1 to " + RequestRules.LIMIT_MAX));
    }
    if (state.getByVector() && state.getGiven() >= RequestRules.CURSOR_DEPTH_MAX) {
      throw new No(
          Refusals.of(
              RefusalKind.BAD_REQUEST,
              "the cursor has given "
                  + state.getGiven()
                  + " hits, at most "
                  + RequestRules.CURSOR_DEPTH_MAX));
    }
    return state;
  }

  // ---- The first page ----

  /** {@code query}: what every shard is asked, without limit and lease. */
  Page.Builder open(
      SearchRequest request,
      InstanceRecord instance,
      ShardQuery query,
      Scale scale,
      Deadline deadline,
      Trace trace)
      throws No {
    List<Integer> slots = ShardDirectory.slots(instance);
    CursorState.Builder state =
        CursorState.newBuilder()
            .setInstanceUid(instance.getUid())
            .setTenant(request.getTenant())
            .setByVector(!query.getVector().isEmpty())
            .setWithAttributes(request.getWithAttributes())
            .setGroupBy(request.getGroupBy())
            .setGroupSize(request.getGroupSize())
            .setShardsAsked(slots.size());
    if (request.hasMinScore()) {
      state.setMinScore(request.getMinScore());
    }
    int asked = asked(state, request.getLimit());
    ShardQuery first =
        query.toBuilder()
            .setLimit(asked)
            .setWithAttributes(bringsAttributes(state))
            .setCursor(ShardCursor.newBuilder().setTenant(request.getTenant()))
            .build();
    List<ShardReply<ShardAnswer>> replies =
        fanOut.askAll(instance, slots, questions.query(first, trace), deadline);
    Map<Integer, ShardHits> next = new TreeMap<>();
    for (ShardReply<ShardAnswer> reply : replies) {
      int slot = reply.target().slot();
      if (reply instanceof ShardReply.Answered<ShardAnswer> answered) {
        ShardHits hits = answered.answer().getHits();
        next.put(slot, hits);
        state
            .addSlots(
                CursorSlot.newBuilder()
                    .setSlot(slot)
                    .setLease(hits.getLease())
                    .setNode(reply.target().node()))
            .setTotal(state.getTotal() + hits.getTotal());
      } else {
        state.addReasons(reply.reason());
      }
    }
    try {
      refuseWhereFull(replies);
      Refusals.whereTooFew(Coverages.of(replies), request.getStrict());
      return page(request, instance, state, next, scale, deadline, trace);
    } catch (No no) {
      end(instance, state, trace);
      throw no;
    }
  }

  /** A cursor that lacks a shard for its whole life because of a moment's rush helps nobody. */
  private static void refuseWhereFull(List<ShardReply<ShardAnswer>> replies) throws No {
    for (ShardReply<ShardAnswer> reply : replies) {
      if (reply instanceof ShardReply.Refused<ShardAnswer> refused
          && refused.refusal().getKind() == RefusalKind.BUSY) {
        throw new No(refused.refusal());
      }
    }
  }

  // ---- The pages behind it ----

  Page.Builder goOn(
      SearchRequest request,
      InstanceRecord instance,
      CursorState before,
      Scale scale,
      Deadline deadline,
      Trace trace)
      throws No {
    CursorState.Builder state = before.toBuilder();
    Map<Integer, ShardHits> next = ask(request, instance, state, deadline, trace);
    return page(request, instance, state, next, scale, deadline, trace);
  }

  /** What each shard that may have more has next. */
  private Map<Integer, ShardHits> ask(
      SearchRequest request,
      InstanceRecord instance,
      CursorState.Builder state,
      Deadline deadline,
      Trace trace)
      throws No {
    Map<Integer, ShardQuery> queries = new TreeMap<>();
    for (CursorSlot slot : state.getSlotsList()) {
      if (!slot.getEnded()) {
        queries.put(
            slot.getSlot(),
            ShardQuery.newBuilder()
                .setLimit(asked(state, request.getLimit()))
                .setWithAttributes(bringsAttributes(state))
                .setCursor(
                    ShardCursor.newBuilder()
                        .setLease(slot.getLease())
                        .setTenant(state.getTenant())
                        .setTaken(slot.getTaken())
                        .setAfter(state.getAfter()))
                .build());
      }
    }
    Map<Integer, ShardHits> next = new TreeMap<>();
    for (ShardReply<ShardAnswer> reply :
        fanOut.askAll(
            instance,
            queries.keySet(),
            new Held(state)::replica,
            questions.leased(
                slot -> queries.getOrDefault(slot, ShardQuery.getDefaultInstance()), trace),
            deadline)) {
      if (reply instanceof ShardReply.Answered<ShardAnswer> answered) {
        next.put(reply.target().slot(), answered.answer().getHits());
      } else {
        throw new No(Refusals.from(reply));
      }
    }
    return next;
  }

  /** One more than can be needed tells whether there are more; groups come in several shards. */
  private static int asked(CursorState.Builder state, int limit) {
    return state.getGroupBy().isEmpty() ? limit + 1 : 2 * (limit + 1);
  }

  /** With several shards most of the hits asked for are not of this page. */
  private static boolean bringsAttributes(CursorState.Builder state) {
    return state.getWithAttributes() && state.getShardsAsked() == 1;
  }

  // ---- Any page ----

  private Page.Builder page(
      SearchRequest request,
      InstanceRecord instance,
      CursorState.Builder state,
      Map<Integer, ShardHits> first,
      Scale scale,
      Deadline deadline,
      Trace trace)
      throws No {
    int limit =
        state.getByVector()
            ? Math.min(request.getLimit(), RequestRules.CURSOR_DEPTH_MAX - state.getGiven())
            : request.getLimit();
    List<Hit> hits = new ArrayList<>();
    Set<String> groups = new HashSet<>();
    Map<Integer, ShardHits> next = first;
    Coverage coverage = coverage(state, first);
    for (int round = 1; ; round++) {
      Set<String> given = givenBefore(instance, state, next, deadline, trace);
      Predicate<Hit> passOver =
          hit -> hit.hasGroup() && (given.contains(hit.getGroup()) || !groups.add(hit.getGroup()));
      CursorMerger.Merged merged =
          CursorMerger.merge(
              nexts(state, next, asked(state, request.getLimit())),
              scale.order(),
              limit - hits.size(),
              passOver);
      hits.addAll(merged.hits());
      move(state, next, merged, asked(state, request.getLimit()));
      if (!merged.isShort() || round == ROUNDS_MAX) {
        break;
      }
      next = ask(request, instance, state, deadline, trace);
    }
    state.setGiven(state.getGiven() + hits.size());
    if (!state.getByVector() && !hits.isEmpty()) {
      state.setAfter(hits.getLast().getImageId());
    }
    List<Hit> told = fill(instance, state, hits, deadline, trace);
    Page.Builder page =
        Page.newBuilder()
            .addAllHits(scale.scored(told))
            .setTotal(state.getTotal())
            .setCoverage(coverage);
    if (state.getSlotsList().stream().allMatch(CursorSlot::getEnded)) {
      end(instance, state, trace);
    } else {
      page.setNextCursor(state.build().toByteString());
    }
    return page;
  }

  private static List<CursorMerger.Next> nexts(
      CursorState.Builder state, Map<Integer, ShardHits> next, int asked) {
    List<CursorMerger.Next> nexts = new ArrayList<>();
    for (CursorSlot slot : state.getSlotsList()) {
      List<Hit> hits =
          next.getOrDefault(slot.getSlot(), ShardHits.getDefaultInstance()).getHitsList();
      nexts.add(new CursorMerger.Next(hits, hits.size() >= asked));
    }
    return nexts;
  }

  /** Moves the cursor behind what was taken. */
  private static void move(
      CursorState.Builder state,
      Map<Integer, ShardHits> next,
      CursorMerger.Merged merged,
      int asked) {
    for (int i = 0; i < state.getSlotsCount(); i++) {
      CursorSlot.Builder slot = state.getSlotsBuilder(i);
      if (slot.getEnded()) {
        continue;
      }
      int had = next.getOrDefault(slot.getSlot(), ShardHits.getDefaultInstance()).getHitsCount();
      int taken = merged.taken()[i];
      slot.setTaken(slot.getTaken() + taken).setEnded(taken == had && had < asked);
    }
  }

  private static Coverage coverage(CursorState.Builder state, Map<Integer, ShardHits> next) {
    Coverage.Builder coverage =
        Coverage.newBuilder()
            .setShardsAsked(state.getShardsAsked())
            .setShardsAnswered(state.getSlotsCount())
            .addAllReasons(state.getReasonsList());
    next.forEach(
        (slot, hits) -> coverage.addPositions(hits.getPosition().toBuilder().setSlot(slot)));
    return coverage.build();
  }

  /**
   * Groups among these that came on an earlier page, from whichever shard: the best of a group may
   * lie in one shard and its next best in another.
   */
  private Set<String> givenBefore(
      InstanceRecord instance,
      CursorState.Builder state,
      Map<Integer, ShardHits> next,
      Deadline deadline,
      Trace trace)
      throws No {
    Set<String> groups = new TreeSet<>();
    if (!state.getGroupBy().isEmpty() && state.getSlotsCount() > 1) {
      next.values()
          .forEach(
              hits ->
                  hits.getHitsList().stream()
                      .filter(Hit::hasGroup)
                      .forEach(hit -> groups.add(hit.getGroup())));
    }
    Map<Integer, Integer> taken = new TreeMap<>();
    for (CursorSlot slot : state.getSlotsList()) {
      if (slot.getTaken() > 0) {
        taken.put(slot.getSlot(), slot.getTaken());
      }
    }
    Set<String> given = new HashSet<>();
    List<String> all = List.copyOf(groups);
    for (int from = 0; from < all.size() && !taken.isEmpty(); from += Details.GROUPS_MAX) {
      List<String> some = all.subList(from, Math.min(all.size(), from + Details.GROUPS_MAX));
      List<ShardReply<ShardGroupsAnswer>> replies =
          details.ask(
              instance,
              some,
              slot ->
                  ShardGroupsRequest.newBuilder()
                      .setTag(state.getGroupBy())
                      .setTaken(taken.getOrDefault(slot, 0))
                      .build(),
              taken.keySet(),
              new Held(state),
              deadline,
              trace);
      for (ShardReply<ShardGroupsAnswer> reply : replies) {
        if (!(reply instanceof ShardReply.Answered<ShardGroupsAnswer> answered)) {
          throw new No(Refusals.from(reply));
        }
        for (int i = 0; i < some.size(); i++) {
          if (answered.answer().getGroups().getGroups(i).getTaken()) {
            given.add(some.get(i));
          }
        }
      }
    }
    return given;
  }

  /** The leases of a cursor. */
  private record Held(Map<Integer, CursorSlot> slots, String tenant) implements Details.Moment {
    Held(CursorState.Builder state) {
      this(new TreeMap<>(), state.getTenant());
      state.getSlotsList().forEach(slot -> slots.put(slot.getSlot(), slot));
    }

    private CursorSlot of(int slot) {
      return slots.getOrDefault(slot, CursorSlot.getDefaultInstance());
    }

    @Override
    public ByteString lease(int slot) {
      return of(slot).getLease();
    }

    @Override
    public Replica replica(int slot) {
      return Replica.holder(of(slot).getNode());
    }
  }

  private List<Hit> fill(
      InstanceRecord instance,
      CursorState.Builder state,
      List<Hit> hits,
      Deadline deadline,
      Trace trace)
      throws No {
    Held held = new Held(state);
    List<Hit> filled = hits;
    if (state.getWithAttributes() && !bringsAttributes(state)) {
      filled = whole(details.attributes(instance, filled, held, deadline, trace));
    }
    if (state.getGroupSize() > 1) {
      Set<Integer> slots = new TreeSet<>();
      held.slots()
          .forEach(
              (slot, its) -> {
                if (!its.getLease().isEmpty()) {
                  slots.add(slot);
                }
              });
      ShardGroupsRequest asked =
          ShardGroupsRequest.newBuilder()
              .setTag(state.getGroupBy())
              .setSize(state.getGroupSize())
              .setWithAttributes(state.getWithAttributes())
              .build();
      filled = whole(details.others(instance, filled, asked, slots, held, deadline, trace));
    }
    return filled;
  }

  private static List<Hit> whole(Details.Filled filled) throws No {
    for (ShardReply<?> missing : filled.missing().values()) {
      throw new No(Refusals.from(missing));
    }
    return filled.hits();
  }

  private void end(InstanceRecord instance, CursorState.Builder state, Trace trace) {
    Map<Integer, CursorSlot> held = new TreeMap<>();
    for (CursorSlot slot : state.getSlotsList()) {
      if (!slot.getLease().isEmpty()) {
        held.put(slot.getSlot(), slot);
      }
    }
    for (SlotReplicas replicas : directory.replicas(instance.getUid(), held.keySet())) {
      CursorSlot slot = held.getOrDefault(replicas.slot(), CursorSlot.getDefaultInstance());
      ShardLeaseEnd end =
          ShardLeaseEnd.newBuilder().setLease(slot.getLease()).setTenant(state.getTenant()).build();
      replicas.on(slot.getNode()).ifPresent(on -> questions.endLease(on, end, trace));
    }
  }
}
