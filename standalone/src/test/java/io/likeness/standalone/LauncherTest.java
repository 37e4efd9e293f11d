package io.likeness.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The launcher in a repository of its own, with a Maven and a JDK that only write down what they
 * are asked.
 */
class LauncherTest {

  @TempDir Path folder;
  private Path repository;
  private Path tools;
  private Path jdk;

  private record Ended(int status, String out, String err) {}

  @BeforeEach
  void prepare() throws IOException {
    repository = Files.createDirectories(folder.resolve("a repository"));
    tools = Files.createDirectories(folder.resolve("tools"));
    jdk = folder.resolve("jdk-25");
    Files.copy(
        Path.of("..", "likeness"),
        repository.resolve("likeness"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(repository.resolve("pom.xml"), "<project/>");
    for (String tool :
        List.of(
            "awk",
            "bash",
            "basename",
            "cat",
            "cp",
            "date",
            "dirname",
            "env",
            "find",
            "grep",
            "head",
            "mkdir",
            "mv",
            "readlink",
            "rm",
            "rmdir",
            "sed",
            "sleep",
            "sort",
            "tail",
            "touch",
            "tr")) {
      for (String place : List.of("/bin/", "/usr/bin/")) {
        if (Files.exists(Path.of(place + tool)) && !Files.exists(tools.resolve(tool))) {
          script(tools.resolve(tool), "exec " + place + tool + " \"$@\"");
        }
      }
    }
  }

  @Test
  void saysThatItNeedsAJdk25() throws Exception {
    script(tools.resolve("java"), "echo '    java.home = /nowhere' >&2");

    Ended ended = likeness("status");

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).contains("needs a JDK 25 and found none").hasLineCount(1);
  }

  @Test
  void saysThatItNeedsMaven() throws Exception {
    installJdk();

    Ended ended = likeness("status");

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err()).contains("needs Maven").hasLineCount(1);
  }

  @Test
  void buildsOnceAndAgainOnlyWhenASourceIsNewer() throws Exception {
    installJdk();
    installMaven();

    Ended first = likeness("status", "two words", "*");

    assertThat(first.err()).contains("building").contains("built in");
    assertThat(first.out())
        .contains("[io.likeness.standalone.cli.Likeness]")
        .contains("[status]")
        .contains("[two words]")
        .contains("[*]");
    assertThat(likeness("status").err()).isEmpty();

    Path source = repository.resolve("gateway/src/main/java/New.java");
    Files.createDirectories(source.getParent());
    Files.writeString(source, "class New {}");
    Files.setLastModifiedTime(
        source, java.nio.file.attribute.FileTime.from(java.time.Instant.now().plusSeconds(2)));
    assertThat(likeness("status").err()).contains("built in");
    assertThat(Files.readAllLines(repository.resolve("asked"))).hasSize(2);
    // What runs from the first build keeps all its jars.
    assertThat(librariesOf(first)).isDirectoryContaining("glob:**kafka-1.jar");
  }

  private static Path librariesOf(Ended ended) {
    String classPath =
        ended.out().lines().filter(line -> line.endsWith("/lib/*]")).findFirst().orElseThrow();
    return Path.of(classPath.substring(classPath.indexOf("/*:") + 3, classPath.length() - 3));
  }

  @Test
  void saysWhereTheLogOfAFailedBuildIs() throws Exception {
    installJdk();
    script(tools.resolve("mvn"), "echo '[ERROR] Broken.java: no such symbol'; exit 1");

    Ended ended = likeness("up");

    assertThat(ended.status()).isEqualTo(1);
    assertThat(ended.err())
        .contains("[ERROR] Broken.java: no such symbol")
        .contains("the build failed; all of it is in " + repository.toRealPath());
    assertThat(repository.resolve("target/likeness/lock")).doesNotExist();
  }

  @Test
  void tellsWhatThereIsWithoutBuilding() throws Exception {
    Ended ended = likeness("--help");

    assertThat(ended.status()).isZero();
    assertThat(ended.out()).contains("up ").contains("search ");
    assertThat(ended.err()).isEmpty();
  }

  @Test
  void countsTheTestsOfARun() throws Exception {
    script(
        tools.resolve("mvn"),
        "echo \"asked: $*\"\n"
            // Times of files stand still for some milliseconds, and no run of Maven is as short.
            + "sleep 0.1\n"
            + "mkdir -p gateway/target/surefire-reports\n"
            + "echo '<testsuite name=\"a\" tests=\"5\" errors=\"1\" skipped=\"2\" failures=\"0\">'"
            + " > gateway/target/surefire-reports/TEST-a.xml\n"
            + "echo '<testsuite name=\"b\" tests=\"7\" errors=\"0\" skipped=\"0\" failures=\"0\">'"
            + " > gateway/target/surefire-reports/TEST-b.xml\n"
            + "exit 3");

    Ended ended = likeness("test", "-pl", "gateway");

    assertThat(ended.status()).isEqualTo(3);
    assertThat(ended.out())
        .contains("asked: -B verify -pl gateway")
        .contains("likeness: 12 tests in 2 classes, 0 failed, 1 with errors, 2 skipped");
  }

  @Test
  void takesOverTheLockOfABuildThatDied() throws Exception {
    installJdk();
    installMaven();
    Path lock = Files.createDirectories(repository.resolve("target/likeness/lock"));
    // A process id that no system gives out.
    Files.writeString(lock.resolve("pid"), "999999999\n");

    assertThat(likeness("status").err()).contains("built in");
    assertThat(lock).doesNotExist();
  }

  @Test
  void worksThroughALinkFromElsewhere() throws Exception {
    installJdk();
    installMaven();
    Path link = Files.createSymbolicLink(folder.resolve("link"), repository.resolve("likeness"));

    assertThat(run(link, "status").out()).contains("-Dlikeness.home=" + repository.toRealPath());
  }

  private void installJdk() throws IOException {
    Files.createDirectories(jdk.resolve("bin"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"25.0.3\"\n");
    script(jdk.resolve("bin/java"), "for word in \"$@\"; do echo \"[$word]\"; done");
  }

  private void installMaven() throws IOException {
    script(
        tools.resolve("mvn"),
        "echo \"$@\" >> asked\n"
            + "for m in proto node features gateway ingest-worker shard-node coordinator standalone; do\n"
            + "  mkdir -p $m/target; : > $m/target/$m-1.jar; : > $m/target/$m-1-tests.jar\n"
            + "done\n"
            + "mkdir -p standalone/target/lib; : > standalone/target/lib/kafka-1.jar");
  }

  private static void script(Path file, String body) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + body + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Ended likeness(String... arguments) throws Exception {
    return run(repository.resolve("likeness"), arguments);
  }

  private Ended run(Path launcher, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(List.of(tools.resolve("bash").toString(), launcher.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", tools.toString());
    builder.environment().put("HOME", folder.toString());
    builder.environment().put("LIKENESS_JVM_FOLDERS", jdk.toString());
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    int status = process.waitFor();
    return new Ended(
        status,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }
}
