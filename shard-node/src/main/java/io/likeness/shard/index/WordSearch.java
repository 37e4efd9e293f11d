package io.likeness.shard.index;

import io.likeness.wire.WordQuery;
import java.util.List;
import java.util.Optional;

/**
 * What words images are asked for by: those come that fit one keyword at least, best first, ties by
 * id.
 *
 * @param anyOf in one order whatever the caller's was, none twice
 * @param after only what comes behind this place in that order
 */
public record WordSearch(List<String> anyOf, Optional<Place> after) {

  /** So many at most; a keyword is at most so many words. */
  static final int KEYWORDS_MAX = 10;

  static final int CHARS_MAX = 64;

  /** Of one image. */
  public record Place(float score, String imageId) {}

  public WordSearch {
    anyOf = List.copyOf(anyOf);
  }

  public static WordSearch of(WordQuery query) {
    return new WordSearch(
        query.getAnyOfList().stream().distinct().sorted().toList(),
        query.hasAfter()
            ? Optional.of(
                new Place((float) query.getAfter().getScore(), query.getAfter().getImageId()))
            : Optional.empty());
  }

  /** Why this is not searched for; empty where it is. */
  public static Optional<String> fault(WordQuery query) {
    if (query.getAnyOfCount() < 1 || query.getAnyOfCount() > KEYWORDS_MAX) {
      return Optional.of(
          "a search has " + query.getAnyOfCount() + " keywords, not 1 to " + KEYWORDS_MAX);
    }
    return query.getAnyOfList().stream()
        .filter(keyword -> keyword.length() > CHARS_MAX)
        .findFirst()
        .map(keyword -> "a keyword has " + keyword.length() + " characters, at most " + CHARS_MAX);
  }
}
