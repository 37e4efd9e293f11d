package io.likeness.proto.vector;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A vector of unit length, compared by cosine. Equal by content; the array is seen only by hot
 * loops.
 */
public final class FeatureVector {

  /** How far from 1 the length may be: what float arithmetic leaves. */
  private static final double LENGTH_SLACK = 1e-3;

  private final float[] values;

  private FeatureVector(float[] values) {
    this.values = values;
  }

  /** Takes the array over; throws where it is empty, holds no numbers or is not of unit length. */
  public static FeatureVector ofUnit(float[] values) {
    double length = length(values);
    if (!(Math.abs(length - 1) <= LENGTH_SLACK)) {
      throw new IllegalArgumentException(
          "vector of " + values.length + " dimensions has length " + length + ", not 1");
    }
    return new FeatureVector(values);
  }

  /** Scales a copy to unit length; throws where that cannot be done. */
  public static FeatureVector normalised(float[] values) {
    double length = length(values);
    if (!(length > 1e-12) || Double.isInfinite(length)) {
      throw new IllegalArgumentException(
          "vector of " + values.length + " dimensions has length " + length);
    }
    float[] scaled = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      scaled[i] = (float) (values[i] / length);
    }
    return new FeatureVector(scaled);
  }

  /** Reads little-endian float32. */
  public static FeatureVector ofBytes(ByteString bytes) {
    if (bytes.isEmpty() || bytes.size() % Float.BYTES != 0) {
      throw new IllegalArgumentException(
          "a vector of float32 cannot have " + bytes.size() + " bytes");
    }
    float[] values = new float[bytes.size() / Float.BYTES];
    bytes.asReadOnlyByteBuffer().order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
    return ofUnit(values);
  }

  public ByteString toBytes() {
    ByteBuffer buffer =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    return ByteString.copyFrom(buffer);
  }

  public int dimensions() {
    return values.length;
  }

  /** The array itself, not a copy: for hot loops, which must not write to it. */
  public float[] array() {
    return values;
  }

  public float cosine(FeatureVector other) {
    if (other.values.length != values.length) {
      throw new IllegalArgumentException(
          "vectors of "
              + values.length
              + " and "
              + other.values.length
              + " dimensions cannot be compared");
    }
    double sum = 0;
    for (int i = 0; i < values.length; i++) {
      sum += values[i] * other.values[i];
    }
    return (float) sum;
  }

  private static double length(float[] values) {
    double squares = 0;
    for (float value : values) {
      squares += (double) value * value;
    }
    return Math.sqrt(squares);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof FeatureVector that && Arrays.equals(values, that.values);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "FeatureVector[" + values.length + "]";
  }
}
