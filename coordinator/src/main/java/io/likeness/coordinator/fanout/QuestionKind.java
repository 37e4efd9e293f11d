package io.likeness.coordinator.fanout;

/** Questions that take about as long as each other; what is measured is kept for each of these. */
public enum QuestionKind {
  /** For hits near the top. */
  SEARCH,
  /** For thousands of hits. */
  DEEP_SEARCH,
  COUNT,
  /** What some images or groups carry. */
  DETAILS,
  /** One image, as it is now. */
  IMAGE,
  /** A page of a list of images. */
  LIST
}
