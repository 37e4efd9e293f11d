package io.likeness.features.decode;

import java.util.EnumSet;
import java.util.Set;

/**
 * What every picture must keep, whoever sends it.
 *
 * @param formats the formats taken
 */
public record DecodeLimits(long pixelsMax, long bytesMax, Set<PictureFormat> formats) {

  public DecodeLimits {
    formats = Set.copyOf(formats);
    if (pixelsMax < 1 || bytesMax < 1 || formats.isEmpty()) {
      throw new IllegalArgumentException(
          "limits of %d pixels, %d bytes and %d formats let nothing through"
              .formatted(pixelsMax, bytesMax, formats.size()));
    }
  }

  /** Every format. */
  public DecodeLimits(long pixelsMax, long bytesMax) {
    this(pixelsMax, bytesMax, EnumSet.allOf(PictureFormat.class));
  }
}
