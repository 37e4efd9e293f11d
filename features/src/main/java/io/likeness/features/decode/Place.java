package io.likeness.features.decode;

/** A rectangle of pixels; the first frame's on its canvas, say. */
record Place(int x, int y, int width, int height) {

  int right() {
    return x + width;
  }

  int bottom() {
    return y + height;
  }

  boolean contains(Place other) {
    return other.x >= x && other.y >= y && other.right() <= right() && other.bottom() <= bottom();
  }

  /** What both have; without extent where they do not meet. */
  Place shared(Place other) {
    int left = Math.max(x, other.x);
    int top = Math.max(y, other.y);
    return new Place(
        left,
        top,
        Math.max(0, Math.min(right(), other.right()) - left),
        Math.max(0, Math.min(bottom(), other.bottom()) - top));
  }

  boolean isEmpty() {
    return width == 0 || height == 0;
  }
}
