package io.likeness.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCommandsTest {

  @TempDir Path folder;

  private String out = "";
  private String err = "";

  private int run(String... arguments) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    ByteArrayOutputStream notes = new ByteArrayOutputStream();
    Console console =
        new Console(
            new PrintStream(lines, true, StandardCharsets.UTF_8),
            new PrintStream(notes, true, StandardCharsets.UTF_8),
            false);
    List<String> all = new ArrayList<>(List.of("model"));
    all.addAll(List.of(arguments));
    int code = Likeness.run(console, all.toArray(String[]::new));
    out = lines.toString(StandardCharsets.UTF_8);
    err = notes.toString(StandardCharsets.UTF_8);
    return code;
  }

  /** The file of the model that ships, as somebody else's. */
  private Path foreign() throws IOException {
    try (InputStream model =
        getClass().getResourceAsStream("/io/likeness/features/default-model/model.onnx")) {
      Path file = folder.resolve("encoder.onnx");
      Files.write(file, model.readAllBytes());
      return file;
    }
  }

  private String models() {
    return folder.resolve("models").toString();
  }

  @Test
  void bringsAModelThatTheServiceWillHave() throws IOException {
    String file = foreign().toString();

    assertThat(run("get", file, "--preset", "resnet50", "--name", "shoes", "--models", models()))
        .isZero();
    assertThat(out).contains("model       shoes@1", "golden      as the manifest says");
    assertThat(err).contains("SHA-256", "compared with nothing");
    assertThat(run("list", "--models", models())).isZero();
    assertThat(out).contains("default").contains("shoes");
    assertThat(run("check", folder.resolve("models").resolve("shoes").toString())).isZero();
    assertThat(out).contains("ms a picture on one core");
    assertThat(run("get", file, "--preset", "resnet50", "--name", "shoes", "--models", models()))
        .isEqualTo(Exit.FAILED);
    assertThat(err).contains("has a model already");
  }

  @Test
  void keepsNoModelOfAnotherChecksum() throws IOException {
    int code =
        run(
            "get",
            foreign().toString(),
            "--preset",
            "resnet50",
            "--sha256",
            "0".repeat(64),
            "--models",
            models());

    assertThat(code).isEqualTo(Exit.FAILED);
    assertThat(err).contains("thrown away");
    assertThat(run("list", "--models", models())).isZero();
    assertThat(out).doesNotContain("resnet50");
  }

  @Test
  void saysWhatIsWrongWithAFolder() throws IOException {
    Path place = Files.createDirectories(folder.resolve("mine"));
    Files.writeString(place.resolve("manifest.yaml"), "name: mine\n");
    Files.writeString(place.resolve("model.onnx"), "junk");

    assertThat(run("check", place.toString())).isEqualTo(Exit.FAILED);
    assertThat(err).contains("manifest.yaml: ").contains(" is missing").hasLineCount(1);
  }

  @Test
  void tellsHowToGetAnEncoder() {
    assertThat(run("presets")).isZero();
    assertThat(out).contains("clip-vit-b32", "dinov2-small", "sscd-disc-mixup");
    assertThat(run("presets", "clip-vit-b32")).isZero();
    assertThat(out).contains("torch.onnx.export", "likeness model get model.onnx --preset");
  }

  @Test
  void tellsHowToGetADetectorAndRefusesAnEncoderForOne() throws IOException {
    assertThat(run("presets")).isZero();
    assertThat(out).contains("yolox", "80 labels");
    assertThat(run("presets", "yolox")).isZero();
    assertThat(out).contains("likeness model get model.onnx --preset yolox");

    assertThat(run("get", foreign().toString(), "--preset", "yolox", "--models", models()))
        .isEqualTo(Exit.FAILED);
    assertThat(err).contains("model.onnx has [features]");
    assertThat(run("list", "--models", models())).isZero();
    assertThat(out).contains("512 dimensions").doesNotContain("yolox");
  }

  @Test
  void bringsADetectorThatTheServiceWillHave() throws IOException {
    Path given = Path.of(System.getProperty("likeness.shared", "../../shared"));
    Path file = given.resolve("data/models/yolox_nano.onnx");
    assumeTrue(Files.exists(file), "no detector at " + file);

    assertThat(run("get", file.toString(), "--preset", "yolox", "--models", models())).isZero();
    assertThat(out).contains("detector    yolox@1", "labels      80, 0 of them ignored");
    assertThat(run("list", "--models", models())).isZero();
    assertThat(out).contains("80 labels", "416 x 416");
    assertThat(run("check", folder.resolve("models").resolve("yolox").toString())).isZero();
    assertThat(out).contains("cells of [8, 16, 32] pixels", "in the picture every model is tried");
  }

  @Test
  void checksTheModelThatShips() {
    assertThat(run("check")).isZero();
    assertThat(out).contains("model       default@");
    assertThat(run("check", "default")).isZero();
    assertThat(out).contains("model       default@");
    assertThat(run("check", folder.resolve("default").toString())).isEqualTo(Exit.FAILED);
    assertThat(err).contains("is no folder");
    assertThat(run("bench", "--seconds", "1")).isZero();
    assertThat(out).contains("PICTURES/S");
  }

  @ParameterizedTest
  @CsvSource({
    "get http://models.example/m.onnx --preset resnet50, needs --sha256",
    "get m.onnx --preset renset50, is none of",
    "get m.onnx --preset resnet50 --name Shoes, lower-case",
    "get m.onnx --preset resnet50 --sha256 12, 64 hexadecimal",
    "check --provider abacus, is none of"
  })
  void refusesWhatItCannotWorkWith(String line, String told) {
    assertThat(run(line.split(" "))).isEqualTo(Exit.USAGE);
    assertThat(err).contains(told);
  }
}
