package io.likeness.features;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.PictureDecoder;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.PictureRule;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferInt;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

/** Leaving out pixels while decoding a large picture must not be seen in its vector. */
class ShrinkOnLoadTest {

  private static final double COSINE_MIN = 0.999;

  private static final int NOISE = 8;
  private static final int PIXELS_LARGE = 12_000_000;

  @Test
  void givesTheVectorOfTheWholePicture() {
    try (ModelLibrary library = ModelLibrary.open(Optional.empty())) {
      OnnxModel model = library.onnx(ModelLibrary.DEFAULT_NAME);
      for (int seed = 0; seed < 6; seed++) {
        assertThat(cosine(model, asPhotographed(Scenes.scene(seed, 1_000, 750))))
            .describedAs("scene %d", seed)
            .isGreaterThanOrEqualTo(COSINE_MIN);
      }
    }
  }

  @Test
  void givesTheVectorOfTheWholePhoto() throws IOException {
    Optional<Path> data = SharedData.folder();
    assumeTrue(data.isPresent(), SharedData.ABSENT);
    List<Path> photos;
    try (Stream<Path> files = Files.list(data.get().resolve("photos").resolve("street"))) {
      photos = files.sorted().limit(8).toList();
    }
    try (ModelLibrary library = ModelLibrary.open(Optional.empty())) {
      OnnxModel model = library.onnx(ModelLibrary.DEFAULT_NAME);
      for (Path photo : photos) {
        assertThat(cosine(model, asPhotographed(ImageIO.read(photo.toFile()))))
            .describedAs(photo.getFileName().toString())
            .isGreaterThanOrEqualTo(COSINE_MIN);
      }
    }
  }

  private static double cosine(OnnxModel model, ByteString content) {
    FeatureVector shrunk = vector(model, content, model.sideWanted());
    FeatureVector whole = vector(model, content, 10_000);
    return shrunk.cosine(whole);
  }

  private static FeatureVector vector(OnnxModel model, ByteString content, int side) {
    try (PictureDecoder decoder = new PictureDecoder(new DecodeLimits(60_000_000, 64 << 20))) {
      DecodeOutcome.Decoded picture =
          (DecodeOutcome.Decoded)
              decoder.decode(content, Optional.empty(), PictureRule.getDefaultInstance(), side);
      return model.embed(model.prepare(picture.bitmap()));
    }
  }

  /** As a camera of today takes it: large, and with some noise in every pixel. */
  private static ByteString asPhotographed(BufferedImage small) {
    double scale = Math.sqrt((double) PIXELS_LARGE / ((long) small.getWidth() * small.getHeight()));
    BufferedImage large =
        new BufferedImage(
            (int) (small.getWidth() * scale),
            (int) (small.getHeight() * scale),
            BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = large.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(small, 0, 0, large.getWidth(), large.getHeight(), null);
    graphics.dispose();
    int[] rgb = ((DataBufferInt) large.getRaster().getDataBuffer()).getData();
    Random random = new Random(7);
    for (int i = 0; i < rgb.length; i++) {
      int noise = random.nextInt(2 * NOISE + 1) - NOISE;
      rgb[i] =
          Math.clamp((rgb[i] >> 16 & 0xFF) + noise, 0, 255) << 16
              | Math.clamp((rgb[i] >> 8 & 0xFF) + noise, 0, 255) << 8
              | Math.clamp((rgb[i] & 0xFF) + noise, 0, 255);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      ImageIO.write(large, "jpeg", out);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    return ByteString.copyFrom(out.toByteArray());
  }
}
