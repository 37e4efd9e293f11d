package io.likeness.bench.training;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.bench.quality.Edit;
import io.likeness.features.builtin.DefaultModel;
import io.likeness.features.builtin.Patches;
import io.likeness.features.decode.Bitmap;
import io.likeness.features.decode.Resampler;
import io.likeness.features.onnx.GraphProto;
import io.likeness.features.onnx.TensorProto;
import java.awt.image.BufferedImage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * Learns the numbers of {@link Patches} from photos nobody has to label: the axes in which patches
 * differ, the words they gather around, the axes in which whole pictures' words and colours differ,
 * what edits do to a vector, and where the middle of all is. What the graph of the model computes
 * is computed by that graph here as well.
 */
final class Learning {

  private static final int FLOAT16 = 10;

  /** Fewer have no axes to find. */
  private static final int PHOTOS_MIN = 100;

  /** Patches of each photo and scale that are looked at. */
  private static final int PATCHES = 25;

  /** Parts of each photo beside the whole, for the axes of pictures. */
  private static final int PARTS = 3;

  private static final double PATCH_DAMPING = 0.25;
  private static final double PICTURE_DAMPING = 0.15;
  private static final double COLOUR_DAMPING = 0.4;

  /** Edits that move values most; each photo has each once, and one copy of three drawn at once. */
  private static final List<Edit> COPIES =
      List.of(Edit.CROP_60, Edit.BORDER, Edit.GREY, Edit.TURN_10, Edit.TEXT, Edit.BRIGHTER_30);

  /** Colours must not be given up for grey copies. */
  private static final float GREY_WEIGHT = 0.65f;

  /** What the network sees of kinds would suffer from more. */
  private static final double LOOKS_RIDGE = 0.1;

  private static final double SHOWN_RIDGE = 0.3;

  private final List<Bitmap> photos;
  private final long seed;
  private final Consumer<String> say;
  private final GraphProto.Builder file;

  /**
   * @param network a file with the numbers of the network, which are learnt elsewhere
   */
  Learning(List<Bitmap> photos, byte[] network, long seed, Consumer<String> say)
      throws InvalidProtocolBufferException {
    this.photos = photos;
    this.file = GraphProto.newBuilder().mergeFrom(network);
    this.seed = seed;
    this.say = say;
  }

  /** The file that {@code DefaultModel} writes the model from. */
  byte[] learn() throws OrtException {
    if (photos.size() < PHOTOS_MIN) {
      throw new IllegalArgumentException(
          "%d photos, at least %d are needed to learn from".formatted(photos.size(), PHOTOS_MIN));
    }
    patches();
    pictures();
    colours();
    edits();
    return file.build().toByteArray();
  }

  private void patches() throws OrtException {
    float[] samples = new float[photos.size() * Patches.SCALES * PATCHES * Patches.PATCH_VALUES];
    SplittableRandom random = new SplittableRandom(seed);
    int row = 0;
    try (Model model = new Model(Patches.cellsModel())) {
      for (Bitmap photo : photos) {
        float[] cells = model.answer(whole(photo));
        int side = Patches.CELLS;
        for (int scale = 0; scale < Patches.SCALES; scale++) {
          for (int i = 0; i < PATCHES; i++) {
            int places = side - Patches.PATCH + 1;
            int x = random.nextInt(places);
            int y = random.nextInt(places);
            cut(cells, side, x, y, random.nextBoolean(), samples, row++ * Patches.PATCH_VALUES);
          }
          cells = halved(cells, side);
          side /= 2;
        }
      }
    }
    Axes axes =
        Axes.of(samples, Patches.PATCH_VALUES, Patches.PATCH_AXES, seed)
            .damped(samples, Patches.PATCH_AXES - 1, PATCH_DAMPING);
    say.accept("axes of %d patches".formatted(row));
    float[] words = Words.of(axes.along(samples), Patches.PATCH_AXES, Patches.WORDS, seed);
    say.accept("%d words".formatted(Patches.WORDS));
    put(
        "patch.axes",
        kernels(axes),
        2 * Patches.PATCH_AXES,
        Patches.DIRECTIONS,
        Patches.PATCH,
        Patches.PATCH);
    put("patch.shift", axes.origin(), Patches.PATCH_AXES, 1);
    put("patch.words", words, Patches.WORDS, Patches.PATCH_AXES);
  }

  /** A patch as the graph describes it: roots of the shares of its strength. */
  private static void cut(
      float[] cells, int side, int left, int top, boolean mirrored, float[] to, int at) {
    double sum = 0;
    for (int d = 0; d < Patches.DIRECTIONS; d++) {
      for (int y = 0; y < Patches.PATCH; y++) {
        for (int x = 0; x < Patches.PATCH; x++) {
          float value = cells[(d * side + top + y) * side + left + x];
          sum += value;
          to[at + place(d, y, x, mirrored)] = value;
        }
      }
    }
    for (int i = at; i < at + Patches.PATCH_VALUES; i++) {
      to[i] = (float) Math.sqrt(to[i] / (sum + Patches.FLAT));
    }
  }

  /** Where a value of a patch, or of its mirror image, stands in the description. */
  private static int place(int direction, int y, int x, boolean mirrored) {
    int towards =
        mirrored
            ? Math.floorMod(Patches.DIRECTIONS / 2 - direction, Patches.DIRECTIONS)
            : direction;
    int across = mirrored ? Patches.PATCH - 1 - x : x;
    return (towards * Patches.PATCH + y) * Patches.PATCH + across;
  }

  /** The axes as kernels over cells, and after them those for the mirror image. */
  private static float[] kernels(Axes axes) {
    float[] kernels = new float[2 * Patches.PATCH_AXES * Patches.PATCH_VALUES];
    for (int way = 0; way < 2; way++) {
      for (int axis = 0; axis < Patches.PATCH_AXES; axis++) {
        for (int d = 0; d < Patches.DIRECTIONS; d++) {
          for (int y = 0; y < Patches.PATCH; y++) {
            for (int x = 0; x < Patches.PATCH; x++) {
              int to =
                  (way * Patches.PATCH_AXES + axis) * Patches.PATCH_VALUES + place(d, y, x, false);
              kernels[to] = axes.columns()[place(d, y, x, way == 1) * Patches.PATCH_AXES + axis];
            }
          }
        }
      }
    }
    return kernels;
  }

  private static float[] halved(float[] cells, int side) {
    int half = side / 2;
    float[] means = new float[Patches.DIRECTIONS * half * half];
    for (int d = 0; d < Patches.DIRECTIONS; d++) {
      for (int y = 0; y < half; y++) {
        for (int x = 0; x < half; x++) {
          int at = (d * side + 2 * y) * side + 2 * x;
          means[(d * half + y) * half + x] =
              (cells[at] + cells[at + 1] + cells[at + side] + cells[at + side + 1]) / 4;
        }
      }
    }
    return means;
  }

  private void pictures() throws OrtException {
    int each = 1 + PARTS;
    float[] samples = new float[photos.size() * each * Patches.WORD_VALUES];
    SplittableRandom random = new SplittableRandom(seed + 1);
    int row = 0;
    try (Model model = new Model(Patches.wordsModel(file.build().toByteArray()))) {
      for (Bitmap photo : photos) {
        for (int i = 0; i < each; i++) {
          float[] answer = model.answer(i == 0 ? whole(photo) : part(photo, random));
          System.arraycopy(answer, 0, samples, row++ * Patches.WORD_VALUES, answer.length);
        }
      }
    }
    Axes axes =
        Axes.of(samples, Patches.WORD_VALUES, Patches.DIMENSIONS, seed)
            .damped(samples, Patches.DIMENSIONS / 2, PICTURE_DAMPING);
    say.accept("axes of %d pictures".formatted(row));
    put("narrow.columns", axes.columns(), Patches.WORD_VALUES, Patches.DIMENSIONS);
    put("narrow.shift", negative(axes.origin()), Patches.DIMENSIONS);
  }

  /** The axes in which pictures differ in colour. */
  private void colours() throws OrtException {
    int each = 1 + PARTS;
    int size = DefaultModel.COLOUR_VALUES;
    float[] samples = new float[photos.size() * each * wide(size)];
    SplittableRandom random = new SplittableRandom(seed + 2);
    int row = 0;
    try (Model model = new Model(DefaultModel.classicalModel())) {
      for (Bitmap photo : photos) {
        for (int i = 0; i < each; i++) {
          float[] answer = model.answer(i == 0 ? whole(photo) : part(photo, random));
          System.arraycopy(answer, 0, samples, row++ * wide(size), size);
        }
      }
    }
    int count = DefaultModel.COLOUR_AXES;
    Axes axes =
        Axes.of(samples, wide(size), count, seed).damped(samples, count / 2, COLOUR_DAMPING);
    say.accept("axes of %d pictures' colours".formatted(row));
    put("colours.columns", Arrays.copyOf(axes.columns(), size * count), size, count);
    put("colours.middle", Arrays.copyOf(axes.mean(), size), 1, size);
  }

  /** Products want a multiple of some columns: the rest stays zero. */
  private static int wide(int size) {
    return Math.ceilDiv(size, Products.COLUMNS) * Products.COLUMNS;
  }

  private static float[] negative(float[] values) {
    float[] result = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      result[i] = -values[i];
    }
    return result;
  }

  /**
   * How pictures are joined: in which directions edited copies go away from their photos, and what
   * of these counts less. The spread of the differences, with a share of its mean added to every
   * direction, is taken out of cosines (its inverse is their metric); then the widest axes are
   * kept. What pictures look like and what the network sees are joined each by itself.
   */
  private void edits() throws OrtException {
    byte[] learned = file.build().toByteArray();
    join("join", DefaultModel.blocksModel(learned), DefaultModel.LOOKS_DIMENSIONS, LOOKS_RIDGE);
    join("shown", DefaultModel.networkModel(learned), DefaultModel.SHOWN_DIMENSIONS, SHOWN_RIDGE);
  }

  private void join(String name, byte[] graph, int dimensions, double ridge) throws OrtException {
    int copies = COPIES.size() + 1;
    float[] originals;
    float[] changes;
    int size;
    try (Model model = new Model(graph)) {
      size = model.answer(whole(photos.getFirst())).length;
      originals = new float[photos.size() * size];
      changes = new float[photos.size() * copies * size];
      for (int i = 0; i < photos.size(); i++) {
        SplittableRandom random = new SplittableRandom(seed * 1_000_003 + i);
        BufferedImage photo = image(photos.get(i));
        float[] original = model.answer(whole(photos.get(i)));
        System.arraycopy(original, 0, originals, i * size, size);
        for (int c = 0; c < copies; c++) {
          List<Edit> some = c < COPIES.size() ? List.of(COPIES.get(c)) : three(random);
          BufferedImage edited = photo;
          for (Edit edit : some) {
            edited = edit.apply(edited, random);
          }
          float[] answer = model.answer(whole(bitmap(edited)));
          float weight = some.contains(Edit.GREY) ? GREY_WEIGHT : 1;
          for (int v = 0; v < size; v++) {
            changes[(i * copies + c) * size + v] = weight * (answer[v] - original[v]);
          }
        }
      }
    }
    say.accept("%d edited copies".formatted(photos.size() * copies));
    Metric metric = Metric.against(changes, size, ridge);
    int wide = wide(size);
    float[] samples = new float[2 * photos.size() * wide];
    for (int row = 0; row < photos.size(); row++) {
      metric.lay(originals, row * size, samples, 2 * row * wide);
      float[] copy = new float[size];
      for (int v = 0; v < size; v++) {
        // One of the copies, another one for each photo.
        int change = row * copies + row % copies;
        copy[v] = originals[row * size + v] + changes[change * size + v];
      }
      metric.lay(copy, 0, samples, (2 * row + 1) * wide);
    }
    Axes axes = Axes.fromZero(samples, wide, dimensions, seed);
    float[] columns = new float[size * dimensions];
    metric.columns(axes, columns);
    put(name + ".columns", columns, size, dimensions);
    put(name + ".middle", middle(axes.along(samples), dimensions), dimensions);
    say.accept("axes of %d values".formatted(size));
  }

  /** The mean of every second row, the photos', at unit length; between them lie copies. */
  static float[] middle(float[] rows, int size) {
    double[] sum = new double[size];
    int photos = 0;
    for (int at = 0; at < rows.length; at += 2 * size) {
      double squares = 0;
      for (int i = 0; i < size; i++) {
        squares += (double) rows[at + i] * rows[at + i];
      }
      for (int i = 0; i < size; i++) {
        sum[i] += rows[at + i] / Math.sqrt(squares);
      }
      photos++;
    }
    float[] middle = new float[size];
    for (int i = 0; i < size; i++) {
      middle[i] = (float) (sum[i] / photos);
    }
    return middle;
  }

  private static List<Edit> three(SplittableRandom random) {
    List<Edit> left = new ArrayList<>(List.of(Edit.values()));
    List<Edit> some = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      some.add(left.remove(random.nextInt(left.size())));
    }
    return some;
  }

  private static BufferedImage image(Bitmap photo) {
    BufferedImage image =
        new BufferedImage(photo.width(), photo.height(), BufferedImage.TYPE_INT_RGB);
    image.setRGB(0, 0, photo.width(), photo.height(), photo.rgb(), 0, photo.width());
    return image;
  }

  private static Bitmap bitmap(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    int[] rgb = image.getRGB(0, 0, width, height, null, 0, width);
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] &= 0xFFFFFF;
    }
    return new Bitmap(width, height, rgb);
  }

  private static float[] whole(Bitmap photo) {
    return Resampler.resample(
        photo, 0, 0, photo.width(), photo.height(), Patches.SIDE, Patches.SIDE);
  }

  /** A third of the photo or more, somewhere. */
  private static float[] part(Bitmap photo, SplittableRandom random) {
    double width = photo.width() * (0.6 + 0.4 * random.nextDouble());
    double height = photo.height() * (0.6 + 0.4 * random.nextDouble());
    return Resampler.resample(
        photo,
        random.nextDouble() * (photo.width() - width),
        random.nextDouble() * (photo.height() - height),
        width,
        height,
        Patches.SIDE,
        Patches.SIDE);
  }

  private void put(String name, float[] values, int... dims) {
    ByteBuffer halves = ByteBuffer.allocate(values.length * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      halves.putShort(Float.floatToFloat16(value));
    }
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName("learned." + name)
            .setDataType(FLOAT16)
            .setRawData(ByteString.copyFrom(halves.array()));
    for (int dim : dims) {
      tensor.addDims(dim);
    }
    file.addInitializer(tensor);
  }

  /** A graph of ours, one picture at a time. */
  private static final class Model implements AutoCloseable {

    private final OrtSession session;

    Model(byte[] model) throws OrtException {
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(1);
        options.setInterOpNumThreads(1);
        session = OrtEnvironment.getEnvironment().createSession(model, options);
      }
    }

    /**
     * @param rgb red, green and blue of each pixel in turn, 0 to 255
     */
    float[] answer(float[] rgb) throws OrtException {
      int plane = Patches.SIDE * Patches.SIDE;
      float[] planes = new float[3 * plane];
      for (int i = 0; i < planes.length; i++) {
        planes[i % 3 * plane + i / 3] = rgb[i] / 255;
      }
      try (OnnxTensor tensor =
              OnnxTensor.createTensor(
                  OrtEnvironment.getEnvironment(),
                  FloatBuffer.wrap(planes),
                  new long[] {1, 3, Patches.SIDE, Patches.SIDE});
          OrtSession.Result result = session.run(Map.of("picture", tensor))) {
        FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
        float[] values = new float[buffer.remaining()];
        buffer.get(values);
        return values;
      }
    }

    @Override
    public void close() throws OrtException {
      session.close();
    }
  }
}
