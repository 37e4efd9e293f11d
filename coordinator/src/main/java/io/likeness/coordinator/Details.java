package io.likeness.coordinator;

import com.google.protobuf.ByteString;
import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.coordinator.fanout.Replica;
import io.likeness.coordinator.fanout.ShardReply;
import io.likeness.coordinator.merge.HitMerger;
import io.likeness.coordinator.plan.Deadline;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.Slots;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.ListImagesAnswer;
import io.likeness.wire.ShardGroup;
import io.likeness.wire.ShardGroupsAnswer;
import io.likeness.wire.ShardGroupsRequest;
import io.likeness.wire.ShardImagesRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;

/**
 * The second question about a page: what its images carry, and who else is in their groups. A deep
 * page would otherwise bring the attributes of everything before it along, from every shard.
 */
final class Details {

  /** Groups asked of a shard at once. */
  static final int GROUPS_MAX = 1_000;

  private final Questions questions;
  private final FanOut fanOut;

  Details(Questions questions, FanOut fanOut) {
    this.questions = questions;
    this.fanOut = fanOut;
  }

  /**
   * A page whose hits know more, as far as their shards answered.
   *
   * @param missing who did not answer, by slot
   */
  record Filled(List<Hit> hits, Map<Integer, ShardReply<?>> missing) {}

  /** Of which moment: the leases of a cursor, or now. */
  interface Moment {
    ByteString lease(int slot);

    String tenant();

    /** Who knows it. */
    Replica replica(int slot);
  }

  /** As it is, preferably where the hits come from. */
  record Now(Map<Integer, String> nodes) implements Moment {
    @Override
    public ByteString lease(int slot) {
      return ByteString.EMPTY;
    }

    @Override
    public String tenant() {
      return "";
    }

    @Override
    public Replica replica(int slot) {
      return Replica.preferred(nodes.getOrDefault(slot, ""));
    }
  }

  /** Puts in what each carries; an image that is gone since then carries nothing. */
  Filled attributes(
      InstanceRecord instance, List<Hit> page, Moment moment, Deadline deadline, Trace trace) {
    Map<Integer, ShardReply<?>> missing = new TreeMap<>();
    Map<String, ImageInfo> known = images(instance, page, moment, missing, deadline, trace);
    List<Hit> filled = new ArrayList<>();
    for (Hit hit : page) {
      ImageInfo image = known.get(hit.getImageId());
      filled.add(
          image == null ? hit : hit.toBuilder().setAttributes(image.getAttributes()).build());
    }
    return new Filled(filled, missing);
  }

  /** Says what each, with its likeness, is to what was searched with. */
  Filled relations(
      InstanceRecord instance,
      List<Hit> scored,
      Relations relations,
      Moment moment,
      Deadline deadline,
      Trace trace) {
    Map<Integer, ShardReply<?>> missing = new TreeMap<>();
    Map<String, ImageInfo> known = images(instance, scored, moment, missing, deadline, trace);
    List<Hit> told = new ArrayList<>();
    for (Hit hit : scored) {
      ImageInfo image = known.getOrDefault(hit.getImageId(), ImageInfo.getDefaultInstance());
      told.add(hit.toBuilder().setRelation(relations.of(hit.getScore(), image)).build());
    }
    return new Filled(told, missing);
  }

  private Map<String, ImageInfo> images(
      InstanceRecord instance,
      List<Hit> page,
      Moment moment,
      Map<Integer, ShardReply<?>> missing,
      Deadline deadline,
      Trace trace) {
    Map<Integer, List<String>> ids = new TreeMap<>();
    for (Hit hit : page) {
      int slot = Slots.slotOf(instance.getSlotsList(), hit.getImageId());
      ids.computeIfAbsent(slot, first -> new ArrayList<>()).add(hit.getImageId());
    }
    IntFunction<ShardImagesRequest> request =
        slot ->
            ShardImagesRequest.newBuilder()
                .addAllImageIds(ids.getOrDefault(slot, List.of()))
                .setLease(moment.lease(slot))
                .setTenant(moment.tenant())
                .build();
    Map<String, ImageInfo> known = new HashMap<>();
    for (ShardReply<ListImagesAnswer> reply :
        fanOut.askAll(
            instance, ids.keySet(), moment::replica, questions.images(request, trace), deadline)) {
      if (reply instanceof ShardReply.Answered<ListImagesAnswer> answered) {
        for (ImageInfo image : answered.answer().getImages().getImagesList()) {
          known.put(image.getImageId(), image);
        }
      } else {
        missing.put(reply.target().slot(), reply);
      }
    }
    return known;
  }

  /**
   * Puts in the next best of each hit's group.
   *
   * @param asked what is asked of every slot, without the groups
   * @param slots whom to ask
   */
  Filled others(
      InstanceRecord instance,
      List<Hit> page,
      ShardGroupsRequest asked,
      Set<Integer> slots,
      Moment moment,
      Deadline deadline,
      Trace trace) {
    List<String> groups = page.stream().filter(Hit::hasGroup).map(Hit::getGroup).toList();
    Map<String, List<List<Hit>>> members = new HashMap<>();
    Map<Integer, ShardReply<?>> missing = new TreeMap<>();
    for (int from = 0; from < groups.size(); from += GROUPS_MAX) {
      List<String> some = groups.subList(from, Math.min(groups.size(), from + GROUPS_MAX));
      for (ShardReply<ShardGroupsAnswer> reply :
          ask(instance, some, slot -> asked, slots, moment, deadline, trace)) {
        if (reply instanceof ShardReply.Answered<ShardGroupsAnswer> answered) {
          List<ShardGroup> found = answered.answer().getGroups().getGroupsList();
          for (int i = 0; i < Math.min(found.size(), some.size()); i++) {
            members
                .computeIfAbsent(some.get(i), group -> new ArrayList<>())
                .add(found.get(i).getBestList());
          }
        } else {
          missing.put(reply.target().slot(), reply);
        }
      }
    }
    List<Hit> filled = new ArrayList<>();
    for (Hit hit : page) {
      List<Hit> best =
          HitMerger.merge(
              members.getOrDefault(hit.getGroup(), List.of()),
              HitMerger.BY_SCORE,
              0,
              asked.getSize());
      filled.add(
          hit.hasGroup()
              ? hit.toBuilder()
                  .addAllOthers(
                      best.stream()
                          .filter(other -> !other.getImageId().equals(hit.getImageId()))
                          .limit(asked.getSize() - 1L)
                          .toList())
                  .build()
              : hit);
    }
    return new Filled(filled, missing);
  }

  /** Asks these slots about at most {@link #GROUPS_MAX} groups. */
  List<ShardReply<ShardGroupsAnswer>> ask(
      InstanceRecord instance,
      List<String> groups,
      IntFunction<ShardGroupsRequest> askSlot,
      Set<Integer> slots,
      Moment moment,
      Deadline deadline,
      Trace trace) {
    IntFunction<ShardGroupsRequest> request =
        slot ->
            askSlot.apply(slot).toBuilder()
                .addAllValues(groups)
                .setLease(moment.lease(slot))
                .setTenant(moment.tenant())
                .build();
    return fanOut.askAll(
        instance, slots, moment::replica, questions.groups(request, trace), deadline);
  }
}
