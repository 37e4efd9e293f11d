package io.likeness.shard.index;

import com.google.protobuf.ByteString;
import io.likeness.proto.image.ImageIds;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.VectorRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What a shard should be: maps and loops over them. */
final class ModelShard {

  private final Map<String, ImageState> states = new TreeMap<>(ImageIds.ORDER);
  private final Map<String, ByteString> vectors = new HashMap<>();
  private final Map<String, FeatureVector> parsed = new HashMap<>();

  void apply(VectorRecord record) {
    ImageState before = states.getOrDefault(record.getImageId(), ImageState.UNKNOWN);
    ImageState after = before.merge(record);
    states.put(record.getImageId(), after);
    if (after.exists() && after.added().isAfter(before.added())) {
      vectors.put(record.getImageId(), record.getPut().getVector());
      parsed.put(record.getImageId(), FeatureVector.ofBytes(record.getPut().getVector()));
    }
  }

  Map<String, ImageState> states() {
    return states;
  }

  /** Of the vectors; 0 where there is none. */
  int dimensions() {
    return parsed.values().stream().findAny().map(FeatureVector::dimensions).orElse(0);
  }

  ByteString vector(String id) {
    return Objects.requireNonNull(vectors.get(id));
  }

  List<String> matching(Filter filter) {
    List<String> ids = new ArrayList<>();
    states.forEach(
        (id, state) -> {
          if (state.exists() && matches(filter, id, state)) {
            ids.add(id);
          }
        });
    return ids;
  }

  static boolean matches(Filter filter, String id, ImageState state) {
    return switch (filter.getKindCase()) {
      case KIND_NOT_SET -> true;
      case TAG_IN -> {
        String value = state.tags().value().getValuesMap().get(filter.getTagIn().getKey());
        yield value != null && filter.getTagIn().getValuesList().contains(value);
      }
      case TAG_PRESENT ->
          state.tags().value().getValuesMap().containsKey(filter.getTagPresent().getKey());
      case NUMBER_RANGE -> {
        var range = filter.getNumberRange();
        Double value = state.numbers().value().getValuesMap().get(range.getKey());
        yield value != null
            && (!range.hasFrom() || value >= range.getFrom())
            && (!range.hasTo() || value <= range.getTo());
      }
      case ID_PREFIX -> id.startsWith(filter.getIdPrefix().getPrefix());
      case ALL_OF ->
          filter.getAllOf().getFiltersList().stream().allMatch(f -> matches(f, id, state));
      case ANY_OF ->
          filter.getAnyOf().getFiltersList().stream().anyMatch(f -> matches(f, id, state));
      case NONE_OF -> !matches(filter.getNoneOf(), id, state);
    };
  }

  /** Ids with their cosines, best first, ties by id. */
  List<Scored> search(float[] query, Filter filter, int limit, float minCosine) {
    FeatureVector asked = FeatureVector.ofUnit(query);
    List<Scored> all = new ArrayList<>();
    for (String id : matching(filter)) {
      float cosine = asked.cosine(Objects.requireNonNull(parsed.get(id)));
      if (cosine >= minCosine) {
        all.add(new Scored(id, cosine));
      }
    }
    all.sort(
        Comparator.comparingDouble((Scored s) -> -s.cosine())
            .thenComparing(Scored::id, ImageIds.ORDER));
    return all.subList(0, Math.min(limit, all.size()));
  }

  record Scored(String id, double cosine) {}

  static List<String> ids(List<Hit> hits) {
    return hits.stream().map(Hit::getImageId).toList();
  }
}
