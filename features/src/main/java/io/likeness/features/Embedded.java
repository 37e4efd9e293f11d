package io.likeness.features;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;
import java.util.List;

/**
 * A picture has become a vector.
 *
 * @param width pixels of the whole picture as it is shown, orientation applied
 * @param fingerprint how the embedded part of it looks from afar, see {@link
 *     io.likeness.proto.image.Fingerprint}
 * @param subjects where it was looked for: what it may be about, best first; the first was
 *     embedded, with none the whole picture
 * @param cached whether the vector was known from earlier: then both times are zero
 */
public record Embedded(
    FeatureVector vector,
    int width,
    int height,
    ByteString contentSha256,
    long fingerprint,
    boolean cached,
    long decodeMicros,
    long embedMicros,
    List<Subject> subjects)
    implements EmbedOutcome {

  public Embedded {
    subjects = List.copyOf(subjects);
  }
}
