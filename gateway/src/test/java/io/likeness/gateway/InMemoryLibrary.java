package io.likeness.gateway;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.proto.image.InstanceKey;
import io.likeness.proto.vector.Version;
import io.likeness.wire.AddImage;
import io.likeness.wire.Attributes;
import io.likeness.wire.Box;
import io.likeness.wire.Coverage;
import io.likeness.wire.DetectorInfo;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ImageList;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import io.likeness.wire.ModelInfo;
import io.likeness.wire.NumberRange;
import io.likeness.wire.Page;
import io.likeness.wire.Refusal;
import io.likeness.wire.RefusalKind;
import io.likeness.wire.Rejection;
import io.likeness.wire.SearchRequest;
import io.likeness.wire.WordPlace;
import io.likeness.wire.WordQuery;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A library in maps. Pictures are alike by their bytes: the same bytes score 1, other bytes by the
 * part of their common beginning. What the next call should come to can be said before. Images are
 * written by one caller at a time, however many ask.
 */
public final class InMemoryLibrary implements Library {

  public record Stored(AddImage add, Attributes attributes, long version) {}

  public final Map<String, InstanceRecord> instances = new TreeMap<>();
  public final Map<String, Map<String, Stored>> images = new HashMap<>();
  public final List<SearchRequest> searches = new ArrayList<>();
  public final Map<String, Duration> waits = new LinkedHashMap<>();
  public int shardsAnswered = 1;
  private @Nullable WriteOutcome nextWrite;
  private @Nullable Refusal nextRefusal;
  private @Nullable Page nextPage;
  private @Nullable Box subject;
  private @Nullable RuntimeException nextFailure;
  private long offset;

  public void nextWrite(WriteOutcome outcome) {
    nextWrite = outcome;
  }

  public void nextRejection(Rejection rejection) {
    nextWrite = new Rejected(version(), rejection);
  }

  public void nextRefusal(RefusalKind kind, String detail) {
    nextRefusal = Refusal.newBuilder().setKind(kind).setDetail(detail).build();
  }

  /** What the next search finds. */
  public void nextPage(Page page) {
    nextPage = page;
  }

  /** What pictures are about from now on. */
  public void nextSubject(Box box) {
    subject = box;
  }

  public void nextFailure(RuntimeException failure) {
    nextFailure = failure;
  }

  public Map<String, Stored> of(InstanceKey key) {
    return images.getOrDefault(key.toString(), Map.of());
  }

  /** The image stored under this id, which must be there. */
  public Stored stored(InstanceKey key, String imageId) {
    return Objects.requireNonNull(of(key).get(imageId), imageId);
  }

  private void failIfTold() {
    RuntimeException failure = nextFailure;
    nextFailure = null;
    if (failure != null) {
      throw failure;
    }
  }

  private Version version() {
    return new Version(1, 0, offset++);
  }

  @Override
  public InstanceOutcome createInstance(NewInstance wanted) {
    failIfTold();
    InstanceRecord holder = instances.get(wanted.key().toString());
    if (holder != null) {
      return new NameTaken(holder);
    }
    if (!wanted.model().equals("default")) {
      return new UnknownModel(wanted.model());
    }
    if (!wanted.detector().isEmpty() && !wanted.detector().equals("eyes")) {
      return new UnknownDetector(wanted.detector());
    }
    InstanceRecord created =
        InstanceRecord.newBuilder()
            .setUid("uid-" + wanted.key())
            .setProjectId(wanted.key().project())
            .setName(wanted.key().name())
            .setDescription(wanted.description())
            .setModel(wanted.model())
            .setModelLabel(wanted.modelLabel())
            .setDimensions(4)
            .setDetector(wanted.detector())
            .setLevel(wanted.level())
            .addAllTags(wanted.tags())
            .addAllNumberTags(wanted.numberTags())
            .setStatus(InstanceStatus.NORMAL)
            .setCreatedAtMillis(1_767_323_045_000L)
            .build();
    instances.put(wanted.key().toString(), created);
    images.put(wanted.key().toString(), new TreeMap<>());
    return new Created(created);
  }

  @Override
  public Optional<InstanceRecord> instance(InstanceKey key) {
    return Optional.ofNullable(instances.get(key.toString()));
  }

  @Override
  public List<InstanceRecord> instancesOf(String projectId) {
    return instances.values().stream()
        .filter(each -> each.getProjectId().equals(projectId))
        .toList();
  }

  @Override
  public boolean deleteInstance(InstanceKey key) {
    failIfTold();
    images.remove(key.toString());
    return instances.remove(key.toString()) != null;
  }

  @Override
  public List<ModelInfo> models() {
    return List.of(
        ModelInfo.newBuilder().setName("default").setDimensions(4).setIsDefault(true).build());
  }

  @Override
  public List<DetectorInfo> detectors() {
    return List.of(
        DetectorInfo.newBuilder().setName("eyes").setVersion("1").addLabels("person").build());
  }

  private Map<String, Stored> imagesOf(InstanceRecord instance) {
    return Objects.requireNonNull(images.get(instance.getProjectId() + "/" + instance.getName()));
  }

  private Optional<WriteOutcome> told(String what, Duration wait) {
    failIfTold();
    waits.put(what, wait);
    WriteOutcome outcome = nextWrite;
    nextWrite = null;
    return Optional.ofNullable(outcome);
  }

  @Override
  public synchronized WriteOutcome add(
      InstanceRecord instance, String imageId, AddImage add, Duration wait, String traceparent) {
    Optional<WriteOutcome> told = told("add", wait);
    if (told.isPresent()) {
      return told.get();
    }
    Version version = version();
    imagesOf(instance).put(imageId, new Stored(add, add.getAttributes(), version.offset()));
    return new Visible(version);
  }

  @Override
  public synchronized WriteOutcome update(
      InstanceRecord instance,
      String imageId,
      Attributes attributes,
      Duration wait,
      String traceparent) {
    Optional<WriteOutcome> told = told("update", wait);
    if (told.isPresent()) {
      return told.get();
    }
    Version version = version();
    imagesOf(instance)
        .computeIfPresent(
            imageId,
            (id, before) -> {
              Attributes.Builder merged = before.attributes().toBuilder();
              if (attributes.hasTags()) {
                merged.setTags(attributes.getTags());
              }
              if (attributes.hasNumbers()) {
                merged.setNumbers(attributes.getNumbers());
              }
              if (attributes.hasText()) {
                merged.setText(attributes.getText());
              }
              return new Stored(before.add(), merged.build(), version.offset());
            });
    return new Visible(version);
  }

  @Override
  public synchronized WriteOutcome delete(
      InstanceRecord instance, String imageId, Duration wait, String traceparent) {
    Optional<WriteOutcome> told = told("delete", wait);
    if (told.isPresent()) {
      return told.get();
    }
    imagesOf(instance).remove(imageId);
    return new Visible(version());
  }

  @Override
  public synchronized ImageOutcome image(
      InstanceRecord instance,
      String imageId,
      Optional<Version> after,
      Duration wait,
      String traceparent) {
    failIfTold();
    if (nextRefusal != null) {
      return refused();
    }
    Stored stored = imagesOf(instance).get(imageId);
    ImageInfo.Builder image =
        ImageInfo.newBuilder().setImageId(imageId).setExists(stored != null).setApplied(true);
    if (stored != null) {
      image.setAttributes(stored.attributes());
      if (subject != null) {
        image.setSubject(subject);
      }
    }
    return new ImageShown(image.build());
  }

  @Override
  public ListOutcome list(
      InstanceRecord instance, String after, int limit, Filter filter, String traceparent) {
    ImageList.Builder list = ImageList.newBuilder();
    imagesOf(instance).entrySet().stream()
        .filter(
            each ->
                each.getKey().compareTo(after) > 0
                    && matches(filter, each.getKey(), each.getValue()))
        .limit(limit + 1L)
        .forEach(
            each ->
                list.addImages(
                    ImageInfo.newBuilder()
                        .setImageId(each.getKey())
                        .setExists(true)
                        .setAttributes(each.getValue().attributes())));
    boolean more = list.getImagesCount() > limit;
    if (more) {
      list.removeImages(limit);
    }
    return new Listed(list.setMore(more).build());
  }

  @Override
  public CountOutcome count(InstanceRecord instance, Filter filter, String traceparent) {
    return new Counted(
        imagesOf(instance).entrySet().stream()
            .filter(each -> matches(filter, each.getKey(), each.getValue()))
            .count());
  }

  @Override
  public SearchOutcome search(SearchRequest request, String traceparent) {
    failIfTold();
    searches.add(request);
    if (nextRefusal != null) {
      return refused();
    }
    Page told = nextPage;
    if (told != null) {
      nextPage = null;
      return new PageFound(told);
    }
    if (!request.getCursor().isEmpty()) {
      return next(request, traceparent);
    }
    InstanceRecord instance =
        instances.values().stream()
            .filter(each -> each.getUid().equals(request.getInstanceUid()))
            .findFirst()
            .orElseThrow();
    Map<String, Stored> all = imagesOf(instance);
    Optional<ByteString> wanted =
        switch (request.getQueryCase()) {
          case CONTENT -> Optional.of(request.getContent());
          case IMAGE_ID ->
              Optional.ofNullable(all.get(request.getImageId()))
                  .map(stored -> bytesOf(stored.add()));
          default -> Optional.empty();
        };
    if (request.hasImageId() && wanted.isEmpty()) {
      nextRefusal(RefusalKind.NO_SUCH_IMAGE, "no image " + request.getImageId());
      return refused();
    }
    List<Hit> hits =
        all.entrySet().stream()
            .filter(each -> matches(request.getFilter(), each.getKey(), each.getValue()))
            .filter(each -> !request.hasWords() || fit(request.getWords(), each.getValue()) > 0)
            .map(
                each ->
                    Hit.newBuilder()
                        .setImageId(each.getKey())
                        .setScore(
                            wanted
                                .map(bytes -> likeness(bytes, bytesOf(each.getValue().add())))
                                .orElseGet(() -> fit(request.getWords(), each.getValue())))
                        .setAttributes(each.getValue().attributes())
                        .build())
            .sorted(
                Comparator.comparingDouble((Hit hit) -> -hit.getScore())
                    .thenComparing(Hit::getImageId))
            .filter(hit -> isBehind(request.getWords(), hit))
            .toList();
    return new PageFound(
        Page.newBuilder()
            .setTotal(hits.size())
            .addAllHits(hits.stream().skip(request.getOffset()).limit(request.getLimit()).toList())
            .setNextCursor(
                request.getOpenCursor() && request.getOffset() + request.getLimit() < hits.size()
                    ? request.toBuilder()
                        .setOffset(request.getOffset() + request.getLimit())
                        .build()
                        .toByteString()
                    : ByteString.EMPTY)
            .setCoverage(Coverage.newBuilder().setShardsAsked(1).setShardsAnswered(shardsAnswered))
            .build());
  }

  /** A cursor holds the search that follows; no moment, as this library has none. */
  private SearchOutcome next(SearchRequest request, String traceparent) {
    try {
      SearchOutcome outcome =
          search(
              SearchRequest.parseFrom(request.getCursor()).toBuilder()
                  .setLimit(request.getLimit())
                  .build(),
              traceparent);
      searches.removeLast();
      return outcome;
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("a cursor this library never gave", e);
    }
  }

  private RefusedBy refused() {
    RefusedBy refused = new RefusedBy(Objects.requireNonNull(nextRefusal));
    nextRefusal = null;
    return refused;
  }

  private static ByteString bytesOf(AddImage add) {
    return add.hasContent() ? add.getContent() : ByteString.copyFromUtf8(add.getUrl());
  }

  private static double likeness(ByteString a, ByteString b) {
    int common = 0;
    while (common < Math.min(a.size(), b.size()) && a.byteAt(common) == b.byteAt(common)) {
      common++;
    }
    return (double) common / Math.max(a.size(), b.size());
  }

  /** The share of these words that are among its keywords. */
  private static double fit(WordQuery words, Stored stored) {
    List<String> keywords = stored.attributes().getText().getKeywordsList();
    return words.getAnyOfList().stream().filter(keywords::contains).count()
        / (double) Math.max(1, words.getAnyOfCount());
  }

  private static boolean isBehind(WordQuery words, Hit hit) {
    WordPlace place = words.getAfter();
    return !words.hasAfter()
        || hit.getScore() < place.getScore()
        || (hit.getScore() == place.getScore()
            && hit.getImageId().compareTo(place.getImageId()) > 0);
  }

  private static boolean matches(Filter filter, String id, Stored stored) {
    return matches(filter, id, stored.attributes());
  }

  /** What filters mean, read plainly. */
  public static boolean matches(Filter filter, String id, Attributes attributes) {
    Map<String, String> tags = attributes.getTags().getValuesMap();
    return switch (filter.getKindCase()) {
      case ALL_OF ->
          filter.getAllOf().getFiltersList().stream()
              .allMatch(each -> matches(each, id, attributes));
      case ANY_OF ->
          filter.getAnyOf().getFiltersList().stream()
              .anyMatch(each -> matches(each, id, attributes));
      case NONE_OF -> !matches(filter.getNoneOf(), id, attributes);
      case ID_PREFIX -> id.startsWith(filter.getIdPrefix().getPrefix());
      case NUMBER_RANGE -> inRange(filter.getNumberRange(), attributes);
      case TAG_IN ->
          filter
              .getTagIn()
              .getValuesList()
              .contains(tags.getOrDefault(filter.getTagIn().getKey(), "\0"));
      case TAG_PRESENT -> tags.containsKey(filter.getTagPresent().getKey());
      case KIND_NOT_SET -> true;
    };
  }

  private static boolean inRange(NumberRange range, Attributes attributes) {
    Double value = attributes.getNumbers().getValuesMap().get(range.getKey());
    return value != null
        && (!range.hasFrom() || value >= range.getFrom())
        && (!range.hasTo() || value <= range.getTo());
  }
}
