package io.likeness.node.meta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.node.testing.EmbeddedKafka;
import io.likeness.proto.image.InstanceKey;
import io.likeness.wire.AccessKey;
import io.likeness.wire.AccountRecord;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import io.likeness.wire.MetaDump;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetaStoreTest {

  @TempDir static Path folder;
  static EmbeddedKafka broker;
  static KafkaSettings kafka;

  @BeforeAll
  static void start() {
    broker = EmbeddedKafka.start(folder);
    kafka = broker.settings();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static InstanceRecord wish(String name) {
    return InstanceRecord.newBuilder()
        .setProjectId("p1")
        .setName(name)
        .setModel("m")
        .setDimensions(4)
        .build();
  }

  @Test
  void oneOfManyWritersCreatesTheInstance() throws Exception {
    try (MetaStore one = MetaStore.open(kafka, 2, 4);
        MetaStore two = MetaStore.open(kafka, 2, 4);
        var threads = Executors.newFixedThreadPool(6)) {
      List<Callable<CreateOutcome>> wishes = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        MetaStore store = i % 2 == 0 ? one : two;
        wishes.add(() -> store.createInstance(wish("contested")));
      }
      List<CreateOutcome> outcomes = new ArrayList<>();
      for (Future<CreateOutcome> future : threads.invokeAll(wishes)) {
        outcomes.add(future.get());
      }
      List<InstanceRecord> created =
          outcomes.stream()
              .filter(CreateOutcome.Created.class::isInstance)
              .map(outcome -> ((CreateOutcome.Created) outcome).instance())
              .toList();
      assertThat(created).hasSize(1);
      one.readToEnd();
      two.readToEnd();
      InstanceKey key = new InstanceKey("p1", "contested");
      assertThat(one.instance(key)).contains(created.getFirst());
      assertThat(two.instance(key)).contains(created.getFirst());
      assertThat(one.epoch()).isEqualTo(two.epoch()).isPositive();
    }
  }

  @Test
  void aDeletedInstanceIsKnownByItsLifeAndItsNameIsFree() throws Exception {
    InstanceKey key = new InstanceKey("p1", "twice");
    String first;
    try (MetaStore store = MetaStore.open(kafka, 2, 4);
        var producer = KafkaClients.producer(kafka, "test")) {
      first = created(store, "twice").getUid();
      producer.send(new ProducerRecord<>(Topics.OPS, 1, new byte[] {1}, new byte[] {1})).get();
      assertThat(store.deleteInstance(key)).isTrue();
      assertThat(store.deleteInstance(key)).isFalse();
      InstanceRecord second = created(store, "twice");
      assertThat(second.getUid()).isNotEqualTo(first);
      assertThat(second.getBornAtList().get(1))
          .as("events before its birth are another life's")
          .isPositive();
    }
    try (MetaStore reopened = MetaStore.open(kafka, 2, 4)) {
      assertThat(reopened.instanceByUid(first).orElseThrow().getStatus())
          .isEqualTo(InstanceStatus.DELETED);
      assertThat(reopened.instance(key).orElseThrow().getUid()).isNotEqualTo(first);
    }
  }

  @Test
  void anAccessKeyBelongsToOneAccount() throws Exception {
    try (MetaStore store = MetaStore.open(kafka, 2, 4)) {
      AccountRecord mine = account("a1", "ann", "AK1");
      assertThat(store.putAccount(mine)).isEqualTo(new AccountOutcome.Stored(mine));
      assertThat(store.putAccount(account("a2", "bob", "AK1")))
          .isEqualTo(new AccountOutcome.Taken("access key AK1"));
      assertThat(store.putAccount(account("a2", "ann", "AK2")))
          .isEqualTo(new AccountOutcome.Taken("user ann of domain d"));
      assertThat(store.accountByAccessKey("AK1")).contains(mine);
      assertThat(store.accountByUser("d", "ann")).contains(mine);
      assertThat(store.account("a2")).isEmpty();
    }
  }

  @Test
  void refusesAnotherPartitionCountThanTheClusterWasMadeWith() throws Exception {
    MetaStore.open(kafka, 2, 4).close();
    assertThatThrownBy(() -> MetaStore.open(kafka, 2, 8))
        .hasMessage(
            "topic vectors has 4 partitions but slots says 8; the count is fixed when the cluster is created");
  }

  @Test
  void aNewClusterBeginsWithABackupAndOutranksIt(@TempDir Path other) {
    MetaDump dump;
    String uid;
    int epoch;
    try (MetaStore store = MetaStore.open(kafka, 2, 4)) {
      uid = created(store, "kept").getUid();
      epoch = store.epoch();
      dump = store.dump();
      // Where it comes from, there is nothing to do.
      MetaStore.restore(kafka, 2, 4, dump);
    }
    try (EmbeddedKafka fresh = EmbeddedKafka.start(other)) {
      assertThatThrownBy(() -> MetaStore.restore(fresh.settings(), 2, 8, dump))
          .hasMessageContaining("4 slots, not 8");
      MetaStore.restore(fresh.settings(), 2, 4, dump);
      try (MetaStore store = MetaStore.open(fresh.settings(), 2, 4)) {
        assertThat(store.instanceByUid(uid).orElseThrow().getName()).isEqualTo("kept");
        assertThat(store.epoch()).isGreaterThan(epoch);
        int restored = store.epoch();
        MetaStore.restore(fresh.settings(), 2, 4, dump);
        assertThat(store.epoch()).isEqualTo(restored);
      }
    }
    try (EmbeddedKafka begun = EmbeddedKafka.start(other.resolve("begun"));
        MetaStore unused = MetaStore.open(begun.settings(), 2, 4)) {
      assertThatThrownBy(() -> MetaStore.restore(begun.settings(), 2, 4, dump))
          .hasMessageContaining("has begun already");
    }
  }

  private static InstanceRecord created(MetaStore store, String name) {
    return ((CreateOutcome.Created) store.createInstance(wish(name))).instance();
  }

  private static AccountRecord account(String project, String user, String access) {
    return AccountRecord.newBuilder()
        .setProjectId(project)
        .setDomain("d")
        .setUser(user)
        .addKeys(AccessKey.newBuilder().setAccess(access))
        .build();
  }
}
