package io.likeness.gateway.huawei;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import io.likeness.proto.image.ImageIds;
import io.likeness.wire.Attributes;
import io.likeness.wire.Box;
import io.likeness.wire.Filter;
import io.likeness.wire.FilterList;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.NumberRange;
import io.likeness.wire.Numbers;
import io.likeness.wire.TagIn;
import io.likeness.wire.TagPresent;
import io.likeness.wire.Tags;
import io.likeness.wire.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The bodies of v2 requests: what may be in them, and what they say when nothing is wrong. */
final class V2Bodies {

  static final int LIMIT_DEFAULT = 10;
  static final int SEARCH_LIMIT_MAX = 1_000;

  /** Of one check by condition; a deletion takes as many. */
  static final int CONDITION_LIMIT_MAX = 100;

  private static final int ITEM_ID_CHARS_MAX = 256;
  private static final int DESC_CHARS_MAX = 2048;
  private static final int URL_CHARS_MAX = 4096;
  private static final int TAG_CHARS_MAX = 64;
  private static final int TAG_VALUES_MAX = 32;
  private static final int KEYWORD_CHARS_MAX = 64;
  private static final int KEYWORDS_MAX = 100;
  private static final int ASKED_KEYWORDS_MAX = 10;
  private static final int TEXT_CHARS_MAX = 512;
  private static final int BOX_SIDE_MIN = 15;

  /** More than any instance declares: what is undeclared is named, not counted. */
  private static final int KEYS_MAX = 64;

  private static final Set<String> LANGUAGES =
      Set.of("ar", "de", "ru", "fr", "ko", "pt", "ja", "th", "tr", "es", "en", "vi", "zh", "zhTW");

  private static final Pattern BOX = Pattern.compile("(\\d{1,6}),(\\d{1,6}),(\\d{1,6}),(\\d{1,6})");

  private static final JsonFields<V2Fault> FIELDS =
      new JsonFields<>((problem, field, detail) -> MmsError.parameter(field, detail));

  private V2Bodies() {}

  enum SearchType {
    IMAGE,
    KEYWORD,
    TEXT,
    CATEGORY
  }

  /** The picture of a body: its bytes, or where they are. */
  record Image(Optional<ByteString> content, Optional<String> url) {

    /** The field it came in. */
    String field() {
      return content.isPresent() ? "image_base64" : "image_url";
    }
  }

  /** What of the picture counts, and what is told of it. */
  record Looking(boolean detect, Optional<Box> box, boolean classify, OptionalInt category) {}

  /** Where the page before ended. */
  record LastItem(double score, String id) {}

  record AddData(
      String itemId, boolean force, Image image, Attributes attributes, Looking looking) {

    static AddData read(ByteString body, InstanceRecord instance) throws V2Fault {
      class Fields {
        boolean force;
        List<String> keywords = List.of();
      }
      Fields fields = new Fields();
      PictureFields picture = new PictureFields();
      ItemFields item = new ItemFields();
      Map<String, JsonFields.Taker<V2Fault>> takers = new HashMap<>();
      picture.addTo(takers, Map.of());
      item.addTo(takers);
      takers.put("force", (parser, field) -> fields.force = FIELDS.flag(parser, field));
      takers.put(
          "keywords",
          (parser, field) ->
              fields.keywords = texts(parser, field, KEYWORDS_MAX, KEYWORD_CHARS_MAX));
      FIELDS.read(body, takers);
      String itemId = item.requiredId();
      Attributes.Builder attributes = Attributes.newBuilder();
      item.tags(instance).ifPresent(attributes::setTags);
      item.numbers(instance).ifPresent(attributes::setNumbers);
      if (item.desc != null || !fields.keywords.isEmpty()) {
        attributes.setText(
            Text.newBuilder()
                .setDescription(item.desc == null ? "" : item.desc)
                .addAllKeywords(fields.keywords));
      }
      return new AddData(
          itemId, fields.force, picture.required(), attributes.build(), picture.looking());
    }
  }

  /** Groups that are absent stay as they are; {@code desc} likewise. */
  record UpdateData(
      String itemId, Optional<String> desc, Optional<Tags> tags, Optional<Numbers> numbers) {

    static UpdateData read(ByteString body, InstanceRecord instance) throws V2Fault {
      ItemFields item = new ItemFields();
      Map<String, JsonFields.Taker<V2Fault>> takers = new HashMap<>();
      item.addTo(takers);
      FIELDS.read(body, takers);
      return new UpdateData(
          item.requiredId(),
          Optional.ofNullable(item.desc),
          item.tags(instance),
          item.numbers(instance));
    }
  }

  /**
   * What to look for.
   *
   * @param filter the conditions, and that an image carries the tag its like are collapsed by
   * @param after where a complete recall has come to
   */
  record Search(
      SearchType type,
      Optional<Image> image,
      List<String> keywords,
      Filter filter,
      int limit,
      int offset,
      OptionalDouble minScore,
      Optional<LastItem> after,
      Looking looking,
      String collapseKey) {

    Search {
      keywords = List.copyOf(keywords);
    }

    static Search read(ByteString body, InstanceRecord instance) throws V2Fault {
      class Fields {
        @Nullable SearchType type;
        int limit = LIMIT_DEFAULT;
        int offset;
        OptionalDouble minScore = OptionalDouble.empty();
        @Nullable LastItem after;
        List<String> keywords = List.of();
        @Nullable String text;
        String collapseKey = "";
      }
      Fields fields = new Fields();
      PictureFields picture = new PictureFields();
      ConditionFields conditions = new ConditionFields();
      Map<String, JsonFields.Taker<V2Fault>> takers = new HashMap<>();
      picture.addTo(
          takers,
          Map.of(
              "collapse_key",
                  (parser, field) -> fields.collapseKey = text(parser, field, TAG_CHARS_MAX),
              // Tune the original's index; here every image that fulfils the conditions is in
              // reach.
              "max_scan_num", (parser, field) -> FIELDS.integer(parser, field, 1_000, 100_000),
              "nprobe", (parser, field) -> FIELDS.integer(parser, field, 1, 100_000),
              "text_lang", V2Bodies::language));
      conditions.addTo(takers);
      takers.put("search_type", (parser, field) -> fields.type = searchType(parser, field));
      takers.put(
          "limit",
          (parser, field) -> fields.limit = FIELDS.integer(parser, field, 1, SEARCH_LIMIT_MAX));
      takers.put(
          "offset",
          (parser, field) -> fields.offset = FIELDS.integer(parser, field, 0, Integer.MAX_VALUE));
      takers.put(
          "min_score",
          (parser, field) -> fields.minScore = OptionalDouble.of(FIELDS.real(parser, field, 0, 1)));
      takers.put("last_item", (parser, field) -> fields.after = lastItem(parser, field));
      takers.put(
          "keywords",
          (parser, field) ->
              fields.keywords = texts(parser, field, ASKED_KEYWORDS_MAX, KEYWORD_CHARS_MAX));
      takers.put("text", (parser, field) -> fields.text = text(parser, field, TEXT_CHARS_MAX));
      FIELDS.read(body, takers);
      SearchType type = fields.type;
      if (type == null) {
        throw MmsError.parameter("search_type", "It is required.");
      }
      checkPaging(type, fields.limit, fields.offset, fields.after);
      if (type == SearchType.KEYWORD && fields.keywords.isEmpty()) {
        throw MmsError.parameter("keywords", "They are required where search_type is KEYWORD.");
      }
      if (type == SearchType.TEXT && fields.text == null) {
        throw MmsError.parameter("text", "It is required where search_type is TEXT.");
      }
      List<Filter> filters = conditions.filters(instance);
      if (!fields.collapseKey.isEmpty()) {
        checkDeclared("optional_params.collapse_key", fields.collapseKey, instance.getTagsList());
        filters.add(
            Filter.newBuilder()
                .setTagPresent(TagPresent.newBuilder().setKey(fields.collapseKey))
                .build());
      }
      return new Search(
          type,
          type == SearchType.IMAGE ? Optional.of(picture.required()) : Optional.empty(),
          fields.keywords,
          allOf(filters),
          fields.limit,
          fields.offset,
          fields.minScore,
          Optional.ofNullable(fields.after),
          picture.looking(),
          fields.collapseKey);
    }

    private static void checkPaging(
        SearchType type, int limit, int offset, @Nullable LastItem after) throws V2Fault {
      if ((long) offset + limit > SEARCH_LIMIT_MAX) {
        throw MmsError.parameter(
            "offset",
            "With limit it reaches to "
                + ((long) offset + limit)
                + ", at most "
                + SEARCH_LIMIT_MAX
                + ".");
      }
      if (after != null && type != SearchType.KEYWORD) {
        throw MmsError.parameter("last_item", "Only a KEYWORD search goes on behind an item.");
      }
      if (after != null && offset != 0) {
        throw MmsError.parameter("offset", "It is " + offset + ", 0 beside last_item.");
      }
    }
  }

  /** One image, or those that fulfil a condition. */
  sealed interface Which permits ById, ByCondition {}

  record ById(String itemId) implements Which {}

  record ByCondition(Filter filter) implements Which {}

  record CheckData(Which which, int limit, String after) {

    static CheckData read(ByteString body, InstanceRecord instance) throws V2Fault {
      class Fields {
        int limit = LIMIT_DEFAULT;
        @Nullable LastItem after;
      }
      Fields fields = new Fields();
      WhichFields which = new WhichFields();
      Map<String, JsonFields.Taker<V2Fault>> takers = new HashMap<>();
      which.addTo(takers);
      takers.put(
          "limit",
          (parser, field) -> fields.limit = FIELDS.integer(parser, field, 1, CONDITION_LIMIT_MAX));
      takers.put("last_item", (parser, field) -> fields.after = lastItem(parser, field));
      FIELDS.read(body, takers);
      return new CheckData(
          which.which(instance), fields.limit, fields.after == null ? "" : fields.after.id());
    }
  }

  record DeleteData(Which which, boolean force) {

    static DeleteData read(ByteString body, InstanceRecord instance) throws V2Fault {
      class Fields {
        boolean force;
      }
      Fields fields = new Fields();
      WhichFields which = new WhichFields();
      Map<String, JsonFields.Taker<V2Fault>> takers = new HashMap<>();
      which.addTo(takers);
      takers.put("force", (parser, field) -> fields.force = FIELDS.flag(parser, field));
      FIELDS.read(body, takers);
      return new DeleteData(which.which(instance), fields.force);
    }
  }

  // ---- Fields that several bodies share ----

  /** What an item is stored with. */
  private static final class ItemFields {
    @Nullable String itemId;
    @Nullable String desc;
    private @Nullable Map<String, String> tags;
    private @Nullable Map<String, Double> numbers;

    void addTo(Map<String, JsonFields.Taker<V2Fault>> takers) {
      takers.put("item_id", (parser, field) -> itemId = itemId(parser, field));
      takers.put("desc", (parser, field) -> desc = text(parser, field, DESC_CHARS_MAX));
      takers.put(
          "custom_tags",
          (parser, field) ->
              tags =
                  FIELDS.map(
                      parser, field, KEYS_MAX, (value, name) -> text(value, name, TAG_CHARS_MAX)));
      takers.put(
          "custom_num_tags",
          (parser, field) -> numbers = FIELDS.map(parser, field, KEYS_MAX, V2Bodies::number));
    }

    String requiredId() throws V2Fault {
      String id = itemId;
      if (id == null) {
        throw MmsError.parameter("item_id", "It is required.");
      }
      return id;
    }

    Optional<Tags> tags(InstanceRecord instance) throws V2Fault {
      Map<String, String> given = tags;
      if (given == null) {
        return Optional.empty();
      }
      checkDeclared("custom_tags", given.keySet(), instance.getTagsList());
      return Optional.of(Tags.newBuilder().putAllValues(given).build());
    }

    Optional<Numbers> numbers(InstanceRecord instance) throws V2Fault {
      Map<String, Double> given = numbers;
      if (given == null) {
        return Optional.empty();
      }
      checkDeclared("custom_num_tags", given.keySet(), instance.getNumberTagsList());
      return Optional.of(Numbers.newBuilder().putAllValues(given).build());
    }
  }

  private static final class PictureFields {
    private @Nullable ByteString content;
    private @Nullable String url;
    private boolean detect = true;
    private @Nullable Box box;
    private boolean classify = true;
    private OptionalInt category = OptionalInt.empty();

    void addTo(
        Map<String, JsonFields.Taker<V2Fault>> takers,
        Map<String, JsonFields.Taker<V2Fault>> options) {
      takers.put("image_base64", (parser, field) -> content = FIELDS.base64(parser, field));
      takers.put("image_url", (parser, field) -> url = url(parser, field));
      Map<String, JsonFields.Taker<V2Fault>> optional = new HashMap<>(options);
      optional.put("do_det", (parser, field) -> detect = FIELDS.flag(parser, field));
      optional.put("box", (parser, field) -> box = box(parser, field));
      optional.put("do_cls", (parser, field) -> classify = FIELDS.flag(parser, field));
      optional.put(
          "category",
          (parser, field) ->
              category =
                  OptionalInt.of(
                      FIELDS.integer(parser, field, Integer.MIN_VALUE, Integer.MAX_VALUE)));
      takers.put("optional_params", (parser, field) -> FIELDS.object(parser, field, optional));
    }

    Image required() throws V2Fault {
      if ((content == null) == (url == null)) {
        throw MmsError.parameter(
            "image_base64",
            content == null
                ? "It or image_url is required."
                : "Either it or image_url is taken, not both.");
      }
      return new Image(Optional.ofNullable(content), Optional.ofNullable(url));
    }

    Looking looking() {
      return new Looking(detect && box == null, Optional.ofNullable(box), classify, category);
    }
  }

  private static final class ConditionFields {
    private Map<String, List<String>> tags = Map.of();
    private Map<String, NumberRange> numbers = Map.of();

    void addTo(Map<String, JsonFields.Taker<V2Fault>> takers) {
      takers.put(
          "custom_tags",
          (parser, field) -> tags = FIELDS.map(parser, field, KEYS_MAX, V2Bodies::anyOf));
      takers.put(
          "custom_num_tags",
          (parser, field) -> numbers = FIELDS.map(parser, field, KEYS_MAX, V2Bodies::range));
    }

    /** One for each key; all must hold. */
    List<Filter> filters(InstanceRecord instance) throws V2Fault {
      checkDeclared("custom_tags", tags.keySet(), instance.getTagsList());
      checkDeclared("custom_num_tags", numbers.keySet(), instance.getNumberTagsList());
      List<Filter> filters = new ArrayList<>();
      tags.forEach(
          (key, values) ->
              filters.add(
                  Filter.newBuilder()
                      .setTagIn(TagIn.newBuilder().setKey(key).addAllValues(values))
                      .build()));
      numbers.forEach(
          (key, range) ->
              filters.add(
                  Filter.newBuilder().setNumberRange(range.toBuilder().setKey(key)).build()));
      return filters;
    }
  }

  private static final class WhichFields {
    private final ConditionFields conditions = new ConditionFields();
    private @Nullable String itemId;

    void addTo(Map<String, JsonFields.Taker<V2Fault>> takers) {
      takers.put("item_id", (parser, field) -> itemId = itemId(parser, field));
      conditions.addTo(takers);
    }

    Which which(InstanceRecord instance) throws V2Fault {
      String id = itemId;
      if (id != null) {
        return new ById(id);
      }
      List<Filter> filters = conditions.filters(instance);
      // A condition without a key would be every image there is.
      if (filters.isEmpty()) {
        throw MmsError.parameter(
            "item_id", "It, custom_tags or custom_num_tags with at least one key is required.");
      }
      return new ByCondition(allOf(filters));
    }
  }

  // ---- Values ----

  private static String text(JsonParser parser, String field, int charsMax)
      throws IOException, V2Fault {
    String text = FIELDS.text(parser, field);
    if (text.isEmpty() || text.length() > charsMax) {
      throw MmsError.parameter(
          field, "It has " + text.length() + " characters, not 1 to " + charsMax + ".");
    }
    return text;
  }

  private static List<String> texts(JsonParser parser, String field, int itemsMax, int charsMax)
      throws IOException, V2Fault {
    List<String> texts = FIELDS.textList(parser, field, itemsMax);
    if (texts.isEmpty()) {
      throw MmsError.parameter(field, "It has 0 items, not 1 to " + itemsMax + ".");
    }
    for (String text : texts) {
      if (text.isEmpty() || text.length() > charsMax) {
        throw MmsError.parameter(
            field,
            "It holds an item of " + text.length() + " characters, not 1 to " + charsMax + ".");
      }
    }
    return texts;
  }

  private static String itemId(JsonParser parser, String field) throws IOException, V2Fault {
    String id = text(parser, field, ITEM_ID_CHARS_MAX);
    Optional<String> fault = ImageIds.fault(id);
    if (fault.isPresent()) {
      throw MmsError.parameter(field, "As an image id: " + fault.get() + ".");
    }
    return id;
  }

  private static String url(JsonParser parser, String field) throws IOException, V2Fault {
    String url = text(parser, field, URL_CHARS_MAX);
    if (!V1Bodies.isAddress(url)) {
      throw MmsError.parameter(field, "It is no http or https address.");
    }
    return url;
  }

  private static double number(JsonParser parser, String field) throws IOException, V2Fault {
    return FIELDS.real(parser, field, -Double.MAX_VALUE, Double.MAX_VALUE);
  }

  private static List<String> anyOf(JsonParser parser, String field) throws IOException, V2Fault {
    return texts(parser, field, TAG_VALUES_MAX, TAG_CHARS_MAX);
  }

  private static NumberRange range(JsonParser parser, String field) throws IOException, V2Fault {
    NumberRange.Builder range = NumberRange.newBuilder();
    FIELDS.object(
        parser,
        field,
        Map.of(
            "from", (value, name) -> range.setFrom(number(value, name)),
            "to", (value, name) -> range.setTo(number(value, name))));
    if (!range.hasFrom() && !range.hasTo()) {
      throw MmsError.parameter(field, "It has neither from nor to.");
    }
    if (range.hasFrom() && range.hasTo() && range.getFrom() > range.getTo()) {
      throw MmsError.parameter(
          field, "It is from " + range.getFrom() + " to " + range.getTo() + ", which is nothing.");
    }
    return range.build();
  }

  private static LastItem lastItem(JsonParser parser, String field) throws IOException, V2Fault {
    class Fields {
      double score;
      String id = "";
    }
    Fields fields = new Fields();
    FIELDS.object(
        parser,
        field,
        Map.of(
            "score", (value, name) -> fields.score = number(value, name),
            "id", (value, name) -> fields.id = FIELDS.text(value, name)));
    return new LastItem(fields.score, fields.id);
  }

  private static SearchType searchType(JsonParser parser, String field)
      throws IOException, V2Fault {
    SearchType[] types = SearchType.values();
    if (parser.currentToken() == JsonToken.VALUE_NUMBER_INT) {
      return types[FIELDS.integer(parser, field, 0, types.length - 1)];
    }
    String name = FIELDS.text(parser, field);
    for (SearchType type : types) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    throw MmsError.parameter(
        field, "It is " + JsonFields.shown(name) + ", not one of " + Arrays.toString(types) + ".");
  }

  /** The only model there is reads no text, so any language will do. */
  private static void language(JsonParser parser, String field) throws IOException, V2Fault {
    String language = FIELDS.text(parser, field);
    if (!LANGUAGES.contains(language)) {
      throw MmsError.parameter(
          field, "It is " + JsonFields.shown(language) + ", which is no language of this API.");
    }
  }

  private static Box box(JsonParser parser, String field) throws IOException, V2Fault {
    String text = FIELDS.text(parser, field);
    Matcher corners = BOX.matcher(text);
    if (!corners.matches()) {
      throw MmsError.parameter(
          field, "It is " + JsonFields.shown(text) + ", not of the form x1,y1,x2,y2.");
    }
    int x = Integer.parseInt(corners.group(1));
    int y = Integer.parseInt(corners.group(2));
    int width = Integer.parseInt(corners.group(3)) - x;
    int height = Integer.parseInt(corners.group(4)) - y;
    if (width < BOX_SIDE_MIN || height < BOX_SIDE_MIN) {
      throw MmsError.parameter(
          field,
          "It is "
              + width
              + " wide and "
              + height
              + " high, at least "
              + BOX_SIDE_MIN
              + " pixels each.");
    }
    return Box.newBuilder().setX(x).setY(y).setWidth(width).setHeight(height).build();
  }

  private static void checkDeclared(String field, Iterable<String> keys, List<String> declared)
      throws V2Fault {
    for (String key : keys) {
      checkDeclared(field, key, declared);
    }
  }

  private static void checkDeclared(String field, String key, List<String> declared)
      throws V2Fault {
    if (!declared.contains(key)) {
      throw MmsError.parameter(
          field, "The instance does not declare the key " + JsonFields.shown(key) + ".");
    }
  }

  private static Filter allOf(List<Filter> filters) {
    return switch (filters.size()) {
      case 0 -> Filter.getDefaultInstance();
      case 1 -> filters.getFirst();
      default ->
          Filter.newBuilder().setAllOf(FilterList.newBuilder().addAllFilters(filters)).build();
    };
  }
}
