package io.likeness.coordinator;

import com.google.protobuf.ByteString;
import io.likeness.coordinator.fanout.FanOut;
import io.likeness.coordinator.fanout.Questions;
import io.likeness.coordinator.fanout.ShardReply;
import io.likeness.coordinator.merge.Coverages;
import io.likeness.coordinator.merge.HitMerger;
import io.likeness.coordinator.plan.Deadline;
import io.likeness.coordinator.plan.RequestRules;
import io.likeness.coordinator.plan.ShardDirectory;
import io.likeness.node.process.SearchLimit;
import io.likeness.node.process.Trace;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.CountImagesAnswer;
import io.likeness.wire.CountImagesRequest;
import io.likeness.wire.Coverage;
import io.likeness.wire.CursorState;
import io.likeness.wire.FoundSubject;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageCount;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Page;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.SearchAnswer;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.ShardAnswer;
import io.likeness.wire.ShardGroupsRequest;
import io.likeness.wire.ShardQuery;
import io.likeness.wire.StageTimings;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;

/**
 * The life of a query: plan by instance, make the query's vector, ask one replica of each slot,
 * merge. Straight down, on a virtual thread.
 */
final class Searcher {

  /** Hits with their attributes that several shards may bring for a small page. */
  private static final int ONE_QUESTION_HITS = 200;

  /** By so much longer than it ran may a search have waited for threads. */
  private static final long RUSH_MICROS = 2_000;

  /** A shard that refuses for want of a thread counts as one that let wait for so long. */
  private static final long FULL_MICROS = 1_000_000;

  private final ShardDirectory directory;
  private final QueryVectors vectors;
  private final Questions questions;
  private final FanOut fanOut;
  private final Details details;
  private final Cursors cursors;
  private final Consistency consistency;
  private final QueryTimes times;
  private final SearchGate gate;
  private final HitRoom room;
  private final SearchMetrics metrics;

  Searcher(
      ShardDirectory directory,
      QueryVectors vectors,
      Questions questions,
      FanOut fanOut,
      Consistency consistency,
      QueryTimes times,
      SearchGate gate,
      HitRoom room,
      SearchMetrics metrics) {
    this.directory = directory;
    this.vectors = vectors;
    this.questions = questions;
    this.fanOut = fanOut;
    this.details = new Details(questions, fanOut);
    this.cursors = new Cursors(directory, questions, fanOut, details);
    this.consistency = consistency;
    this.times = times;
    this.gate = gate;
    this.room = room;
    this.metrics = metrics;
  }

  SearchAnswer search(SearchRequest request, Trace trace) {
    SearchAnswer answer;
    try {
      answer = SearchAnswer.newBuilder().setPage(page(request, trace)).build();
    } catch (No no) {
      answer = SearchAnswer.newBuilder().setRefusal(no.refusal()).build();
    }
    metrics.searched(answer);
    return answer;
  }

  CountImagesAnswer count(CountImagesRequest request, Trace trace) {
    try {
      return CountImagesAnswer.newBuilder().setCount(counted(request, trace)).build();
    } catch (No no) {
      return CountImagesAnswer.newBuilder().setRefusal(no.refusal()).build();
    }
  }

  private Page page(SearchRequest request, Trace trace) throws No {
    final long begun = System.nanoTime();
    Deadline deadline = times.deadline(request.getDeadlineMillis());
    StageTimings.Builder timings = StageTimings.newBuilder();
    InstanceRecord instance = instance(request.getInstanceUid());
    SearchRequest ready =
        request.getCursor().isEmpty() ? ready(request, instance, deadline) : request;
    long reach = Math.max(0L, request.getOffset()) + Math.max(0, request.getLimit());
    try (SearchGate.Place place = gate.enter(instance.getProjectId(), deadline);
        HitRoom.Taken taken = room.take(reach * instance.getSlotsCount())) {
      Page.Builder page =
          request.getCursor().isEmpty()
              ? searched(ready, instance, timings, deadline, place, trace)
              : wentOn(request, instance, timings, deadline, trace);
      if (timings.getQueuedMicros() > timings.getRanMicros() + RUSH_MICROS) {
        place.met(SearchLimit.Rush.WAITED);
      }
      return page.setTimings(timings.setTotalMicros(micros(begun, System.nanoTime()))).build();
    }
  }

  /** What has to be waited for before it takes a place that others could search in. */
  private SearchRequest ready(SearchRequest request, InstanceRecord instance, Deadline deadline)
      throws No {
    refuseWhere(RequestRules.fault(request, instance));
    return vectors.fetched(consistency.settled(request, deadline));
  }

  private Page.Builder wentOn(
      SearchRequest request,
      InstanceRecord instance,
      StageTimings.Builder timings,
      Deadline deadline,
      Trace trace)
      throws No {
    final long asking = System.nanoTime();
    CursorState state = Cursors.read(request);
    Scale scale =
        new Scale(
            state.getByVector() ? Optional.of(vectors.model(instance)) : Optional.empty(),
            false,
            state.hasMinScore() ? OptionalDouble.of(state.getMinScore()) : OptionalDouble.empty());
    Page.Builder page = cursors.goOn(request, instance, state, scale, deadline, trace);
    timings.setShardsMicros(micros(asking, System.nanoTime()));
    return page;
  }

  private Page.Builder searched(
      SearchRequest request,
      InstanceRecord instance,
      StageTimings.Builder timings,
      Deadline deadline,
      SearchGate.Place place,
      Trace trace)
      throws No {
    Optional<QueryVectors.Asked> asked;
    try {
      asked = vectors.of(request, instance, timings, deadline, trace);
    } catch (No no) {
      if (no.refusal().getKind() == RefusalKind.BUSY) {
        place.met(SearchLimit.Rush.REFUSED);
      }
      throw no;
    }
    Optional<FeatureVector> vector = asked.map(QueryVectors.Asked::vector);
    Scale scale =
        new Scale(
            vector.isPresent() ? Optional.of(vectors.model(instance)) : Optional.empty(),
            request.hasWords(),
            request.hasMinScore()
                ? OptionalDouble.of(request.getMinScore())
                : OptionalDouble.empty());
    ShardQuery.Builder query =
        ShardQuery.newBuilder()
            .setVector(vector.map(FeatureVector::toBytes).orElse(ByteString.EMPTY))
            .setFilter(request.getFilter())
            .setGroupBy(request.getGroupBy())
            .addAllAtLeast(request.getAtLeastList());
    if (request.hasMaxLagMillis()) {
      query.setMaxLagMillis(request.getMaxLagMillis());
    }
    if (request.hasWords()) {
      query.setWords(request.getWords());
    }
    scale.lowestCosine().ifPresent(query::setMinCosine);
    if (!request.getOpenCursor()) {
      Relations relations = asked.map(QueryVectors.Asked::relations).orElse(Relations.UNKNOWN);
      return byOffset(request, instance, query.build(), scale, relations, timings, deadline, trace)
          .addAllSubjects(subjects(asked));
    }
    final long asking = System.nanoTime();
    Page.Builder page = cursors.open(request, instance, query.build(), scale, deadline, trace);
    timings.setShardsMicros(micros(asking, System.nanoTime()));
    return page.addAllSubjects(subjects(asked));
  }

  private static List<FoundSubject> subjects(Optional<QueryVectors.Asked> asked) {
    return asked.map(QueryVectors.Asked::subjects).orElse(List.of()).stream()
        .map(
            subject ->
                FoundSubject.newBuilder()
                    .setBox(subject.box())
                    .setScore(subject.score())
                    .setLabel(subject.label())
                    .build())
        .toList();
  }

  private Page.Builder byOffset(
      SearchRequest request,
      InstanceRecord instance,
      ShardQuery query,
      Scale scale,
      Relations relations,
      StageTimings.Builder timings,
      Deadline deadline,
      Trace trace)
      throws No {
    int reach = request.getOffset() + request.getLimit();
    List<Integer> asking = ShardDirectory.slots(instance);
    boolean inOne = isWorthOneQuestion(request, asking.size());
    ShardQuery asked =
        query.toBuilder()
            .setLimit(reach)
            .setWithAttributes(request.getWithAttributes() && inOne)
            .setCountOnly(reach == 0)
            .build();
    final long begun = System.nanoTime();
    List<ShardReply<ShardAnswer>> replies =
        fanOut.askAll(instance, asking, questions.query(asked, trace), deadline);
    final long merging = System.nanoTime();
    tellOfThreads(replies, timings);
    Coverage coverage = Coverages.of(replies);
    Refusals.whereTooFew(coverage, request.getStrict());
    List<List<Hit>> shards = new ArrayList<>();
    Map<Integer, String> nodes = new TreeMap<>();
    for (ShardReply<ShardAnswer> reply : replies) {
      if (reply instanceof ShardReply.Answered<ShardAnswer> answered) {
        shards.add(answered.answer().getHits().getHitsList());
        nodes.put(reply.target().slot(), reply.target().node());
      }
    }
    List<Hit> hits =
        request.getGroupBy().isEmpty()
            ? HitMerger.merge(shards, scale.order(), request.getOffset(), request.getLimit())
            : HitMerger.mergeGroups(shards, scale.order(), request.getOffset(), request.getLimit());
    final long merged = System.nanoTime();
    Details.Moment now = new Details.Now(nodes);
    Map<Integer, ShardReply<?>> missing = new TreeMap<>();
    if (request.getWithAttributes() && !inOne) {
      Details.Filled filled = details.attributes(instance, hits, now, deadline, trace);
      hits = filled.hits();
      missing.putAll(filled.missing());
    }
    if (request.getGroupSize() > 1) {
      Details.Filled filled =
          details.others(
              instance, hits, groups(request, query), nodes.keySet(), now, deadline, trace);
      hits = filled.hits();
      missing.putAll(filled.missing());
    }
    hits = scale.scored(hits);
    if (request.getWithRelations() && scale.model().isPresent()) {
      Details.Filled filled = details.relations(instance, hits, relations, now, deadline, trace);
      hits = filled.hits();
      missing.putAll(filled.missing());
    }
    Coverage inTheEnd = Coverages.without(coverage, missing);
    Refusals.whereTooFew(inTheEnd, request.getStrict());
    timings
        .setShardsMicros(micros(begun, merging) + micros(merged, System.nanoTime()))
        .setMergeMicros(micros(merging, merged));
    return Page.newBuilder().addAllHits(hits).setTotal(total(replies)).setCoverage(inTheEnd);
  }

  private static void tellOfThreads(
      List<ShardReply<ShardAnswer>> replies, StageTimings.Builder timings) {
    long queued = 0;
    long ran = 0;
    for (ShardReply<ShardAnswer> reply : replies) {
      if (reply instanceof ShardReply.Answered<ShardAnswer> answered) {
        queued += answered.answer().getHits().getQueuedMicros();
        ran += answered.answer().getHits().getRanMicros();
      } else if (reply instanceof ShardReply.Refused<ShardAnswer> refused
          && refused.refusal().getKind() == RefusalKind.BUSY) {
        queued += FULL_MICROS;
      }
    }
    int shards = Math.max(1, replies.size());
    timings.setQueuedMicros(queued / shards).setRanMicros(ran / shards);
  }

  /**
   * Attributes come with the hits where that brings few that are not of the page: they are most of
   * an answer's bytes, and of a deep page's reading.
   */
  private static boolean isWorthOneQuestion(SearchRequest request, int shards) {
    long brought = ((long) request.getOffset() + request.getLimit()) * shards;
    return brought <= Math.max(ONE_QUESTION_HITS, 2L * request.getLimit());
  }

  private static ShardGroupsRequest groups(SearchRequest request, ShardQuery query) {
    ShardGroupsRequest.Builder groups =
        ShardGroupsRequest.newBuilder()
            .setTag(request.getGroupBy())
            .setSize(request.getGroupSize())
            .setVector(query.getVector())
            .setFilter(query.getFilter())
            .setWithAttributes(request.getWithAttributes());
    if (query.hasMinCosine()) {
      groups.setMinCosine(query.getMinCosine());
    }
    return groups.build();
  }

  private ImageCount counted(CountImagesRequest request, Trace trace) throws No {
    Deadline deadline = times.deadline(0);
    InstanceRecord instance = instance(request.getInstanceUid());
    refuseWhere(RequestRules.fault(request.getFilter()));
    ShardQuery query =
        ShardQuery.newBuilder().setFilter(request.getFilter()).setCountOnly(true).build();
    List<ShardReply<ShardAnswer>> replies =
        fanOut.askAll(
            instance, ShardDirectory.slots(instance), questions.query(query, trace), deadline);
    Coverage coverage = Coverages.of(replies);
    Refusals.whereTooFew(coverage, false);
    return ImageCount.newBuilder().setTotal(total(replies)).setCoverage(coverage).build();
  }

  private InstanceRecord instance(String uid) throws No {
    Optional<InstanceRecord> instance = directory.instance(uid);
    if (instance.isEmpty()) {
      throw new No(Refusals.noInstance(uid));
    }
    return instance.get();
  }

  private static void refuseWhere(Optional<String> fault) throws No {
    if (fault.isPresent()) {
      throw new No(Refusals.of(RefusalKind.BAD_REQUEST, fault.get()));
    }
  }

  private static long total(List<ShardReply<ShardAnswer>> replies) {
    long total = 0;
    for (ShardReply<ShardAnswer> reply : replies) {
      if (reply instanceof ShardReply.Answered<ShardAnswer> answered) {
        total += answered.answer().getHits().getTotal();
      }
    }
    return total;
  }

  private static long micros(long from, long to) {
    return (to - from) / 1_000;
  }
}
