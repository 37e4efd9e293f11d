package io.likeness.gateway.huawei;

import com.google.protobuf.ByteString;
import io.likeness.gateway.InstanceNames;
import io.likeness.proto.image.ImageIds;
import io.likeness.wire.Box;
import io.likeness.wire.InstanceRecord;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The bodies of v1 requests: what may be in them, and what they say when nothing is wrong. */
final class V1Bodies {

  static final int LEVEL = 30_000_000;
  static final int TAGS_MAX = 10;
  static final int LIMIT_MAX = 100;
  static final int LIMIT_DEFAULT = 10;

  /** The deepest hit that can be asked for. */
  static final int WINDOW_MAX = 10_000;

  private static final int TAG_CHARS_MAX = 64;
  private static final int DESCRIPTION_CHARS_MAX = 512;

  /** What SDKs of different ages offer. All are served by the cluster's default model. */
  private static final Set<String> MODELS =
      Set.of("common-search", "image-recommend", "image-copyright");

  static final JsonFields<V1Fault> FIELDS =
      new JsonFields<>((problem, field, detail) -> error(problem).because(detail));

  private V1Bodies() {}

  private static IsError error(JsonFields.Problem problem) {
    return switch (problem) {
      case ABSENT -> IsError.MISSING;
      case EMPTY -> IsError.EMPTY;
      case WRONG -> IsError.WRONG_TYPE;
      case UNREADABLE -> IsError.JSON;
    };
  }

  record CreateInstance(
      String name, String model, String description, int level, List<String> tags) {

    CreateInstance {
      tags = List.copyOf(tags);
    }

    static CreateInstance read(ByteString body) throws V1Fault {
      class Fields {
        @Nullable String name;
        @Nullable String model;
        String description = "";
        int level = LEVEL;
        List<String> tags = List.of();
      }
      Fields fields = new Fields();
      FIELDS.read(
          body,
          Map.of(
              "name", (parser, field) -> fields.name = FIELDS.text(parser, field),
              "model", (parser, field) -> fields.model = FIELDS.text(parser, field),
              "description", (parser, field) -> fields.description = FIELDS.text(parser, field),
              "level",
                  (parser, field) -> fields.level = FIELDS.integer(parser, field, LEVEL, LEVEL),
              "tags", (parser, field) -> fields.tags = FIELDS.textList(parser, field, TAGS_MAX)));
      String name = required(fields.name, "name");
      Optional<String> fault = InstanceNames.fault(name);
      if (fault.isPresent()) {
        throw IsError.INSTANCE_NAME.because(JsonFields.shown(name) + ": " + fault.get() + ".");
      }
      String model = required(fields.model, "model");
      if (!MODELS.contains(model)) {
        throw IsError.MODEL.because(
            "model is " + JsonFields.shown(model) + ", it can be common-search.");
      }
      if (fields.description.length() > DESCRIPTION_CHARS_MAX) {
        throw IsError.WRONG_TYPE.because(
            "description has "
                + fields.description.length()
                + " characters, at most "
                + DESCRIPTION_CHARS_MAX
                + ".");
      }
      checkDeclared(fields.tags);
      return new CreateInstance(name, model, fields.description, fields.level, fields.tags);
    }

    private static void checkDeclared(List<String> tags) throws V1Fault {
      Set<String> seen = new HashSet<>();
      for (String tag : tags) {
        if (tag.isEmpty()) {
          throw IsError.EMPTY.because("tags holds an empty key.");
        }
        if (tag.length() > TAG_CHARS_MAX) {
          throw IsError.WRONG_TYPE.because(
              "tags holds a key of "
                  + tag.length()
                  + " characters, at most "
                  + TAG_CHARS_MAX
                  + ".");
        }
        if (!tag.equals(tag.toLowerCase(Locale.ROOT))) {
          throw IsError.WRONG_TYPE.because("The key " + tag + " in tags has capitals.");
        }
        if (!seen.add(tag)) {
          throw IsError.WRONG_TYPE.because("The key " + tag + " is in tags twice.");
        }
      }
    }
  }

  record AddPicture(Optional<ByteString> file, String path, Optional<Map<String, String>> tags) {

    static AddPicture read(ByteString body, InstanceRecord instance) throws V1Fault {
      Picture picture = Picture.read(body, Map.of());
      String path = picture.requiredPath();
      checkTags(picture.tags(), Optional.of(instance));
      if (picture.file().isEmpty() && !isAddress(path)) {
        throw IsError.PATH.because(
            "Without file, path is the http or https address to fetch the picture from.");
      }
      return new AddPicture(picture.file(), path, picture.tags());
    }
  }

  /** What to look for: the first of file, path and tags alone that is there. */
  record Search(
      Optional<ByteString> file,
      Optional<String> path,
      Map<String, String> tags,
      int limit,
      int offset,
      Optional<Box> crop) {

    static Search read(ByteString body) throws V1Fault {
      class Fields {
        int limit = LIMIT_DEFAULT;
        int offset;
        boolean crop;
        @Nullable Box box;
      }
      Fields fields = new Fields();
      Picture picture =
          Picture.read(
              body,
              Map.of(
                  "limit",
                      (parser, field) -> fields.limit = FIELDS.integer(parser, field, 1, LIMIT_MAX),
                  "offset",
                      (parser, field) ->
                          fields.offset = FIELDS.integer(parser, field, 0, Integer.MAX_VALUE),
                  "is_crop", (parser, field) -> fields.crop = FIELDS.flag(parser, field),
                  "box", (parser, field) -> fields.box = Boxes.read(parser, field)));
      checkTags(picture.tags(), Optional.empty());
      Map<String, String> tags = picture.tags().orElse(Map.of());
      Optional<String> path = picture.path();
      if (picture.file().isEmpty() && path.isPresent()) {
        checkPath(path.get());
      }
      if (picture.file().isEmpty() && path.isEmpty() && tags.isEmpty()) {
        throw IsError.EMPTY.saying("Arguments of path can not be null.");
      }
      if ((long) fields.offset + fields.limit > WINDOW_MAX) {
        throw IsError.WRONG_TYPE.because(
            "offset and limit together are "
                + ((long) fields.offset + fields.limit)
                + ", at most "
                + WINDOW_MAX
                + ".");
      }
      return new Search(
          picture.file(),
          picture.file().isPresent() ? Optional.empty() : path,
          tags,
          fields.limit,
          fields.offset,
          fields.crop ? Optional.ofNullable(fields.box) : Optional.empty());
    }
  }

  /** The body of check and delete. */
  record OnlyPath(String path) {

    static OnlyPath read(ByteString body) throws V1Fault {
      class Fields {
        @Nullable String path;
      }
      Fields fields = new Fields();
      FIELDS.read(
          body, Map.of("path", (parser, field) -> fields.path = FIELDS.text(parser, field)));
      return new OnlyPath(checkPath(required(fields.path, "path")));
    }
  }

  record ModifyPicture(String path, Map<String, String> tags) {

    static ModifyPicture read(ByteString body, InstanceRecord instance) throws V1Fault {
      class Fields {
        @Nullable String path;
        @Nullable Map<String, String> tags;
      }
      Fields fields = new Fields();
      FIELDS.read(
          body,
          Map.of(
              "path", (parser, field) -> fields.path = FIELDS.text(parser, field),
              "tags", (parser, field) -> fields.tags = FIELDS.texts(parser, field, TAGS_MAX)));
      String path = checkPath(required(fields.path, "path"));
      Map<String, String> tags = fields.tags;
      if (tags == null) {
        throw IsError.MISSING.because("tags is required.");
      }
      checkTags(Optional.of(tags), Optional.of(instance));
      return new ModifyPicture(path, tags);
    }
  }

  /** The fields add and search share. */
  private record Picture(
      Optional<ByteString> file, Optional<String> path, Optional<Map<String, String>> tags) {

    static Picture read(ByteString body, Map<String, JsonFields.Taker<V1Fault>> more)
        throws V1Fault {
      class Fields {
        @Nullable ByteString file;
        @Nullable String path;
        @Nullable Map<String, String> tags;
      }
      Fields fields = new Fields();
      Map<String, JsonFields.Taker<V1Fault>> takers = new java.util.HashMap<>(more);
      takers.put("file", (parser, field) -> fields.file = FIELDS.base64(parser, field));
      takers.put("path", (parser, field) -> fields.path = FIELDS.text(parser, field));
      takers.put("tags", (parser, field) -> fields.tags = FIELDS.texts(parser, field, TAGS_MAX));
      FIELDS.read(body, takers);
      return new Picture(
          Optional.ofNullable(fields.file),
          Optional.ofNullable(fields.path),
          Optional.ofNullable(fields.tags));
    }

    String requiredPath() throws V1Fault {
      return checkPath(required(path.orElse(null), "path"));
    }
  }

  private static String required(@Nullable String value, String field) throws V1Fault {
    if (value == null) {
      throw IsError.MISSING.because(field + " is required.");
    }
    if (value.isEmpty()) {
      throw IsError.EMPTY.because(field + " is empty.");
    }
    return value;
  }

  private static String checkPath(String path) throws V1Fault {
    if (path.isEmpty()) {
      throw IsError.EMPTY.because("path is empty.");
    }
    Optional<String> fault = ImageIds.fault(path);
    if (fault.isPresent()) {
      throw IsError.PATH.because("As an image id: " + fault.get() + ".");
    }
    return path;
  }

  /** Values always; keys only against the instance they are to be stored in. */
  private static void checkTags(
      Optional<Map<String, String>> tags, Optional<InstanceRecord> instance) throws V1Fault {
    for (Map.Entry<String, String> tag : tags.orElse(Map.of()).entrySet()) {
      String shown = JsonFields.shown(tag.getKey());
      if (tag.getKey().isEmpty()) {
        throw IsError.EMPTY.because("tags has an empty key.");
      }
      if (tag.getValue().isEmpty()) {
        throw IsError.EMPTY.because("tags." + shown + " is empty.");
      }
      if (tag.getValue().length() > TAG_CHARS_MAX) {
        throw IsError.WRONG_TYPE.because(
            "tags."
                + shown
                + " has "
                + tag.getValue().length()
                + " characters, at most "
                + TAG_CHARS_MAX
                + ".");
      }
      if (instance.isPresent() && !instance.get().getTagsList().contains(tag.getKey())) {
        throw IsError.WRONG_TYPE.because("tags." + shown + " is not declared on the instance.");
      }
    }
  }

  static boolean isAddress(String path) {
    try {
      URI uri = new URI(path);
      String scheme = uri.getScheme();
      return scheme != null
          && (scheme.equalsIgnoreCase("http") || scheme.equalsIgnoreCase("https"))
          && uri.getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }
}
