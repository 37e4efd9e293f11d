package io.likeness.features;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;

/**
 * A picture has become a vector.
 *
 * @param width pixels of the whole picture as it is shown, orientation applied
 * @param fingerprint how the embedded part of it looks from afar, see {@link
 *     io.likeness.proto.image.Fingerprint}
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
    long embedMicros)
    implements EmbedOutcome {}
