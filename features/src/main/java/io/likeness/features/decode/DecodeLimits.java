package io.likeness.features.decode;

/** What every picture must keep, whoever sends it. */
public record DecodeLimits(long pixelsMax, long bytesMax) {

  public DecodeLimits {
    if (pixelsMax < 1 || bytesMax < 1) {
      throw new IllegalArgumentException(
          "limits of %d pixels and %d bytes let nothing through".formatted(pixelsMax, bytesMax));
    }
  }
}
