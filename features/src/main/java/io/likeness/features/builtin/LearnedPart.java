package io.likeness.features.builtin;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.features.onnx.GraphProto;
import io.likeness.features.onnx.ModelProto;
import io.likeness.features.onnx.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The numbers of the default model that were learnt, by name. They come from a file that training
 * wrote, or out of a model that holds them.
 */
final class LearnedPart {

  static final String PREFIX = "learned.";

  private final Map<String, TensorProto> tensors = new TreeMap<>();

  /** A file that training wrote, or a model.onnx made from such a file. */
  static LearnedPart read(Path file) throws IOException {
    byte[] content = Files.readAllBytes(file);
    return file.toString().endsWith(".onnx") ? ofModel(content) : ofFile(content);
  }

  private LearnedPart(GraphProto graph) {
    for (TensorProto tensor : graph.getInitializerList()) {
      if (tensor.getName().startsWith(PREFIX)) {
        tensors.put(tensor.getName(), tensor);
      }
    }
  }

  /** What training wrote. */
  static LearnedPart ofFile(byte[] file) {
    try {
      return new LearnedPart(GraphProto.parseFrom(file));
    } catch (InvalidProtocolBufferException unreadable) {
      throw new IllegalArgumentException("not a file of learned numbers", unreadable);
    }
  }

  /** What a model made from such a file holds. */
  static LearnedPart ofModel(byte[] model) {
    try {
      return new LearnedPart(ModelProto.parseFrom(model).getGraph());
    } catch (InvalidProtocolBufferException unreadable) {
      throw new IllegalArgumentException("not an ONNX model", unreadable);
    }
  }

  /** Those alone whose names begin so, as a file. */
  byte[] file(String prefix) {
    GraphProto.Builder graph = GraphProto.newBuilder().setName("learned");
    tensors.values().stream()
        .filter(tensor -> tensor.getName().startsWith(PREFIX + prefix))
        .forEach(graph::addInitializer);
    return graph.build().toByteArray();
  }

  TensorProto tensor(String name) {
    TensorProto tensor = tensors.get(PREFIX + name);
    if (tensor == null) {
      throw new IllegalArgumentException(
          "no learned numbers are named " + PREFIX + name + "; there are " + tensors.keySet());
    }
    return tensor;
  }
}
