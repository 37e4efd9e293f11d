package io.likeness.proto.image;

import java.util.regex.Pattern;

/**
 * An instance as events name it: {@code <project id>/<name>}. Neither part holds a slash, so the
 * key of an {@code ops} record, {@code <instance>/<image id>}, splits in only one way whatever the
 * image id holds.
 */
public record InstanceKey(String project, String name) {

  private static final Pattern PROJECT = Pattern.compile("[A-Za-z0-9]{1,64}");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_-]{0,15}");

  public InstanceKey {
    if (!PROJECT.matcher(project).matches()) {
      throw new IllegalArgumentException(
          "project id \"" + shown(project) + "\" is not 1 to 64 letters and digits");
    }
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "instance name \""
              + shown(name)
              + "\" is not 1 to 16 of lower-case letters, digits, - and _, beginning with a letter");
    }
  }

  public static boolean isName(String name) {
    return NAME.matcher(name).matches();
  }

  /** Reads {@code project/name}; throws with the reason where it is none. */
  public static InstanceKey parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(
          "instance \"" + shown(text) + "\" is not <project id>/<instance name>");
    }
    return new InstanceKey(text.substring(0, slash), text.substring(slash + 1));
  }

  /** The key of an {@code ops} record of this image; of the whole instance with an empty id. */
  public String recordKey(String imageId) {
    return this + "/" + imageId;
  }

  private static String shown(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }

  @Override
  public String toString() {
    return project + "/" + name;
  }
}
