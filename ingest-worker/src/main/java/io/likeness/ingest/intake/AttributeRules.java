package io.likeness.ingest.intake;

import io.likeness.wire.Attributes;
import io.likeness.wire.InstanceRecord;
import java.util.Map;
import java.util.Optional;

/** What attributes an image may carry. */
final class AttributeRules {

  static final int TAGS_MAX = 10;
  static final int NUMBERS_MAX = 10;
  static final int TAG_VALUE_LENGTH_MAX = 256;
  static final int DESCRIPTION_LENGTH_MAX = 4_096;
  static final int KEYWORDS_MAX = 100;
  static final int KEYWORD_LENGTH_MAX = 64;

  private AttributeRules() {}

  /** Why an image of this instance cannot carry them; empty where it can. */
  static Optional<String> fault(Attributes attributes, InstanceRecord instance) {
    return tagFault(attributes, instance)
        .or(() -> numberFault(attributes, instance))
        .or(() -> textFault(attributes));
  }

  private static Optional<String> tagFault(Attributes attributes, InstanceRecord instance) {
    Map<String, String> tags = attributes.getTags().getValuesMap();
    if (tags.size() > TAGS_MAX) {
      return Optional.of("the image has " + tags.size() + " tags, at most " + TAGS_MAX);
    }
    for (Map.Entry<String, String> tag : tags.entrySet()) {
      if (!instance.getTagsList().contains(tag.getKey())) {
        return Optional.of(undeclared("tag", tag.getKey(), instance.getTagsList()));
      }
      int length = length(tag.getValue());
      if (length < 1 || length > TAG_VALUE_LENGTH_MAX) {
        return Optional.of(
            "tag "
                + tag.getKey()
                + " has a value of "
                + length
                + " characters, not 1 to "
                + TAG_VALUE_LENGTH_MAX);
      }
    }
    return Optional.empty();
  }

  private static Optional<String> numberFault(Attributes attributes, InstanceRecord instance) {
    Map<String, Double> numbers = attributes.getNumbers().getValuesMap();
    if (numbers.size() > NUMBERS_MAX) {
      return Optional.of("the image has " + numbers.size() + " numbers, at most " + NUMBERS_MAX);
    }
    for (Map.Entry<String, Double> number : numbers.entrySet()) {
      if (!instance.getNumberTagsList().contains(number.getKey())) {
        return Optional.of(undeclared("number", number.getKey(), instance.getNumberTagsList()));
      }
      if (!Double.isFinite(number.getValue())) {
        return Optional.of("number " + number.getKey() + " is " + number.getValue());
      }
    }
    return Optional.empty();
  }

  private static Optional<String> textFault(Attributes attributes) {
    int description = length(attributes.getText().getDescription());
    if (description > DESCRIPTION_LENGTH_MAX) {
      return Optional.of(
          "the description has " + description + " characters, at most " + DESCRIPTION_LENGTH_MAX);
    }
    int keywords = attributes.getText().getKeywordsCount();
    if (keywords > KEYWORDS_MAX) {
      return Optional.of("the image has " + keywords + " keywords, at most " + KEYWORDS_MAX);
    }
    for (String keyword : attributes.getText().getKeywordsList()) {
      int length = length(keyword);
      if (length < 1 || length > KEYWORD_LENGTH_MAX) {
        return Optional.of(
            "a keyword has " + length + " characters, not 1 to " + KEYWORD_LENGTH_MAX);
      }
    }
    return Optional.empty();
  }

  private static String undeclared(String what, String key, java.util.List<String> declared) {
    return what
        + " \""
        + key
        + "\" is not declared on the instance, which declares "
        + (declared.isEmpty() ? "none" : String.join(", ", declared));
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
