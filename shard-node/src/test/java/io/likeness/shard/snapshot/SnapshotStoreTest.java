package io.likeness.shard.snapshot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a snapshot asks of a store, of a folder and of an S3 server. */
class SnapshotStoreTest {

  abstract static class Contract {

    @TempDir Path folder;

    abstract SnapshotStore store();

    record Bytes(byte[] value) implements SnapshotStore.Content {
      @Override
      public long bytes() {
        return value.length;
      }

      @Override
      public InputStream open(long from) {
        return new ByteArrayInputStream(value, (int) from, value.length - (int) from);
      }
    }

    static Bytes random(int size) {
      byte[] bytes = new byte[size];
      new Random(size).nextBytes(bytes);
      return new Bytes(bytes);
    }

    private byte[] read(String name) throws IOException {
      try (InputStream in = store().get(name)) {
        return in.readAllBytes();
      }
    }

    @Test
    void givesBackWhatItWasGiven() throws IOException {
      for (int size : new int[] {0, 1, 100_000}) {
        Bytes content = random(size);
        store().put("objects/ab/" + size, content);
        assertThat(read("objects/ab/" + size)).isEqualTo(content.value());
        assertThat(store().has("objects/ab/" + size)).isTrue();
      }
      store().put("objects/ab/1", random(7));
      assertThat(read("objects/ab/1")).hasSize(7);
      assertThat(store().has("objects/ab/2")).isFalse();
      assertThatThrownBy(() -> read("objects/ab/2")).isInstanceOf(IOException.class);
    }

    @Test
    void listsByPrefixInOrderAndForgetsWhatIsDeleted() throws IOException {
      Instant before = Instant.now().minusSeconds(5);
      for (String name : new String[] {"b/2", "a/1", "b/1", "c"}) {
        store().put(name, random(3));
      }
      assertThat(store().list("b/"))
          .extracting(SnapshotStore.Stored::name)
          .containsExactly("b/1", "b/2");
      assertThat(store().list("")).hasSize(4);
      assertThat(store().list("b/").getFirst().bytes()).isEqualTo(3);
      assertThat(store().list("b/").getFirst().modified()).isAfter(before);
      store().delete("b/1");
      store().delete("b/1");
      assertThat(store().list("b/")).hasSize(1);
      assertThat(store().refresh("b/2")).isTrue();
      assertThat(store().refresh("b/1")).isFalse();
      assertThat(read("b/2")).hasSize(3);
    }

    @Test
    void showsNothingOfAnUploadThatFails() throws IOException {
      SnapshotStore.Content breaking =
          new SnapshotStore.Content() {
            @Override
            public long bytes() {
              return 1_000;
            }

            @Override
            public InputStream open(long from) throws IOException {
              throw new IOException("the disk is gone");
            }
          };
      assertThatThrownBy(() -> store().put("a", breaking)).isNotNull();
      assertThat(store().has("a")).isFalse();
      assertThat(store().list("")).isEmpty();
      store().clean(Instant.now().plusSeconds(60));
    }
  }

  @Nested
  class OfAFolder extends Contract {

    @Override
    SnapshotStore store() {
      return StoreAddress.parse(folder.resolve("store").toString()).open();
    }

    @Test
    void cleansUpAfterUploadsThatNeverEnded() throws IOException {
      store().put("objects/a", random(5));
      Path part = folder.resolve("store/objects/b.part-77");
      Files.write(part, new byte[3]);
      assertThat(store().list("")).hasSize(1);
      store().clean(Instant.now().minusSeconds(3_600));
      assertThat(part).exists();
      store().clean(Instant.now().plusSeconds(60));
      assertThat(part).doesNotExist();
      assertThat(store().has("objects/a")).isTrue();
    }

    @Test
    void staysInItsFolder() {
      assertThatThrownBy(() -> store().get("../outside"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Nested
  class OfAnS3Server extends Contract {

    private OwnS3 server;
    private S3Store store;

    @BeforeEach
    void start() throws Exception {
      server = new OwnS3(folder.resolve("s3"));
      store = server.store("some/prefix/");
    }

    @AfterEach
    void stop() throws Exception {
      store.close();
      server.close();
    }

    @Override
    SnapshotStore store() {
      return store;
    }

    @Test
    void putsLargeThingsInParts() throws IOException {
      Bytes content = random((64 << 20) + 12_345);
      store.put("objects/large", content);
      try (InputStream in = store.get("objects/large")) {
        assertThat(Hash.of(in)).isEqualTo(Hash.of(content.value()));
      }
    }

    @Test
    void saysWhatItWasAboutWhenTheServerRefuses() {
      System.setProperty("aws.secretAccessKey", "another");
      try (S3Store stranger = server.store("")) {
        assertThatThrownBy(() -> stranger.list("objects/"))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("listing objects/ in bucket " + OwnS3.BUCKET);
      }
    }
  }
}
