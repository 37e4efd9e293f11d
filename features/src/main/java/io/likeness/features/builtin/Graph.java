package io.likeness.features.builtin;

import com.google.protobuf.ByteString;
import io.likeness.features.onnx.AttributeProto;
import io.likeness.features.onnx.GraphProto;
import io.likeness.features.onnx.ModelProto;
import io.likeness.features.onnx.NodeProto;
import io.likeness.features.onnx.OperatorSetIdProto;
import io.likeness.features.onnx.TensorProto;
import io.likeness.features.onnx.TensorShapeProto;
import io.likeness.features.onnx.TypeProto;
import io.likeness.features.onnx.ValueInfoProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;

/**
 * An ONNX graph in the making. Each method adds one operator and answers with the name of its
 * result, so that a descriptor reads as formulas. Equal constants are stored once. The same calls
 * in the same order give the same bytes.
 */
final class Graph {

  private static final int FLOAT = 1;
  private static final int INT64 = 7;

  /** Chosen for ONNX Runtime 1.28 and everything some years older. */
  private static final int IR_VERSION = 8;

  private static final int OPSET = 17;

  private final GraphProto.Builder graph = GraphProto.newBuilder();
  private final Map<TensorProto, String> constants = new HashMap<>();
  private int next;

  Graph(String name) {
    graph.setName(name);
  }

  /** An input of float32 with an open number of pictures as its first axis. */
  String input(String name, int... shape) {
    graph.addInput(value(name, shape));
    return name;
  }

  /** Names a result as the graph's output. */
  void output(String name, String value, int... shape) {
    NodeProto node =
        NodeProto.newBuilder().setOpType("Identity").addInput(value).addOutput(name).build();
    graph.addNode(node);
    graph.addOutput(value(name, shape));
  }

  String floats(float[] values, int... dims) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return constant(FLOAT, ByteString.copyFrom(bytes), values.length, dims);
  }

  /** Numbers kept under their own name as 16-bit floats; used as 32-bit ones. */
  String learned(TensorProto halves) {
    graph.addInitializer(halves);
    return node("Cast", attribute("to", FLOAT), halves.getName());
  }

  String number(double value) {
    return floats(new float[] {(float) value});
  }

  String whole(long... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asLongBuffer().put(values);
    return constant(INT64, ByteString.copyFrom(bytes), values.length);
  }

  private String constant(int type, ByteString raw, int count, int... dims) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setDataType(type).setRawData(raw);
    if (dims.length == 0) {
      tensor.addDims(count);
    }
    long size = 1;
    for (int dim : dims) {
      tensor.addDims(dim);
      size *= dim;
    }
    if (dims.length > 0 && size != count) {
      throw new IllegalArgumentException(count + " values do not fill a shape of " + size);
    }
    return constants.computeIfAbsent(
        tensor.build(),
        unnamed -> {
          String name = "c" + constants.size();
          graph.addInitializer(unnamed.toBuilder().setName(name));
          return name;
        });
  }

  String add(String a, String b) {
    return node("Add", a, b);
  }

  String sub(String a, String b) {
    return node("Sub", a, b);
  }

  String mul(String a, String b) {
    return node("Mul", a, b);
  }

  String div(String a, String b) {
    return node("Div", a, b);
  }

  String pow(String a, double exponent) {
    return node("Pow", a, number(exponent));
  }

  String sqrt(String a) {
    return node("Sqrt", a);
  }

  String abs(String a) {
    return node("Abs", a);
  }

  String sign(String a) {
    return node("Sign", a);
  }

  String relu(String a) {
    return node("Relu", a);
  }

  String max(String a, String b) {
    return node("Max", a, b);
  }

  String min(String a, String b) {
    return node("Min", a, b);
  }

  String matMul(String a, String b) {
    return node("MatMul", a, b);
  }

  /** 0 keeps an axis as it is, -1 takes what is left. */
  String reshape(String a, long... shape) {
    return node("Reshape", a, whole(shape));
  }

  String transpose(String a, long... order) {
    return node("Transpose", ints("perm", order), a);
  }

  String concat(int axis, String... parts) {
    return node("Concat", attribute("axis", axis), parts);
  }

  String slice(String a, int axis, int from, int to) {
    return node("Slice", a, whole(from), whole(to), whole(axis));
  }

  String gather(String a, int axis, long... places) {
    return node("Gather", attribute("axis", axis), a, whole(places));
  }

  /** Rows of a table by number; the numbers come as floats. */
  String lookUp(String table, String rows) {
    String whole = node("Cast", attribute("to", INT64), rows);
    return node("Gather", attribute("axis", 0), table, whole);
  }

  /** Shares over an axis: powers of e, divided by their sum. */
  String softmax(String a, int axis) {
    return node("Softmax", attribute("axis", axis), a);
  }

  /** Sum over an axis that stays with size 1. */
  String sum(String a, int axis) {
    return node("ReduceSum", a, whole(axis));
  }

  /** A convolution without bias; the picture keeps its size divided by stride. */
  String conv(String a, String weights, int groups, int stride, int pad) {
    NodeProto.Builder node = NodeProto.newBuilder().setOpType("Conv");
    node.addAttribute(attribute("group", groups));
    node.addAttribute(ints("strides", stride, stride));
    node.addAttribute(ints("pads", pad, pad, pad, pad));
    return add(node, a, weights);
  }

  /** Means over squares of {@code size} pixels. */
  String meanPool(String a, int size) {
    NodeProto.Builder node = NodeProto.newBuilder().setOpType("AveragePool");
    node.addAttribute(ints("kernel_shape", size, size));
    node.addAttribute(ints("strides", size, size));
    return add(node, a);
  }

  /** Repeats the border outwards. */
  String pad(String a, int border) {
    NodeProto.Builder node = NodeProto.newBuilder().setOpType("Pad");
    node.addAttribute(
        AttributeProto.newBuilder()
            .setName("mode")
            .setType(AttributeProto.AttributeType.STRING)
            .setS(ByteString.copyFromUtf8("edge")));
    return add(node, a, whole(0, 0, border, border, 0, 0, border, border));
  }

  byte[] toModel(String description) {
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("likeness")
        .setDocString(description)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(OPSET))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  private String node(String type, String... inputs) {
    return add(NodeProto.newBuilder().setOpType(type), inputs);
  }

  private String node(String type, AttributeProto attribute, String... inputs) {
    return add(NodeProto.newBuilder().setOpType(type).addAttribute(attribute), inputs);
  }

  private String add(NodeProto.Builder node, String... inputs) {
    String result = "t" + next++;
    for (String input : inputs) {
      node.addInput(input);
    }
    graph.addNode(node.addOutput(result));
    return result;
  }

  private static AttributeProto attribute(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static AttributeProto ints(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  private static ValueInfoProto value(String name, int... shape) {
    TensorShapeProto.Builder dims =
        TensorShapeProto.newBuilder()
            .addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("N"));
    for (int size : shape) {
      dims.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(size));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(FLOAT).setShape(dims)))
        .build();
  }
}
