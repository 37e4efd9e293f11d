package io.likeness.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandsTest {

  @TempDir Path folder;
  private FakeService service;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Console console =
      new Console(
          new PrintStream(out, true, StandardCharsets.UTF_8),
          new PrintStream(err, true, StandardCharsets.UTF_8),
          false);

  @BeforeEach
  void start() throws IOException {
    service = new FakeService();
  }

  @AfterEach
  void stop() {
    service.close();
  }

  @Test
  void printsTheHitsOfASearchAsATable() {
    service.once(
        "POST /api/v1/instances/demo/search",
        200,
        """
        {"hits":[{"id":"a/1.jpg","score":0.98765,"tags":{"colour":"red"},"numbers":{}},
                 {"id":"b","score":0.5,"tags":{},"numbers":{"price":3}}],
         "total":7,"coverage":{"asked":4,"answered":4,"reasons":[]},"timings":{"total_micros":12345}}
        """);

    int status = run("search", "--id", "a/1.jpg", "--instance", "demo");

    assertThat(status).isZero();
    assertThat(out())
        .isEqualTo(
            """
        #   SCORE  ID       TAGS
        1  0.9877  a/1.jpg  colour=red
        2  0.5000  b        price=3
        """);
    assertThat(err()).isEqualTo("2 shown of 7, 12.3 ms\n");
  }

  @Test
  void searchesByKeywords() {
    service.once(
        "POST /api/v1/instances/demo/search",
        200,
        """
        {"hits":[{"id":"a","score":0.5}],"total":1,"coverage":{"asked":1,"answered":1},"timings":{}}
        """);

    assertThat(run("search", "--keyword", "phone", "--keyword", "手机", "-i", "demo")).isZero();

    assertThat(service.bodies.getLast())
        .contains("\"keywords\":[\"phone\",\"手机\"]")
        .doesNotContain("relations");
    assertThat(run("search", "--keyword", "phone", "--id", "a", "-i", "demo"))
        .isEqualTo(Exit.USAGE);
    assertThat(run("search", "--keyword", "phone", "-i", "demo", "--limit", "1001"))
        .isEqualTo(Exit.USAGE);
  }

  @Test
  void readsMoreThanAPageThroughACursor() {
    String answer =
        """
        {"hits":[{"id":"%s","score":1,"tags":{}}],"total":2000,%s
         "coverage":{"asked":4,"answered":4,"reasons":[]},"timings":{}}
        """;
    service.once(
        "POST /api/v1/instances/demo/search",
        200,
        answer.formatted("first", "\"next_cursor\":\"go-on\","));
    service.once("POST /api/v1/instances/demo/search", 200, answer.formatted("second", ""));

    assertThat(run("search", "--id", "x", "-i", "demo", "--limit", "5000", "--group-by", "kind"))
        .isZero();

    assertThat(out()).contains("1  1.0000  first", "2  1.0000  second");
    assertThat(service.bodies)
        .anySatisfy(
            body ->
                assertThat(body)
                    .contains("\"cursor\":\"\"", "\"page_size\":1000", "\"group_by\":\"kind\"")
                    .doesNotContain("limit"))
        .anySatisfy(
            body -> assertThat(body).contains("\"cursor\":\"go-on\"").doesNotContain("group_by"));
    assertThat(run("search", "--id", "x", "-i", "demo", "--limit", "100001")).isEqualTo(Exit.USAGE);
    assertThat(run("search", "--id", "x", "-i", "demo", "--limit", "1001", "--offset", "1"))
        .isEqualTo(Exit.USAGE);
  }

  @Test
  void tellsWhatHitsAreWhereAsked() {
    service.once(
        "POST /api/v1/instances/demo/search",
        200,
        """
        {"hits":[{"id":"a","score":1,"relation":"edited_copy"},{"id":"b","score":0.2}],"total":2,
         "coverage":{"asked":1,"answered":1},"timings":{}}
        """);

    assertThat(run("search", "--id", "x", "-i", "demo", "--relations")).isZero();

    assertThat(out()).contains("RELATION", "a   edited copy");
    assertThat(service.bodies.getLast()).contains("\"relations\":true");
  }

  @Test
  void tellsTheSubjectItSearchedWith() throws IOException {
    Path picture = Files.write(folder.resolve("street.jpg"), new byte[] {1, 2, 3});
    service.once(
        "POST /api/v1/instances/demo/search",
        200,
        """
        {"hits":[],"total":7,"coverage":{"asked":4,"answered":4,"reasons":[]},"timings":{"total_micros":12345},
         "subjects":[{"score":0.904,"label":"person","box":{"x":1,"y":2,"width":3,"height":4}},
                     {"score":0.5,"box":{"x":5,"y":6,"width":7,"height":8}}]}
        """);

    assertThat(run("search", picture.toString(), "-i", "demo", "--find-subject")).isZero();
    assertThat(service.bodies.getLast()).contains("\"find_subject\":true");
    assertThat(err())
        .contains("subject person 1,2,3,4, score 0.90\n", "subject 5,6,7,8, score 0.50\n");
  }

  @Test
  void addsTheSubjectOfAPictureWhereAsked() throws IOException {
    Path picture = Files.write(folder.resolve("street.jpg"), new byte[] {1, 2, 3});

    assertThat(run("add", picture.toString(), "-i", "demo")).isZero();
    assertThat(service.bodies.getLast()).doesNotContain("find_subject");
    assertThat(run("add", picture.toString(), "-i", "demo", "--find-subject")).isZero();
    assertThat(service.bodies.getLast()).contains("\"find_subject\":true");
  }

  @Test
  void namesTheDetectorOfANewInstance() {
    service.once(
        "POST /api/v1/instances",
        201,
        "{\"name\":\"street\",\"model\":\"default\",\"dimensions\":512,\"detector\":\"yolox\"}");

    assertThat(run("instance", "create", "street", "--detector", "yolox")).isZero();
    assertThat(service.bodies.getLast()).contains("\"detector\":\"yolox\"");
    assertThat(out())
        .isEqualTo("made instance street, model default (512 dimensions), detector yolox\n");
  }

  @Test
  void saysWhereThereIsNoGoodMatch() {
    service.once(
        "POST /api/v1/instances/demo/search",
        200,
        """
        {"hits":[{"id":"a","score":0.2}],"total":1,"good_match":false,
         "coverage":{"asked":1,"answered":1},"timings":{}}
        """);

    assertThat(run("search", "--id", "x", "-i", "demo")).isZero();

    assertThat(out() + err()).contains("no good match").doesNotContain("RELATION");
  }

  @Test
  void listsDuplicatesThatTheirVectorsConfirm() {
    String image = "{\"id\":\"%s\",\"content_sha256\":\"%s\",\"fingerprint\":\"%s\"}";
    service.once(
        "GET /api/v1/instances/demo/images?",
        200,
        "{\"images\":[%s,%s,%s],\"next\":\"c\"}"
            .formatted(
                image.formatted("a", "one", "00000000000000ff"),
                image.formatted("b", "one", "00000000000000ff"),
                image.formatted("c", "two", "00000000000000fe")));
    service.once(
        "GET /api/v1/instances/demo/images?",
        200,
        "{\"images\":[%s,%s],\"next\":null}"
            .formatted(
                image.formatted("d", "three", "00000000000000fc"),
                image.formatted("e", "four", "5555555555555555")));
    // Of what looks alike from afar, c is near a by its vector and d is not.
    for (int i = 0; i < 3; i++) {
      service.once(
          "POST /api/v1/instances/demo/search", 200, "{\"hits\":[{\"id\":\"a\"},{\"id\":\"c\"}]}");
    }

    assertThat(run("duplicates", "demo")).isZero();

    assertThat(out())
        .isEqualTo(
            """
            KIND         PICTURES  IDS
            edited copy         3  a  b  c
            """);
    assertThat(err()).isEqualTo("1 shown of 1 groups among 5 pictures\n");
    assertThat(service.requests).anyMatch(request -> request.contains("after=c"));
    assertThat(service.bodies).anyMatch(body -> body.contains("\"min_score\":0.5"));
  }

  @Test
  void saysWhenOnlySomeShardsAnswered() {
    service.once(
        "POST /api/v1/instances/demo/search",
        200,
        """
        {"hits":[],"total":0,"coverage":{"asked":4,"answered":3,"reasons":["slot 2 is late"]},"timings":{}}
        """);

    assertThat(run("search", "--tag", "colour=red", "-i", "demo")).isEqualTo(Exit.PARTLY);
    assertThat(err()).contains("only 3 of 4 shards answered: slot 2 is late");
  }

  @Test
  void neverLetsAnIdMoveTheCursor() {
    service.once(
        "POST /api/v1/instances/demo/search",
        200,
        "{\"hits\":[{\"id\":\"\\u001b[2Jx\",\"score\":1}],\"total\":1,\"coverage\":{\"asked\":1,\"answered\":1}}");

    run("search", "--id", "x", "-i", "demo");

    assertThat(out()).doesNotContain("\u001b").contains("?[2Jx");
  }

  @Test
  void tellsAnErrorOfTheServiceInOneLine() {
    int status = run("search", "--id", "x", "-i", "absent");

    assertThat(status).isEqualTo(Exit.FAILED);
    assertThat(out()).isEmpty();
    assertThat(err())
        .isEqualTo(
            "likeness: there is no instance here (no_such_instance, status 404, request r-1)\n");
  }

  @Test
  void tellsInOneLineThatNobodyAnswers() {
    service.close();

    assertThat(run("search", "--id", "x", "-i", "demo")).isEqualTo(Exit.FAILED);
    assertThat(err())
        .startsWith("likeness: nothing answers at " + service.endpoint())
        .hasLineCount(1);
  }

  @Test
  void saysHowToStartWhereNothingRuns() {
    int status = Likeness.run(console, "status", "--data", folder.resolve("nothing").toString());

    assertThat(status).isEqualTo(Exit.FAILED);
    assertThat(err()).contains("start it with ./likeness up").hasLineCount(1);
  }

  @Test
  void addsByFileAndNamesThePictureByItsFile() throws IOException {
    Path picture = Files.write(folder.resolve("red shoe.jpg"), new byte[] {1, 2, 3});

    int status = run("add", picture.toString(), "-i", "demo", "--tag", "colour=red");

    assertThat(status).isZero();
    assertThat(service.imageBytes).containsOnlyKeys("red%20shoe.jpg");
    assertThat(out()).contains("red shoe.jpg  visible  1.0.7");
  }

  @Test
  void addsTheRestWhereOnePictureIsRefused() throws IOException {
    Path good = Files.write(folder.resolve("good.jpg"), new byte[] {1});
    Path bad = Files.write(folder.resolve("bad.jpg"), new byte[] {1});
    service.once(
        "PUT /api/v1/instances/demo/images/bad.jpg",
        422,
        "{\"id\":\"bad.jpg\",\"status\":\"rejected\",\"reason\":{\"kind\":\"not_an_image\",\"detail\":\"no known format\"}}");

    int status = run("add", bad.toString(), good.toString(), "-i", "demo");

    assertThat(status).isEqualTo(Exit.PARTLY);
    assertThat(out()).contains("bad.jpg   failed   no known format").contains("good.jpg  visible");
  }

  @Test
  void refusesWrongUsageWithoutAskingTheService() {
    assertThat(run("search", "x.jpg", "--id", "y", "-i", "demo")).isEqualTo(Exit.USAGE);
    assertThat(run("search", "--limit", "many", "--id", "y", "-i", "demo")).isEqualTo(Exit.USAGE);
    assertThat(run("instance", "delete", "demo")).isEqualTo(Exit.USAGE);
    assertThat(run("nonsense")).isEqualTo(Exit.USAGE);
    assertThat(service.requests).isEmpty();
    assertThat(err().lines()).hasSize(4).allMatch(line -> line.startsWith("likeness: "));
  }

  @Test
  void everyCommandExplainsItself() {
    List<List<String>> commands = new ArrayList<>();
    collect(Likeness.commandLine(console), List.of(), commands);
    assertThat(commands).hasSizeGreaterThan(15);
    for (List<String> command : commands) {
      out.reset();
      List<String> arguments = new ArrayList<>(command);
      arguments.add("--help");
      assertThat(Likeness.run(console, arguments.toArray(String[]::new))).isZero();
      assertThat(out()).as(command.toString()).contains("Usage: likeness").contains("--help");
    }
  }

  private static void collect(CommandLine line, List<String> path, List<List<String>> into) {
    into.add(path);
    line.getSubcommands()
        .forEach(
            (name, sub) -> {
              List<String> longer = new ArrayList<>(path);
              longer.add(name);
              collect(sub, longer, into);
            });
  }

  @Test
  void importsAFolderAndGoesOnWhereItWasCutOff() throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos/summer"));
    Files.write(photos.resolve("1.jpg"), new byte[10]);
    Files.write(photos.resolve("2.PNG"), new byte[20]);
    Files.write(photos.resolve("notes.txt"), new byte[1]);
    Files.write(photos.resolve(".hidden.jpg"), new byte[1]);
    service.once(
        "PUT /api/v1/instances/demo/images/summer%2F2.PNG",
        422,
        "{\"status\":\"rejected\",\"reason\":{\"kind\":\"not_an_image\",\"detail\":\"no known format\"}}");

    int status = importPhotos();

    assertThat(status).isEqualTo(Exit.PARTLY);
    assertThat(service.imageBytes).containsOnly(Map.entry("summer%2F1.jpg", 10));
    assertThat(out())
        .contains("brought in 1 pictures")
        .contains("1 failed")
        .contains("  summer/2.PNG: no known format")
        .contains("all failures: ");

    service.requests.clear();
    out.reset();
    assertThat(importPhotos()).isZero();

    assertThat(service.requests.stream().filter(line -> line.startsWith("PUT")))
        .singleElement()
        .asString()
        .contains("summer%2F2.PNG")
        .contains("tags.album=summer");
    assertThat(out()).contains("brought in 1 pictures").contains("1 before").contains("0 failed");
  }

  @Test
  void asksABusyServiceAgainAndStopsWhereNothingCanSucceed() throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos"));
    Files.write(photos.resolve("1.jpg"), new byte[10]);
    service.once("PUT", 429, Map.of("Retry-After", "0"), FakeService.error("busy", "not just now"));
    service.once("PUT", 503, FakeService.error("unavailable", "nor now"));

    assertThat(importPhotos()).isZero();
    assertThat(service.imageBytes).containsOnlyKeys("1.jpg");

    Files.write(photos.resolve("2.jpg"), new byte[10]);
    service.once("PUT", 403, FakeService.error("forbidden", "this key may only read"));
    assertThat(importPhotos()).isEqualTo(Exit.FAILED);
    assertThat(err()).contains("this key may only read");
  }

  @Test
  void tellsOfPicturesThatTurnOutBadAfterTheyWereAccepted() throws IOException {
    Path photos = Files.createDirectories(folder.resolve("photos"));
    Files.write(photos.resolve("1.jpg"), new byte[10]);
    service.once("PUT", 202, "{\"status\":\"accepted\",\"token\":\"1.0.5\"}");
    service.once(
        "GET /api/v1/instances/demo/images/1.jpg",
        200,
        "{\"status\":\"rejected\",\"reason\":{\"kind\":\"too_many_pixels\",\"detail\":\"too many pixels\"}}");

    assertThat(importPhotos()).isEqualTo(Exit.FAILED);
    assertThat(out()).contains("1.jpg: too many pixels");

    out.reset();
    assertThat(importPhotos()).isZero();
    assertThat(out()).contains("brought in 1 pictures");
  }

  @Test
  void importsATable() throws IOException {
    Files.write(folder.resolve("a.jpg"), new byte[3]);
    Path table =
        Files.writeString(
            folder.resolve("list.csv"),
            """
            file,id,colour
            a.jpg,"shoe, left",red
            http://pictures.example/b.jpg,b,
            missing.jpg,c,blue
            a.jpg,b,blue
            """);

    int status = run("import", table.toString(), "-i", "demo", "--data", folder.toString());

    assertThat(status).isEqualTo(Exit.PARTLY);
    assertThat(service.imageBytes).containsOnlyKeys("shoe%2C%20left", "b");
    assertThat(out())
        .contains("c: there is no file missing.jpg")
        .contains("b: id \"b\" stands in an earlier line too");
  }

  private int importPhotos() throws IOException {
    return run(
        "import",
        folder.resolve("photos").toString(),
        "-i",
        "demo",
        "--tag-from-folder",
        "album",
        "--data",
        folder.toString());
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    if (!arguments[0].equals("nonsense")) {
      all.addAll(List.of("--endpoint", service.endpoint()));
      try {
        all.addAll(List.of("--credentials", service.credentials(folder).toString()));
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    return Likeness.run(console, all.toArray(String[]::new));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
