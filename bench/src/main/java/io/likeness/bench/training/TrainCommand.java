package io.likeness.bench.training;

import ai.onnxruntime.OrtException;
import io.likeness.features.builtin.DefaultModel;
import io.likeness.features.decode.Bitmap;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes the learned part of the model that ships, anew and the same each time. */
@Command(
    name = "train-model",
    mixinStandardHelpOptions = true,
    description =
        "Learn the numbers of the default model from folders of photos and write the model. The same photos and seed"
            + " give the same bytes on the same kind of machine.",
    footer = {
      "",
      "Example: likeness bench train-model --out target/model shared/data/photos/*",
      "Exit codes: 0 written, 1 failed, 2 wrong usage."
    })
public final class TrainCommand implements Callable<Integer> {

  @Parameters(arity = "1..*", paramLabel = "FOLDER", description = "Folders of photos.")
  List<Path> folders = new ArrayList<>();

  @Option(
      names = "--leave-out",
      paramLabel = "NAME",
      description = "Pass over the folder of this name, to report on its photos; may be repeated.")
  List<String> leaveOut = new ArrayList<>();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "Where model.onnx, manifest.yaml and learned.bin are written.")
  Path out = Path.of("");

  @Option(
      names = "--network",
      paramLabel = "FILE",
      description =
          "What bench/training/network.py wrote, or a model.onnx that holds it. Default: the network of the model that"
              + " ships.")
  @Nullable Path network;

  @Option(names = "--seed", defaultValue = "1", description = "Default: ${DEFAULT-VALUE}.")
  long seed = 1;

  @Override
  public Integer call() throws IOException, OrtException {
    byte[] numbers = DefaultModel.network(Optional.ofNullable(network));
    List<Bitmap> photos = new ArrayList<>();
    for (Path folder : folders.stream().sorted().toList()) {
      if (!leaveOut.contains(String.valueOf(folder.getFileName()))) {
        List<Bitmap> some = Photos.read(folder);
        say("%d photos of %s".formatted(some.size(), folder));
        photos.addAll(some);
      }
    }
    byte[] learned = new Learning(photos, numbers, seed, TrainCommand::say).learn();
    Files.createDirectories(out);
    Files.write(out.resolve("learned.bin"), learned);
    DefaultModel.write(out, learned);
    say("written to " + out);
    return 0;
  }

  private static void say(String line) {
    System.err.println("train: " + line);
  }
}
