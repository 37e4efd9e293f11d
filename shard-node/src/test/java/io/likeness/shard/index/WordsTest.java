package io.likeness.shard.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.Attributes;
import io.likeness.wire.Filter;
import io.likeness.wire.Hit;
import io.likeness.wire.Tags;
import io.likeness.wire.Text;
import io.likeness.wire.VectorRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.lucene.document.Document;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.Term;
import org.apache.lucene.search.IndexSearcher;
import org.apache.lucene.store.FSDirectory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WordsTest {

  private static final List<String> COLOURS =
      List.of("red", "green", "blue", "black", "white", "红色", "绿色", "蓝色");

  @TempDir Path folder;

  private final Random random = new Random(5);
  private long offset;

  @BeforeEach
  void beginAnew() {
    offset = 0;
  }

  private static Attributes about(String description, String... keywords) {
    return Attributes.newBuilder()
        .setText(
            Text.newBuilder().setDescription(description).addAllKeywords(Arrays.asList(keywords)))
        .setTags(Tags.newBuilder().putValues("colour", keywords.length > 0 ? keywords[0] : "none"))
        .build();
  }

  private void put(Shard shard, String id, String description, String... keywords)
      throws IOException {
    change(
        shard,
        Histories.put(id, offset, Histories.vector(random, 4), about(description, keywords)));
  }

  private void change(Shard shard, VectorRecord record) throws IOException {
    shard.apply(List.of(new Shard.Change(offset++, record)));
  }

  private static SearchOutcome.Found find(Shard shard, WordSearch words, Filter filter, int limit)
      throws IOException {
    try (View view = shard.view()) {
      return (SearchOutcome.Found)
          view.byWords(
              words, ShardScene.search(new float[0], filter, limit, -2), ShardScene.FILTERS);
    }
  }

  private static WordSearch words(String... anyOf) {
    return new WordSearch(List.of(anyOf), Optional.empty());
  }

  private static List<String> ids(Shard shard, String... anyOf) throws IOException {
    return ModelShard.ids(find(shard, words(anyOf), ShardScene.ANY, 100).hits());
  }

  @ParameterizedTest
  @CsvSource({
    "phone, phone phones",
    "PHONES, phone phones",
    "smart phone, phones",
    "手机, shouji",
    "机, shouji",
    "智能, shouji",
    "手能, ''",
    "ｐｈｏｎｅ, phone phones",
    "cafe, cafe",
    "Café, cafe",
    "phon, ''",
    "ph, ''",
    "!!!, ''",
    "商品, desc",
    "demo, desc",
    "running, run",
    "ランニング, run",
    "달리기, run",
  })
  void findsWordsInTheirFormsInSeveralScripts(String asked, String expected) throws IOException {
    try (Shard shard = ShardScene.open(folder.resolve("shard"), 50)) {
      put(shard, "phone", "", "Phone");
      put(shard, "phones", "", "smart", "two phones");
      put(shard, "shouji", "", "智能手机");
      put(shard, "cafe", "", "café");
      put(shard, "desc", "demo 商品");
      put(shard, "run", "she runs", "ランニング", "달리기");
      put(shard, "none", "");
      shard.refresh();

      assertThat(ids(shard, asked))
          .containsExactlyInAnyOrder(expected.isEmpty() ? new String[0] : expected.split(" "));
    }
  }

  @Test
  void putsFirstWhatFitsMoreKeywordsAndSaysThemMoreBriefly() throws IOException {
    try (Shard shard = ShardScene.open(folder.resolve("shard"), 50)) {
      put(shard, "long", "one of many things that somebody once said of phone and of shoe");
      put(shard, "short", "", "phone", "shoe");
      put(shard, "half", "", "phone");
      put(shard, "other", "", "boot");
      shard.refresh();

      SearchOutcome.Found found = find(shard, words("phone", "shoe"), ShardScene.ANY, 10);

      assertThat(ModelShard.ids(found.hits())).containsExactly("short", "long", "half");
      assertThat(found.total()).isEqualTo(3);
      assertThat(found.hits()).allSatisfy(hit -> assertThat(hit.getScore()).isBetween(0.0, 1.0));
      assertThat(found.hits().getFirst().getAttributes().getText().getKeywordsList())
          .containsExactly("phone", "shoe");
      assertThat(
              ModelShard.ids(
                  find(shard, words("phone"), ShardScene.tag("colour", "phone"), 10).hits()))
          .containsExactlyInAnyOrder("short", "half");
    }
  }

  @Test
  void forgetsTheWordsOfWhatChangedOrIsGone() throws IOException {
    try (Shard shard = ShardScene.open(folder.resolve("shard"), 50)) {
      put(shard, "a", "", "phone");
      put(shard, "b", "", "phone");
      put(shard, "c", "", "phone");
      shard.refresh();
      change(shard, Histories.patch("a", offset, about("", "shoe")));
      change(shard, Histories.remove("b", offset));
      shard.refresh();

      SearchOutcome.Found found = find(shard, words("phone"), ShardScene.ANY, 10);

      assertThat(ModelShard.ids(found.hits())).containsExactly("c");
      assertThat(found.total()).isEqualTo(1);
      assertThat(ids(shard, "shoe")).containsExactly("a");
    }
  }

  /** Whoever is around, in whatever segment: the basis of going on from any place. */
  @Test
  void scoresAnImageByNothingButItself() throws IOException {
    Map<String, Double> alone = new HashMap<>();
    List<String[]> described = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      described.add(someColours());
    }
    for (int i = 0; i < 40; i++) {
      try (Shard shard = ShardScene.open(folder.resolve("alone-" + i), 50)) {
        put(shard, "i" + i, "", described.get(i));
        shard.refresh();
        scores(shard).forEach(alone::put);
      }
    }
    try (Shard shard = ShardScene.open(folder.resolve("all"), 10)) {
      for (int i = 0; i < 40; i++) {
        put(shard, "i" + i, "", described.get(i));
        put(shard, "x" + i, "", "red", "blue");
        if (random.nextInt(4) == 0) {
          shard.refresh();
        }
        if (i % 3 == 0) {
          change(shard, Histories.remove("x" + i, offset));
        }
      }
      shard.refresh();
      Map<String, Double> together = scores(shard);
      together.keySet().removeIf(id -> id.startsWith("x"));

      assertThat(together).hasSizeGreaterThan(20).isEqualTo(alone);
    }
  }

  private static Map<String, Double> scores(Shard shard) throws IOException {
    Map<String, Double> scores = new HashMap<>();
    find(shard, words("blue", "red", "红色"), ShardScene.ANY, 1000)
        .hits()
        .forEach(hit -> scores.put(hit.getImageId(), hit.getScore()));
    return scores;
  }

  private String[] someColours() {
    String[] some = new String[1 + random.nextInt(5)];
    for (int i = 0; i < some.length; i++) {
      some[i] = COLOURS.get(random.nextInt(COLOURS.size()));
    }
    return some;
  }

  @Test
  void readOnPageByPageGivesEveryMatchOnceThroughChangesAndRestarts() throws IOException {
    for (int seed = 0; seed < 5; seed++) {
      random.setSeed(seed);
      offset = 0;
      Path home = folder.resolve("shard-" + seed);
      Shard shard = ShardScene.open(home, 40);
      Set<String> stays = new HashSet<>();
      for (int i = 0; i < 300; i++) {
        String[] colours = someColours();
        put(shard, "image-" + i, "", colours);
        if (Arrays.asList(colours).contains("red") || Arrays.asList(colours).contains("蓝色")) {
          stays.add("image-" + i);
        }
        if (random.nextInt(30) == 0) {
          shard.refresh();
        }
      }
      shard.refresh();
      List<String> met = new ArrayList<>();
      Optional<WordSearch.Place> after = Optional.empty();
      int size = 1 + random.nextInt(20);
      while (true) {
        List<Hit> page =
            find(shard, new WordSearch(List.of("red", "蓝色"), after), ShardScene.ANY, size).hits();
        met.addAll(ModelShard.ids(page));
        if (page.size() < size) {
          break;
        }
        Hit last = page.getLast();
        // As it comes back from a client: a double in a text.
        double score = Double.parseDouble(Double.toString(last.getScore()));
        after = Optional.of(new WordSearch.Place((float) score, last.getImageId()));
        put(shard, "late-" + offset, "", someColours());
        int gone = random.nextInt(300);
        change(shard, Histories.remove("image-" + gone, offset));
        stays.remove("image-" + gone);
        shard.refresh();
        if (random.nextInt(10) == 0) {
          shard.commit(offset);
          shard.close();
          shard = ShardScene.open(home, 40);
        }
      }
      shard.close();

      assertThat(met).as("seed %s", seed).doesNotHaveDuplicates().containsAll(stays);
    }
  }

  @Test
  void putsWordsIntoShardsOfTheReleaseBeforeThem() throws IOException {
    Path home = folder.resolve("shard");
    try (Shard shard = ShardScene.open(home, 50)) {
      put(shard, "a", "", "phone");
      put(shard, "b", "a red shoe");
      put(shard, "c", "");
      shard.commit(offset);
    }
    makeEarlier(home);
    for (int start = 0; start < 2; start++) {
      try (Shard shard = ShardScene.open(home, 50)) {
        assertThat(ids(shard, "phone")).containsExactly("a");
        assertThat(ids(shard, "shoes")).containsExactly("b");
        assertThat(ids(shard, "none")).isEmpty();
      }
    }
    try (Shard shard = ShardScene.open(home, 50)) {
      put(shard, "d", "", "phone");
      shard.commit(offset);
    }

    assertThat(commitOf(home)).containsEntry("format", Integer.toString(Manifest.FORMAT));
    try (Shard shard = ShardScene.open(home, 50)) {
      assertThat(ids(shard, "phone")).containsExactly("a", "d");
      assertThat(shard.nextOffset()).isEqualTo(4);
    }
  }

  /** Takes the words out again, and says so. */
  private static void makeEarlier(Path home) throws IOException {
    Map<String, String> data = new TreeMap<>(commitOf(home));
    data.put("format", Integer.toString(Manifest.FORMAT_WITHOUT_WORDS));
    try (FSDirectory directory = FSDirectory.open(home.resolve(ShardFolder.LUCENE));
        IndexWriter writer = new IndexWriter(directory, new IndexWriterConfig());
        DirectoryReader reader = DirectoryReader.open(writer)) {
      ImageDocs.visit(
          new IndexSearcher(reader),
          Filters.EXISTING,
          at -> {
            String id = at.idBytes().utf8ToString();
            ImageDocs.Held held = ImageDocs.find(reader, id).orElseThrow();
            Document document = ImageDocs.document(id, held);
            document.removeFields(Words.FIELD);
            writer.updateDocument(new Term(ImageDocs.ID, id), document);
            return true;
          });
      writer.setLiveCommitData(data.entrySet());
      writer.commit();
    }
  }

  private static Map<String, String> commitOf(Path home) throws IOException {
    try (FSDirectory directory = FSDirectory.open(home.resolve(ShardFolder.LUCENE));
        DirectoryReader reader = DirectoryReader.open(directory)) {
      return reader.getIndexCommit().getUserData();
    }
  }
}
