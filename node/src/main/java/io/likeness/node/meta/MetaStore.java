package io.likeness.node.meta;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.node.kafka.FencedLog;
import io.likeness.node.kafka.KafkaClients;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.kafka.Topics;
import io.likeness.proto.image.InstanceKey;
import io.likeness.proto.vector.Growth;
import io.likeness.proto.wire.NewerFormatException;
import io.likeness.wire.AccessKey;
import io.likeness.wire.AccountRecord;
import io.likeness.wire.ClusterRecord;
import io.likeness.wire.InstanceGrowth;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.InstanceStatus;
import io.likeness.wire.MetaDump;
import io.likeness.wire.MetaEntry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * What the topic {@code meta} says: the cluster, its instances and accounts. Reading is from memory
 * and never blocks; writing goes through the topic's fence.
 */
public final class MetaStore implements AutoCloseable {

  private static final int DUMP_FORMAT = 1;
  private static final String CLUSTER = "cluster";
  private static final String INSTANCE = "instance/";
  private static final String ACCOUNT = "account/";

  private final KafkaSettings kafka;
  private final FencedLog meta;
  private volatile View view = View.EMPTY;

  private MetaStore(KafkaSettings kafka, FencedLog meta) {
    this.kafka = kafka;
    this.meta = meta;
  }

  /** Makes the topics and the cluster's record when absent, and reads everything. */
  public static MetaStore open(KafkaSettings kafka, int opsPartitions, int slots) {
    Topics.ensure(kafka, opsPartitions, slots);
    MetaStore store = new MetaStore(kafka, FencedLog.open(kafka, Topics.META, MetaStore::form));
    store.meta.onChange(store::refresh);
    store.refresh();
    try {
      store.settleCluster(opsPartitions, slots);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
    return store;
  }

  /** All there is, for a backup. */
  public MetaDump dump() {
    MetaDump.Builder dump =
        MetaDump.newBuilder().setFormat(DUMP_FORMAT).setTakenAtMillis(System.currentTimeMillis());
    meta.snapshot()
        .forEach(
            (key, value) ->
                dump.addEntries(
                    MetaEntry.newBuilder().setKey(key).setValue(ByteString.copyFrom(value))));
    return dump.build();
  }

  /**
   * Gives a cluster that has nothing yet what a backup kept. Its log is another one than the
   * backup's, so its epoch will be a greater one, and what it adds outranks what was. An instance
   * that was on its way to more slots stands where searches asked it.
   *
   * <p>Where that was done before, nothing happens.
   *
   * @throws IllegalArgumentException where the dump does not suit this cluster
   * @throws IllegalStateException where the cluster has begun without it
   */
  public static void restore(KafkaSettings kafka, int opsPartitions, int slots, MetaDump dump) {
    try {
      NewerFormatException.check("the backup of meta", dump.getFormat(), DUMP_FORMAT);
    } catch (NewerFormatException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    Map<String, byte[]> table = new HashMap<>();
    dump.getEntriesList()
        .forEach(entry -> table.put(entry.getKey(), entry.getValue().toByteArray()));
    ClusterRecord cluster = View.of(table).cluster;
    if (cluster.getSlots() != slots) {
      throw new IllegalArgumentException(
          "the backup is of a cluster with " + cluster.getSlots() + " slots, not " + slots);
    }
    Topics.ensure(kafka, opsPartitions, slots);
    try (FencedLog log = FencedLog.open(kafka, Topics.META, MetaStore::form)) {
      log.update(
          now -> {
            String known = View.of(now).cluster.getClusterId();
            if (known.equals(cluster.getClusterId())) {
              return Map.of();
            }
            if (!now.isEmpty()) {
              throw new IllegalStateException(
                  "cluster " + known + " has begun already; a backup is restored into a new one");
            }
            Map<String, Optional<byte[]>> all = new HashMap<>();
            table.forEach((key, value) -> all.put(key, Optional.of(value)));
            View.of(table)
                .instances
                .forEach(
                    (uid, instance) ->
                        all.put(
                            INSTANCE + uid,
                            Optional.of(Growth.inAnotherLog(instance).toByteArray())));
            return all;
          });
    }
  }

  private static int form(String key, byte[] value) throws InvalidProtocolBufferException {
    if (key.equals(CLUSTER)) {
      return ClusterRecord.parseFrom(value).getFormat();
    }
    if (key.startsWith(INSTANCE)) {
      return InstanceRecord.parseFrom(value).getFormat();
    }
    return key.startsWith(ACCOUNT) ? AccountRecord.parseFrom(value).getFormat() : 0;
  }

  private void settleCluster(int opsPartitions, int slots) {
    String opsId = Topics.id(kafka, Topics.OPS);
    if (view.cluster.getOpsTopicId().equals(opsId)) {
      return;
    }
    meta.update(
        table -> {
          ClusterRecord known = View.of(table).cluster;
          if (known.getOpsTopicId().equals(opsId)) {
            return Map.of();
          }
          ClusterRecord settled =
              known.toBuilder()
                  .setClusterId(known.getClusterId().isEmpty() ? newId() : known.getClusterId())
                  .setEpoch(known.getEpoch() + 1)
                  .setOpsTopicId(opsId)
                  .setOpsPartitions(opsPartitions)
                  .setSlots(slots)
                  .build();
          return Map.of(CLUSTER, Optional.of(settled.toByteArray()));
        });
    refresh();
  }

  public ClusterRecord cluster() {
    return view.cluster;
  }

  /** The epoch of versions now being given. */
  public int epoch() {
    return cluster().getEpoch();
  }

  /** The live instance of this name. */
  public Optional<InstanceRecord> instance(InstanceKey key) {
    return Optional.ofNullable(view.live.get(key.toString()));
  }

  /** An instance by its life, deleted ones too. */
  public Optional<InstanceRecord> instanceByUid(String uid) {
    return Optional.ofNullable(view.instances.get(uid));
  }

  /** Whether an instance of this name has lived and ended, whoever bears the name now. */
  public boolean hasEnded(InstanceKey key) {
    return view.ended.contains(key.toString());
  }

  /** All live instances, in order of key. */
  public List<InstanceRecord> instances() {
    return List.copyOf(view.live.values());
  }

  public List<InstanceRecord> instancesOf(String project) {
    return view.live.values().stream().filter(each -> each.getProjectId().equals(project)).toList();
  }

  public Optional<AccountRecord> account(String projectId) {
    return Optional.ofNullable(view.accounts.get(projectId));
  }

  public Optional<AccountRecord> accountByAccessKey(String access) {
    return Optional.ofNullable(view.byAccessKey.get(access));
  }

  public Optional<AccountRecord> accountByUser(String domain, String user) {
    return Optional.ofNullable(view.byUser.get(userKey(domain, user)));
  }

  public List<AccountRecord> accounts() {
    return List.copyOf(view.accounts.values());
  }

  /** Waits until the view holds everything written before this call, by whomever. */
  public void readToEnd() {
    meta.readToEnd();
    refresh();
  }

  /** Called after each change, on the view's thread. */
  public AutoCloseable onChange(Runnable listener) {
    return meta.onChange(
        () -> {
          refresh();
          listener.run();
        });
  }

  /**
   * Creates an instance in one slot. The caller says project, name, model, dimensions and what else
   * it knows; life, birth and slot are given here.
   */
  public CreateOutcome createInstance(InstanceRecord wanted) {
    return createInstance(wanted, 1);
  }

  /** The same in this many slots, a power of two and at most the cluster's. */
  public CreateOutcome createInstance(InstanceRecord wanted, int slotCount) {
    int slotsMax = cluster().getSlots();
    if (Integer.bitCount(slotCount) != 1 || slotCount > slotsMax) {
      throw new IllegalArgumentException(
          "an instance has a power of two of slots, at most " + slotsMax + ", not " + slotCount);
    }
    InstanceKey key = new InstanceKey(wanted.getProjectId(), wanted.getName());
    String uid = newId();
    AtomicReference<CreateOutcome> outcome = new AtomicReference<>();
    meta.update(
        table -> {
          View now = View.of(table);
          InstanceRecord holder = now.live.get(key.toString());
          if (holder != null) {
            outcome.set(new CreateOutcome.NameTaken(holder));
            return Map.of();
          }
          InstanceRecord created =
              wanted.toBuilder()
                  .setUid(uid)
                  .setStatus(InstanceStatus.NORMAL)
                  .setCreatedAtMillis(System.currentTimeMillis())
                  .clearSlots()
                  .addAllSlots(chooseSlots(now, Set.of(), slotCount))
                  .clearBornAt()
                  .addAllBornAt(endOfOps(now.cluster.getOpsPartitions()))
                  .setBornEpoch(now.cluster.getEpoch())
                  .build();
          outcome.set(new CreateOutcome.Created(created));
          return Map.of(INSTANCE + uid, Optional.of(created.toByteArray()));
        });
    refresh();
    return java.util.Objects.requireNonNull(outcome.get());
  }

  /** Ends the live instance of this name; false where there is none. */
  public boolean deleteInstance(InstanceKey key) {
    Optional<InstanceRecord> live = instance(key);
    live.ifPresent(each -> deleteByUid(each.getUid()));
    return live.isPresent();
  }

  /** Ends this life of an instance; nothing happens where it has ended or is unknown. */
  public void deleteByUid(String uid) {
    meta.update(
        table -> {
          InstanceRecord known = View.of(table).instances.get(uid);
          if (known == null || known.getStatus() == InstanceStatus.DELETED) {
            return Map.of();
          }
          InstanceRecord deleted = known.toBuilder().setStatus(InstanceStatus.DELETED).build();
          return Map.of(INSTANCE + uid, Optional.of(deleted.toByteArray()));
        });
    refresh();
  }

  /**
   * Lets an instance have so many slots. More than it has: it sets out to get them. As many as it
   * has: what is on its way to more is given up, where searches do not ask the new ones yet.
   */
  public GrowOutcome growInstance(String uid, int slotCount) {
    AtomicReference<GrowOutcome> outcome = new AtomicReference<>();
    meta.update(
        table -> {
          View now = View.of(table);
          InstanceRecord known = now.instances.get(uid);
          if (known == null || known.getStatus() != InstanceStatus.NORMAL) {
            outcome.set(new GrowOutcome.Gone());
            return Map.of();
          }
          Optional<String> fault = fault(known, slotCount, now.cluster.getSlots());
          if (fault.isPresent()) {
            outcome.set(new GrowOutcome.Refused(fault.get()));
            return Map.of();
          }
          InstanceRecord wanted = known;
          if (slotCount == known.getSlotsCount()) {
            wanted = Growth.abandon(known);
          } else if (!known.hasGrowth()) {
            List<Integer> more =
                chooseSlots(
                    now, Set.copyOf(known.getSlotsList()), slotCount - known.getSlotsCount());
            wanted = Growth.begin(known, more, System.currentTimeMillis());
          }
          outcome.set(new GrowOutcome.Agreed(wanted));
          return wanted.equals(known)
              ? Map.of()
              : Map.of(INSTANCE + uid, Optional.of(wanted.toByteArray()));
        });
    refresh();
    return java.util.Objects.requireNonNull(outcome.get());
  }

  private static Optional<String> fault(InstanceRecord known, int slotCount, int slotsMax) {
    if (Integer.bitCount(slotCount) != 1 || slotCount < 1 || slotCount > slotsMax) {
      return Optional.of(
          "an instance has a power of two of slots, at most the cluster's "
              + slotsMax
              + ", not "
              + slotCount);
    }
    if (slotCount < known.getSlotsCount()) {
      return Optional.of(
          "the instance has %d slots and cannot go back to %d"
              .formatted(known.getSlotsCount(), slotCount));
    }
    InstanceGrowth growth = known.getGrowth();
    if (known.hasGrowth()
        && slotCount != known.getSlotsCount()
        && slotCount != growth.getSlotsCount()) {
      return Optional.of(
          "the instance is on its way from %d slots to %d"
              .formatted(growth.getBefore(), growth.getSlotsCount()));
    }
    return Optional.empty();
  }

  /**
   * Changes a live instance, decided on its true record; {@code change} may run several times.
   * Returns what it is then, empty where it is not there any more.
   */
  public Optional<InstanceRecord> changeInstance(String uid, UnaryOperator<InstanceRecord> change) {
    AtomicReference<Optional<InstanceRecord>> outcome = new AtomicReference<>(Optional.empty());
    meta.update(
        table -> {
          InstanceRecord known = View.of(table).instances.get(uid);
          if (known == null || known.getStatus() != InstanceStatus.NORMAL) {
            outcome.set(Optional.empty());
            return Map.of();
          }
          InstanceRecord wanted = change.apply(known);
          outcome.set(Optional.of(wanted));
          return wanted.equals(known)
              ? Map.of()
              : Map.of(INSTANCE + uid, Optional.of(wanted.toByteArray()));
        });
    refresh();
    return java.util.Objects.requireNonNull(outcome.get());
  }

  /** Stores an account, new or changed; its project id is its identity. */
  public AccountOutcome putAccount(AccountRecord account) {
    AtomicReference<AccountOutcome> outcome = new AtomicReference<>();
    meta.update(
        table -> {
          View now = View.of(table);
          for (AccessKey key : account.getKeysList()) {
            AccountRecord holder = now.byAccessKey.get(key.getAccess());
            if (holder != null && !holder.getProjectId().equals(account.getProjectId())) {
              outcome.set(new AccountOutcome.Taken("access key " + key.getAccess()));
              return Map.of();
            }
          }
          AccountRecord holder = now.byUser.get(userKey(account.getDomain(), account.getUser()));
          if (holder != null && !holder.getProjectId().equals(account.getProjectId())) {
            outcome.set(
                new AccountOutcome.Taken(
                    "user " + account.getUser() + " of domain " + account.getDomain()));
            return Map.of();
          }
          outcome.set(new AccountOutcome.Stored(account));
          return Map.of(ACCOUNT + account.getProjectId(), Optional.of(account.toByteArray()));
        });
    refresh();
    return java.util.Objects.requireNonNull(outcome.get());
  }

  /**
   * The slots with the fewest instances, the lowest first: small instances spread over the nodes by
   * themselves.
   *
   * @param without those it has
   */
  private static List<Integer> chooseSlots(View now, Set<Integer> without, int count) {
    int[] load = new int[now.cluster.getSlots()];
    for (InstanceRecord each : now.live.values()) {
      Set<Integer> its = new HashSet<>(each.getSlotsList());
      its.addAll(each.getGrowth().getSlotsList());
      its.forEach(slot -> load[slot]++);
    }
    List<Integer> slots = new ArrayList<>();
    for (int slot = 0; slot < load.length; slot++) {
      if (!without.contains(slot)) {
        slots.add(slot);
      }
    }
    slots.sort(
        java.util.Comparator.<Integer>comparingInt(slot -> load[slot]).thenComparing(slot -> slot));
    return slots.subList(0, count);
  }

  private List<Long> endOfOps(int partitions) {
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (int partition = 0; partition < partitions; partition++) {
      asked.put(new TopicPartition(Topics.OPS, partition), OffsetSpec.latest());
    }
    try (Admin admin = KafkaClients.admin(kafka)) {
      var ends = admin.listOffsets(asked).all().get(30, TimeUnit.SECONDS);
      List<Long> born = new ArrayList<>();
      for (int partition = 0; partition < partitions; partition++) {
        born.add(
            java.util.Objects.requireNonNull(ends.get(new TopicPartition(Topics.OPS, partition)))
                .offset());
      }
      return born;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking for the end of ops", e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException("cannot ask for the end of ops: " + e.getMessage(), e);
    }
  }

  private static String newId() {
    return UUID.randomUUID().toString().replace("-", "");
  }

  private static String userKey(String domain, String user) {
    return domain + "\n" + user;
  }

  /** Under a lock, so that an older reading never overwrites a newer one. */
  private synchronized void refresh() {
    view = View.of(meta.snapshot());
  }

  /** Why the view has ended; empty while it goes on. */
  public Optional<String> fault() {
    return meta.fault();
  }

  @Override
  public void close() {
    meta.close();
  }

  /** One reading of the table, indexed by what callers ask for. */
  private record View(
      ClusterRecord cluster,
      Map<String, InstanceRecord> instances,
      Map<String, InstanceRecord> live,
      Set<String> ended,
      Map<String, AccountRecord> accounts,
      Map<String, AccountRecord> byAccessKey,
      Map<String, AccountRecord> byUser) {

    static final View EMPTY = of(Map.of());

    static View of(Map<String, byte[]> table) {
      ClusterRecord cluster = ClusterRecord.getDefaultInstance();
      Map<String, InstanceRecord> instances = new HashMap<>();
      Map<String, InstanceRecord> live = new TreeMap<>();
      Set<String> ended = new HashSet<>();
      Map<String, AccountRecord> accounts = new TreeMap<>();
      Map<String, AccountRecord> byAccessKey = new HashMap<>();
      Map<String, AccountRecord> byUser = new HashMap<>();
      try {
        for (Map.Entry<String, byte[]> entry : table.entrySet()) {
          if (entry.getKey().equals(CLUSTER)) {
            cluster = ClusterRecord.parseFrom(entry.getValue());
          } else if (entry.getKey().startsWith(INSTANCE)) {
            InstanceRecord instance = InstanceRecord.parseFrom(entry.getValue());
            instances.put(instance.getUid(), instance);
            if (instance.getStatus() == InstanceStatus.NORMAL) {
              live.put(instance.getProjectId() + "/" + instance.getName(), instance);
            } else {
              ended.add(instance.getProjectId() + "/" + instance.getName());
            }
          } else if (entry.getKey().startsWith(ACCOUNT)) {
            AccountRecord account = AccountRecord.parseFrom(entry.getValue());
            accounts.put(account.getProjectId(), account);
            account.getKeysList().forEach(key -> byAccessKey.put(key.getAccess(), account));
            byUser.put(userKey(account.getDomain(), account.getUser()), account);
          }
        }
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException("the topic meta holds a record that cannot be read", e);
      }
      return new View(cluster, instances, live, ended, accounts, byAccessKey, byUser);
    }
  }
}
