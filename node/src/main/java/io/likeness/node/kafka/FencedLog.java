package io.likeness.node.kafka;

import com.google.protobuf.InvalidProtocolBufferException;
import io.likeness.proto.wire.Formats;
import io.likeness.proto.wire.NewerFormatException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A small table kept in a compacted topic of one partition, with a live view and a compare-and-set
 * writer.
 *
 * <p>Several processes may want to write at once. Kafka's producer fencing makes one of them the
 * writer: all use the same transactional id, and whoever calls {@code initTransactions} last shuts
 * the others out. A writer first takes the fence, then reads to the end, decides, and commits. Had
 * another taken the fence in between, the commit fails and the writer starts over; had nobody,
 * nobody can have written since the reading. So {@link #update} decides on the true state. A lock
 * in Hazelcast would be simpler and wrong: its maps may lose updates. Plain last-write-wins would
 * let two gateways both believe they had created the same instance.
 *
 * <p>The view is kept by one thread, which owns the consumer; {@link #snapshot} may be called from
 * any.
 */
public final class FencedLog implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(FencedLog.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration READ_TO_END = Duration.ofSeconds(30);
  private static final Duration TRANSACTION_TIMEOUT = Duration.ofSeconds(10);
  private static final int ATTEMPTS_MAX = 20;

  private final KafkaSettings kafka;
  private final Forms forms;
  private final TopicPartition partition;
  private final Admin admin;
  private final Consumer<byte[], byte[]> consumer;
  private final Thread tail;
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  private final Object view = new Object();
  private final TreeMap<String, byte[]> table = new TreeMap<>(); // guarded by view
  private long position; // guarded by view
  private volatile Map<String, byte[]> snapshot = Map.of();
  private volatile boolean closed;
  private volatile @Nullable Throwable broken;

  private @Nullable Producer<byte[], byte[]> writer; // guarded by this

  /** Which form a value of the table has; 0 where it does not say. */
  public interface Forms {
    int of(String key, byte[] value) throws InvalidProtocolBufferException;
  }

  private FencedLog(KafkaSettings kafka, String topic, Forms forms) {
    this.kafka = kafka;
    this.forms = forms;
    this.partition = new TopicPartition(topic, 0);
    this.admin = KafkaClients.admin(kafka);
    this.consumer = KafkaClients.consumer(kafka, "likeness-" + topic + "-view", null);
    this.tail = Thread.ofPlatform().name(topic + "-view").daemon(true).unstarted(this::follow);
  }

  /**
   * Opens the table and reads it to its present end. A value of a newer form, or one that cannot be
   * read, ends the view there: a table without it would be another table.
   */
  public static FencedLog open(KafkaSettings kafka, String topic, Forms forms) {
    FencedLog fenced = new FencedLog(kafka, topic, forms);
    fenced.consumer.assign(List.of(fenced.partition));
    fenced.consumer.seekToBeginning(List.of(fenced.partition));
    fenced.tail.start();
    try {
      fenced.readToEnd();
    } catch (RuntimeException e) {
      fenced.close();
      throw e;
    }
    return fenced;
  }

  /**
   * The table as far as it has been read: key to value, in order of key. Never changes once given.
   */
  public Map<String, byte[]> snapshot() {
    return snapshot;
  }

  /** Called after each change of the view, on its thread: keep it short. */
  public AutoCloseable onChange(Runnable listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Waits until everything committed before this call is in the view. */
  public void readToEnd() {
    long end = endOffset();
    long deadline = System.nanoTime() + READ_TO_END.toNanos();
    synchronized (view) {
      while (position < end) {
        Throwable cause = broken;
        if (cause != null || closed) {
          throw new IllegalStateException(
              "the view of "
                  + partition.topic()
                  + " has ended"
                  + (cause == null ? "" : ": " + cause.getMessage()),
              cause);
        }
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new IllegalStateException(
              "read "
                  + partition.topic()
                  + " to "
                  + position
                  + " of "
                  + end
                  + " within "
                  + READ_TO_END.toSeconds()
                  + " s");
        }
        try {
          view.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new IllegalStateException("interrupted while reading " + partition.topic(), e);
        }
      }
    }
  }

  /**
   * Decides on the true state and writes what follows from it, or starts over: {@code change} may
   * run several times and must have no effects of its own. An empty value in its result removes the
   * key. Returns when the view shows the change.
   */
  public synchronized void update(
      Function<Map<String, byte[]>, Map<String, Optional<byte[]>>> change) {
    for (int attempt = 1; ; attempt++) {
      try {
        Producer<byte[], byte[]> fenced = writer;
        if (fenced == null) {
          fenced =
              KafkaClients.producer(
                  kafka,
                  "likeness-" + partition.topic() + "-writer",
                  Map.of(
                      "transactional.id",
                      "likeness-" + partition.topic(),
                      "transaction.timeout.ms",
                      (int) TRANSACTION_TIMEOUT.toMillis(),
                      "linger.ms",
                      0));
          writer = fenced;
          fenced.initTransactions();
        }
        readToEnd();
        Map<String, Optional<byte[]>> changes = change.apply(snapshot);
        if (changes.isEmpty()) {
          return;
        }
        fenced.beginTransaction();
        for (Map.Entry<String, Optional<byte[]>> entry : changes.entrySet()) {
          fenced.send(
              new ProducerRecord<>(
                  partition.topic(),
                  partition.partition(),
                  entry.getKey().getBytes(java.nio.charset.StandardCharsets.UTF_8),
                  entry.getValue().orElse(null)));
        }
        fenced.commitTransaction();
        readToEnd();
        return;
      } catch (InterruptException e) {
        dropWriter();
        throw e;
      } catch (KafkaException e) {
        dropWriter();
        boolean fencedOff =
            e instanceof ProducerFencedException || e instanceof InvalidProducerEpochException;
        if (attempt == ATTEMPTS_MAX) {
          throw new IllegalStateException(
              "could not write to "
                  + partition.topic()
                  + " in "
                  + ATTEMPTS_MAX
                  + " attempts: "
                  + e.getMessage(),
              e);
        }
        log.debug(
            "attempt {} to write to {} failed, fenced off: {}",
            attempt,
            partition.topic(),
            fencedOff,
            e);
        pause(attempt);
      } catch (RuntimeException e) {
        // The caller's decision threw, or the reading did: nothing was committed.
        dropWriter();
        throw e;
      }
    }
  }

  private void pause(int attempt) {
    try {
      // Unequal pauses, so that two writers do not fence each other off for ever.
      Thread.sleep(20L * attempt + java.util.concurrent.ThreadLocalRandom.current().nextLong(50));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while writing to " + partition.topic(), e);
    }
  }

  private void dropWriter() {
    Producer<byte[], byte[]> old = writer;
    writer = null;
    if (old != null) {
      old.close(Duration.ZERO);
    }
  }

  /**
   * The end including what is not yet committed: a commit is acknowledged before its marker is in
   * the log, so the end of the committed part may lie before a change that its writer already calls
   * done. The wait this costs is bounded by {@link #TRANSACTION_TIMEOUT}.
   */
  private long endOffset() {
    try {
      return admin
          .listOffsets(Map.of(partition, OffsetSpec.latest()))
          .partitionResult(partition)
          .get(READ_TO_END.toMillis(), TimeUnit.MILLISECONDS)
          .offset();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          "interrupted while asking for the end of " + partition.topic(), e);
    } catch (ExecutionException | TimeoutException e) {
      throw new IllegalStateException(
          "cannot ask for the end of " + partition.topic() + ": " + e.getMessage(), e);
    }
  }

  private void follow() {
    try (consumer) {
      while (!closed) {
        boolean changed = false;
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          apply(record);
          changed = true;
        }
        synchronized (view) {
          if (changed) {
            snapshot = java.util.Collections.unmodifiableMap(new TreeMap<>(table));
          }
          position = consumer.position(partition);
          view.notifyAll();
        }
        if (changed) {
          tell();
        }
      }
    } catch (WakeupException e) {
      // close() asked for the end
    } catch (RuntimeException e) {
      if (!closed) {
        log.error("the view of {} has ended", partition.topic(), e);
        broken = e;
      }
    } finally {
      synchronized (view) {
        view.notifyAll();
      }
    }
  }

  private void apply(ConsumerRecord<byte[], byte[]> record) {
    if (record.key() == null) {
      log.warn(
          "{} holds a record without key at offset {}: left out",
          partition.topic(),
          record.offset());
      return;
    }
    String key = new String(record.key(), java.nio.charset.StandardCharsets.UTF_8);
    if (record.value() != null) {
      check(key, record);
    }
    synchronized (view) {
      if (record.value() == null) {
        table.remove(key);
      } else {
        table.put(key, record.value());
      }
    }
  }

  private void check(String key, ConsumerRecord<byte[], byte[]> record) {
    String thing = "topic %s, offset %d (%s)".formatted(record.topic(), record.offset(), key);
    try {
      NewerFormatException.check(thing, forms.of(key, record.value()), Formats.TABLES);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(thing + " cannot be read: " + e.getMessage(), e);
    } catch (NewerFormatException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private void tell() {
    for (Runnable listener : listeners) {
      try {
        listener.run();
      } catch (RuntimeException e) {
        log.error("a listener to {} failed", partition.topic(), e);
      }
    }
  }

  /** Why the view has ended; empty while it goes on. */
  public Optional<String> fault() {
    Throwable cause = broken;
    return cause == null ? Optional.empty() : Optional.of(partition.topic() + ": " + cause);
  }

  @Override
  public void close() {
    closed = true;
    consumer.wakeup();
    try {
      tail.join(Duration.ofSeconds(10));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (this) {
      dropWriter();
    }
    admin.close(Duration.ofSeconds(5));
  }
}
