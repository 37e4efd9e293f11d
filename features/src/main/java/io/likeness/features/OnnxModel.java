package io.likeness.features;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.likeness.features.decode.Bitmap;
import io.likeness.proto.vector.FeatureVector;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A model under ONNX Runtime, and the way a picture takes through it by its manifest. Safe for many
 * threads: each run uses the calling thread only, so the caller decides how many cores work.
 */
final class OnnxModel implements AutoCloseable {

  private final ModelManifest manifest;
  private final OrtSession session;

  private OnnxModel(ModelManifest manifest, OrtSession session) {
    this.manifest = manifest;
    this.session = session;
  }

  /**
   * Starts the model and tries it once on a grey picture, so that a manifest that does not fit is
   * found now and not with the first customer's picture.
   *
   * @param where the folder, for messages
   */
  static OnnxModel open(
      String where, ModelManifest manifest, byte[] file, ExecutionProvider provider) {
    OnnxModel model = new OnnxModel(manifest, session(where, file, provider));
    try {
      model.checkNames(where);
      model.tryOut(where);
    } catch (OrtException | RuntimeException fault) {
      model.close();
      if (fault instanceof ModelException told) {
        throw told;
      }
      throw new ModelException(
          "model %s does not run as its manifest says: %s".formatted(where, fault.getMessage()),
          fault);
    }
    return model;
  }

  static OrtSession session(String where, byte[] file, ExecutionProvider provider) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      provider.addTo(options);
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setExecutionMode(OrtSession.SessionOptions.ExecutionMode.SEQUENTIAL);
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      return OrtEnvironment.getEnvironment().createSession(file, options);
    } catch (OrtException unusable) {
      throw new ModelException(
          "model %s: model.onnx cannot be loaded: %s".formatted(where, unusable.getMessage()),
          unusable);
    } catch (ModelException absent) {
      throw new ModelException("model %s: %s".formatted(where, absent.getMessage()), absent);
    }
  }

  /** A tensor of the graph: -1 is an open size. */
  record Tensor(boolean isFloat, List<Long> shape) {

    @Override
    public String toString() {
      return (isFloat ? "float32 " : "not float32 ") + shape;
    }
  }

  /** What a file takes and answers, in its own order, whatever a manifest says. */
  record Graph(Map<String, Tensor> inputs, Map<String, Tensor> outputs) {}

  /** Looks at a file that has no manifest yet. */
  static Graph look(String where, byte[] file) {
    try (OrtSession session = session(where, file, ExecutionProvider.CPU)) {
      return new Graph(tensors(session.getInputInfo()), tensors(session.getOutputInfo()));
    } catch (OrtException unusable) {
      throw new ModelException(
          "model %s: model.onnx cannot be read: %s".formatted(where, unusable.getMessage()),
          unusable);
    }
  }

  private static Map<String, Tensor> tensors(Map<String, NodeInfo> nodes) {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    nodes.forEach(
        (name, node) ->
            tensors.put(
                name,
                node.getInfo() instanceof TensorInfo tensor
                    ? new Tensor(
                        tensor.type == OnnxJavaType.FLOAT,
                        Arrays.stream(tensor.getShape()).boxed().toList())
                    : new Tensor(false, List.of())));
    return tensors;
  }

  /** How many values a file's vectors have, whatever its manifest says. */
  static int dimensions(String where, ModelManifest manifest, byte[] file) {
    try (OnnxModel model = new OnnxModel(manifest, session(where, file, ExecutionProvider.CPU))) {
      model.checkNames(where);
      return model.golden().dimensions();
    } catch (OrtException | IllegalStateException | IllegalArgumentException fault) {
      throw new ModelException(
          "model %s does not run: %s".formatted(where, fault.getMessage()), fault);
    }
  }

  ModelManifest manifest() {
    return manifest;
  }

  /** The vector of the golden picture. */
  FeatureVector golden() {
    return embed(prepare(GoldenPicture.make()));
  }

  /** More pixels than this on a side make no difference to the model. */
  int sideWanted() {
    return Math.max(manifest.input().width(), manifest.input().height());
  }

  private void checkNames(String where) throws OrtException {
    checkInput(where, session, manifest.input());
    checkOutput(where, session, manifest.output().name());
  }

  /** The one input of the graph is what its manifest says. */
  static void checkInput(String where, OrtSession session, ModelManifest.Input input)
      throws OrtException {
    Set<String> inputs = session.getInputNames();
    if (!inputs.equals(Set.of(input.name()))) {
      throw new ModelException(
          "model %s: manifest says input \"%s\", model.onnx has %s"
              .formatted(where, input.name(), inputs));
    }
    NodeInfo node = session.getInputInfo().get(input.name());
    if (node == null
        || !(node.getInfo() instanceof TensorInfo tensor)
        || tensor.type != OnnxJavaType.FLOAT) {
      throw new ModelException("model %s: its input is no float32 tensor".formatted(where));
    }
    long[] declared = tensor.getShape();
    long[] wanted = input.shape();
    boolean fits = declared.length == wanted.length;
    for (int axis = 0; fits && axis < wanted.length; axis++) {
      // -1 is an open size.
      fits = declared[axis] == -1 || declared[axis] == wanted[axis];
    }
    if (!fits) {
      throw new ModelException(
          "model %s: manifest says an input of %s (%s), model.onnx wants %s"
              .formatted(
                  where, Arrays.toString(wanted), input.layout(), Arrays.toString(declared)));
    }
  }

  static void checkOutput(String where, OrtSession session, String name) {
    Set<String> outputs = session.getOutputNames();
    if (!outputs.contains(name)) {
      throw new ModelException(
          "model %s: manifest says output \"%s\", model.onnx has %s"
              .formatted(where, name, outputs));
    }
  }

  private void tryOut(String where) throws OrtException {
    float[] picture = new float[manifest.input().samples()];
    for (int i = 0; i < picture.length; i++) {
      picture[i] = (i * 37 % 101) / 101f;
    }
    FeatureVector vector = run(picture);
    if (vector.dimensions() != manifest.dimensions()) {
      throw new ModelException(
          "model %s: manifest says %d dimensions, model.onnx answers with %d"
              .formatted(where, manifest.dimensions(), vector.dimensions()));
    }
    if (manifest.golden().isPresent()) {
      checkGolden(where, manifest.golden().get());
    }
  }

  private void checkGolden(String where, ModelManifest.Golden golden) {
    if (golden.values().size() > manifest.dimensions()) {
      throw new ModelException(
          "model %s: golden.values has %d values, a vector has %d"
              .formatted(where, golden.values().size(), manifest.dimensions()));
    }
    float[] values = golden().array();
    for (int i = 0; i < golden.values().size(); i++) {
      double wanted = golden.values().get(i);
      if (!(Math.abs(values[i] - wanted) <= golden.tolerance())) {
        throw new ModelException(
            ("model %s: the picture every model is tried with gives %s as value %d of the vector, the manifest says"
                    + " %s, within %s: another model, other preprocessing, or arithmetic that differs")
                .formatted(where, values[i], i, wanted, golden.tolerance()));
      }
    }
  }

  /** Lays a picture before the model. */
  float[] prepare(Bitmap picture) {
    return PictureInput.samples(manifest.input(), picture);
  }

  /**
   * The vector of one prepared picture. Always one picture a run: the runtime chooses kernels by
   * shape, so a batch's size would leave its trace in the last bits, and the same picture could get
   * another vector on replay. On a CPU with one thread a run, batches are no faster.
   */
  FeatureVector embed(float[] prepared) {
    try {
      return run(prepared);
    } catch (OrtException broken) {
      throw new IllegalStateException(
          "model %s failed on a picture: %s".formatted(manifest.id(), broken.getMessage()), broken);
    }
  }

  private FeatureVector run(float[] prepared) throws OrtException {
    ModelManifest.Input input = manifest.input();
    try (OnnxTensor tensor = tensor(input, prepared);
        OrtSession.Result result =
            session.run(Map.of(input.name(), tensor), Set.of(manifest.output().name()))) {
      OnnxValue value = result.get(0);
      if (!(value instanceof OnnxTensor answer) || answer.getInfo().type != OnnxJavaType.FLOAT) {
        throw new IllegalStateException(
            "output \"%s\" is no float32 tensor".formatted(manifest.output().name()));
      }
      long[] shape = answer.getInfo().getShape();
      if (shape.length < 2 || shape[0] != 1) {
        throw new IllegalStateException(
            "one picture gave an output of %s".formatted(Arrays.toString(shape)));
      }
      FloatBuffer buffer = answer.getFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      float[] pooled = pool(values, shape);
      return switch (manifest.output().normalise()) {
        case L2 -> FeatureVector.normalised(pooled);
        case NONE -> FeatureVector.ofUnit(pooled);
      };
    }
  }

  /** One prepared picture as the runtime takes it. */
  static OnnxTensor tensor(ModelManifest.Input input, float[] prepared) throws OrtException {
    FloatBuffer samples =
        ByteBuffer.allocateDirect(prepared.length * Float.BYTES)
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    samples.put(prepared).flip();
    return OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), samples, input.shape());
  }

  private float[] pool(float[] values, long[] shape) {
    return switch (manifest.output().pooling()) {
      case NONE -> values;
      case FIRST -> {
        require(shape.length == 3, "first", shape);
        yield Arrays.copyOf(values, (int) shape[2]);
      }
      case MEAN -> {
        require(shape.length == 3 || shape.length == 4, "mean", shape);
        // [N, places, dimensions] has a dimension's places far apart, [N, dimensions, H, W] side by
        // side.
        boolean placesFirst = shape.length == 3;
        int dimensions = (int) (placesFirst ? shape[2] : shape[1]);
        int places = values.length / dimensions;
        float[] means = new float[dimensions];
        for (int d = 0; d < dimensions; d++) {
          double sum = 0;
          for (int p = 0; p < places; p++) {
            sum += values[placesFirst ? p * dimensions + d : d * places + p];
          }
          means[d] = (float) (sum / places);
        }
        yield means;
      }
    };
  }

  private static void require(boolean fits, String pooling, long[] shape) {
    if (!fits) {
      throw new IllegalStateException(
          "pooling \"%s\" does not fit an output of %s".formatted(pooling, Arrays.toString(shape)));
    }
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException failure) {
      throw new IllegalStateException("cannot close model " + manifest.id(), failure);
    }
  }
}
