package io.likeness.features;

import io.likeness.features.decode.Bitmap;
import io.likeness.features.decode.Resampler;
import java.util.Arrays;

/** Lays a picture before a model: size, colours, scale and order of samples. */
final class PictureInput {

  private PictureInput() {}

  /** Where the whole picture lies in the input, in the input's pixels. */
  record Placed(int left, int top, int width, int height) {}

  static float[] samples(ModelManifest.Input input, Bitmap picture) {
    float[] pixels =
        input.resize() == ModelManifest.Resize.CENTRE_CROP
            ? centreCrop(picture, input)
            : whole(picture, input);
    float[] samples = new float[input.samples()];
    int plane = input.width() * input.height();
    for (int channel = 0; channel < 3; channel++) {
      int colour = input.colours() == ModelManifest.Colours.RGB ? channel : 2 - channel;
      float mean = input.mean().get(colour).floatValue();
      float scale = 1 / input.std().get(colour).floatValue();
      for (int i = 0; i < plane; i++) {
        float value = (pixels[i * 3 + colour] - mean) * scale;
        samples[
                input.layout() == ModelManifest.Layout.NCHW
                    ? channel * plane + i
                    : i * 3 + channel] =
            value;
      }
    }
    return samples;
  }

  /** Throws {@link IllegalArgumentException} where the input shows only a part of the picture. */
  static Placed placed(ModelManifest.Input input, int width, int height) {
    return switch (input.resize()) {
      case STRETCH -> new Placed(0, 0, input.width(), input.height());
      case LETTERBOX -> {
        Placed inner = inner(input, width, height);
        yield new Placed(
            (input.width() - inner.width()) / 2,
            (input.height() - inner.height()) / 2,
            inner.width(),
            inner.height());
      }
      case LETTERBOX_TOP_LEFT -> inner(input, width, height);
      case CENTRE_CROP ->
          throw new IllegalArgumentException("a centre crop does not hold the whole picture");
    };
  }

  private static Placed inner(ModelManifest.Input input, int width, int height) {
    double scale = Math.min((double) input.width() / width, (double) input.height() / height);
    return new Placed(
        0,
        0,
        Math.clamp(Math.round(width * scale), 1, input.width()),
        Math.clamp(Math.round(height * scale), 1, input.height()));
  }

  private static float[] centreCrop(Bitmap picture, ModelManifest.Input input) {
    double scale =
        input.keep()
            * Math.min(
                (double) picture.width() / input.width(),
                (double) picture.height() / input.height());
    double width = input.width() * scale;
    double height = input.height() * scale;
    return Resampler.resample(
        picture,
        (picture.width() - width) / 2,
        (picture.height() - height) / 2,
        width,
        height,
        input.width(),
        input.height(),
        input.filter());
  }

  private static float[] whole(Bitmap picture, ModelManifest.Input input) {
    Placed place = placed(input, picture.width(), picture.height());
    float[] inner =
        Resampler.resample(
            picture,
            0,
            0,
            picture.width(),
            picture.height(),
            place.width(),
            place.height(),
            input.filter());
    if (inner.length == input.samples()) {
      return inner;
    }
    float[] pixels = new float[input.samples()];
    Arrays.fill(pixels, (float) input.pad());
    int row = place.width() * 3;
    for (int y = 0; y < place.height(); y++) {
      System.arraycopy(
          inner, y * row, pixels, ((place.top() + y) * input.width() + place.left()) * 3, row);
    }
    return pixels;
  }
}
