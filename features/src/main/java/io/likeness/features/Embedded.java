package io.likeness.features;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.FeatureVector;

/**
 * A picture has become a vector.
 *
 * @param width pixels of the whole picture as it is shown, orientation applied
 * @param cached whether the vector was known from earlier: then both times are zero
 */
public record Embedded(
    FeatureVector vector,
    int width,
    int height,
    ByteString contentSha256,
    boolean cached,
    long decodeMicros,
    long embedMicros)
    implements EmbedOutcome {}
