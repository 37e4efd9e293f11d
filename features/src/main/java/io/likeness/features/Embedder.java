package io.likeness.features;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.likeness.features.decode.Bitmap;
import io.likeness.features.decode.DecodeLimits;
import io.likeness.features.decode.DecodeOutcome;
import io.likeness.features.decode.Decoder;
import io.likeness.features.decode.PictureDecoder;
import io.likeness.features.decode.PictureFacts;
import io.likeness.features.decode.pool.DecoderPool;
import io.likeness.features.decode.pool.PoolConfig;
import io.likeness.features.decode.pool.PoolCounts;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Box;
import io.likeness.wire.PictureRule;
import io.likeness.wire.Rejection;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * Pictures to vectors, on a fixed number of platform threads of its own.
 *
 * <p>The same bytes, crop and model give the same vector, so a vector is computed once and kept by
 * the hash of its content while memory allows; within one call the same picture is decoded once.
 * Callers that bring one picture ({@link #embed}, a person who waits) are refused when too much is
 * waiting already; callers that bring many ({@link #embedAll}, a log that can wait) are held back.
 */
public final class Embedder implements AutoCloseable {

  /** Batches that may wait for a thread, for each thread. */
  private static final int WAITING_PER_THREAD = 16;

  /** Of each model on each thread, before the first picture comes. */
  private static final int WARM_UP_RUNS = 2;

  /** What a cached vector costs beside its numbers: key, entry and headers. */
  private static final int CACHE_ENTRY_BYTES = 256;

  /** What a subject in it costs; its label is the manifest's. */
  private static final int CACHE_SUBJECT_BYTES = 96;

  private final ModelLibrary library;
  private final EmbedderConfig config;
  private final Lane lane;
  private final CoreGate gate;
  private final Decoder decoder;
  private final ExecutorService threads;
  private final Semaphore room;
  private final Cache<Key, Known> cache;
  private final LongAdder cacheHits = new LongAdder();
  private final LongAdder embeddings = new LongAdder();
  private final LongAdder refusals = new LongAdder();

  /** What decides a vector. */
  private record Key(
      ByteString contentSha256,
      String modelId,
      Optional<Box> crop,
      boolean findSubject,
      String detectorId) {}

  /** A vector and what a rule has to be checked against. */
  private record Known(
      FeatureVector vector, PictureFacts facts, long fingerprint, List<Subject> subjects) {}

  /** What decides an outcome. */
  private record Question(Key key, PictureRule rule) {}

  /** A picture that has to be computed. */
  private record Job(
      Question question, OnnxModel model, Optional<OnnxDetector> detector, Picture picture) {

    /** Pixels a side that the finder of the subject can use. */
    int sideSearched() {
      return detector.map(OnnxDetector::sideWanted).orElse(model.sideWanted());
    }
  }

  private Embedder(
      ModelLibrary library, EmbedderConfig config, PoolConfig decoding, Lane lane, CoreGate gate) {
    this.library = library;
    this.config = config;
    this.lane = lane;
    this.gate = gate;
    this.decoder =
        DecoderPool.open(new DecodeLimits(config.pixelsMax(), config.bytesMax()), decoding);
    AtomicInteger number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            config.threads(),
            task -> {
              Thread thread = new Thread(task, "embedder-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
    // The pool's own queue has no bound; these permits are it.
    this.room = new Semaphore(config.threads() * (1 + WAITING_PER_THREAD), true);
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(config.cacheBytes())
            .weigher(
                (Key key, Known known) ->
                    CACHE_ENTRY_BYTES
                        + known.vector().dimensions() * Float.BYTES
                        + known.subjects().size() * CACHE_SUBJECT_BYTES)
            .executor(Runnable::run)
            .build();
  }

  /** The library stays the caller's, who closes it after this. */
  public static Embedder open(ModelLibrary library, EmbedderConfig config, PoolConfig decoding) {
    return open(library, config, decoding, Lane.QUERY);
  }

  /** Decodes in this process. */
  public static Embedder open(ModelLibrary library, EmbedderConfig config) {
    return open(library, config, PoolConfig.of(0));
  }

  /**
   * The same, for one of the two kinds of work that share the cores of this process. Every thread
   * runs every model before this returns, so that the first picture does not pay for it.
   */
  public static Embedder open(
      ModelLibrary library, EmbedderConfig config, PoolConfig decoding, Lane lane) {
    Embedder embedder = new Embedder(library, config, decoding, lane, CoreGate.OF_THIS_PROCESS);
    embedder.warmUp();
    return embedder;
  }

  private void warmUp() {
    Bitmap picture = GoldenPicture.make();
    List<Future<?>> runs = new ArrayList<>();
    for (int thread = 0; thread < config.threads(); thread++) {
      runs.add(
          threads.submit(
              () -> {
                for (ModelManifest manifest : library.models()) {
                  OnnxModel model = library.onnx(manifest.name());
                  for (int i = 0; i < WARM_UP_RUNS; i++) {
                    var unused = model.embed(model.prepare(picture));
                  }
                }
                for (DetectorManifest manifest : library.detectors()) {
                  OnnxDetector detector = library.detector(manifest.name());
                  for (int i = 0; i < WARM_UP_RUNS; i++) {
                    var unused = detector.detect(detector.prepare(picture));
                  }
                }
              }));
    }
    runs.forEach(Embedder::await);
  }

  /**
   * Waits for one picture's vector.
   *
   * @throws RejectedExecutionException when too much is waiting already; try again later
   * @throws IllegalArgumentException where the picture names no model or detector of the library
   */
  public EmbedOutcome embed(Picture picture) {
    return embedAll(List.of(picture), false).getFirst();
  }

  /**
   * Waits for the vectors of many pictures, answered in their order.
   *
   * @throws IllegalArgumentException where a picture names no model or detector of the library
   */
  public List<EmbedOutcome> embedAll(List<Picture> pictures) {
    return embedAll(pictures, true);
  }

  private List<EmbedOutcome> embedAll(List<Picture> pictures, boolean mayWait) {
    List<Question> questions = new ArrayList<>(pictures.size());
    Map<Question, EmbedOutcome> outcomes = new HashMap<>();
    Map<Question, Job> jobs = new LinkedHashMap<>();
    for (Picture picture : pictures) {
      OnnxModel model = library.onnx(picture.model());
      Optional<OnnxDetector> detector =
          picture.detector().isEmpty()
              ? Optional.empty()
              : Optional.of(library.detector(picture.detector()));
      Key key =
          new Key(
              sha256(picture.content()),
              model.manifest().id(),
              picture.crop(),
              picture.findSubject(),
              detector.map(each -> each.manifest().id()).orElse(""));
      Question question = new Question(key, picture.rule());
      questions.add(question);
      Known known = cache.getIfPresent(key);
      if (outcomes.containsKey(question) || jobs.containsKey(question)) {
        cacheHits.increment();
      } else if (known != null) {
        cacheHits.increment();
        outcomes.put(question, known(question, known, picture.content().size()));
      } else {
        jobs.put(question, new Job(question, model, detector, picture));
      }
    }
    if (!jobs.isEmpty()) {
      runAll(List.copyOf(jobs.values()), mayWait, outcomes);
    }
    List<EmbedOutcome> answers = new ArrayList<>(pictures.size());
    for (Question question : questions) {
      EmbedOutcome outcome = Objects.requireNonNull(outcomes.get(question), "no outcome");
      if (outcome instanceof Refused) {
        refusals.increment();
      }
      answers.add(outcome);
    }
    return answers;
  }

  /** The vector is there already, but this asker's rule may be stricter than the earlier one's. */
  private static EmbedOutcome known(Question question, Known known, long bytes) {
    Optional<Rejection> fault = PictureDecoder.ruleFault(bytes, known.facts(), question.rule());
    return fault
        .<EmbedOutcome>map(Refused::new)
        .orElseGet(() -> embedded(question.key(), known, true, 0, 0));
  }

  private void runAll(List<Job> jobs, boolean mayWait, Map<Question, EmbedOutcome> outcomes) {
    // Shared out evenly, so that all threads end at about the same time.
    int share = Math.ceilDiv(jobs.size(), config.threads());
    int batch = Math.clamp(share, 1, config.batchMax());
    List<Future<Map<Question, EmbedOutcome>>> runs = new ArrayList<>();
    for (int from = 0; from < jobs.size(); from += batch) {
      List<Job> part = jobs.subList(from, Math.min(jobs.size(), from + batch));
      enter(mayWait);
      try {
        runs.add(
            threads.submit(
                () -> {
                  try {
                    return run(part);
                  } finally {
                    room.release();
                  }
                }));
      } catch (RejectedExecutionException closed) {
        room.release();
        throw closed;
      }
    }
    for (Future<Map<Question, EmbedOutcome>> run : runs) {
      outcomes.putAll(await(run));
    }
  }

  private void enter(boolean mayWait) {
    if (room.tryAcquire()) {
      return;
    }
    if (!mayWait) {
      throw new RejectedExecutionException(
          "the embedder has %d batches waiting, at most that many"
              .formatted(config.threads() * WAITING_PER_THREAD));
    }
    try {
      room.acquire();
    } catch (InterruptedException interrupted) {
      throw interrupted();
    }
  }

  private static <T> T await(Future<T> run) {
    try {
      return run.get();
    } catch (InterruptedException interrupted) {
      throw interrupted();
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw new IllegalStateException("embedding failed", failed.getCause());
    }
  }

  private static CancellationException interrupted() {
    Thread.currentThread().interrupt();
    return new CancellationException("interrupted while waiting for vectors");
  }

  /** On one of the embedder's threads. */
  private Map<Question, EmbedOutcome> run(List<Job> jobs) {
    Map<Question, EmbedOutcome> outcomes = new HashMap<>();
    for (Job job : jobs) {
      // For each picture anew: a query that comes meanwhile does not wait for the whole batch.
      gate.enter(lane);
      try {
        outcomes.put(job.question(), run(job));
      } finally {
        gate.leave(lane);
      }
    }
    return outcomes;
  }

  private EmbedOutcome run(Job job) {
    long start = System.nanoTime();
    Question question = job.question();
    List<Subject> subjects = List.of();
    DecodeOutcome decoded;
    if (job.picture().findSubject()) {
      decoded = decode(job, Optional.empty(), job.sideSearched());
      if (decoded instanceof DecodeOutcome.Decoded whole) {
        subjects = find(job, whole);
        Optional<Box> best = subjects.stream().findFirst().map(Subject::box);
        if (best.isPresent() || job.sideSearched() != job.model().sideWanted()) {
          // Decoded anew: the part may be small, and the whole was read for its size.
          decoded = decode(job, best, job.model().sideWanted());
        }
      }
    } else {
      decoded = decode(job, job.picture().crop(), job.model().sideWanted());
    }
    List<Subject> found = subjects;
    return switch (decoded) {
      case DecodeOutcome.Undecodable bad -> new Refused(bad.rejection());
      case DecodeOutcome.Decoded good -> {
        float[] samples = job.model().prepare(good.bitmap());
        long decodeMicros = micros(start);
        long embedStart = System.nanoTime();
        FeatureVector vector = job.model().embed(samples);
        embeddings.increment();
        Known known = new Known(vector, good.facts(), Fingerprints.of(good.bitmap()), found);
        cache.put(question.key(), known);
        yield embedded(question.key(), known, false, decodeMicros, micros(embedStart));
      }
    };
  }

  private static List<Subject> find(Job job, DecodeOutcome.Decoded whole) {
    return job.detector()
        .map(detector -> detector.find(whole.bitmap(), whole.width(), whole.height()))
        .orElseGet(() -> SubjectFinder.find(whole.bitmap(), whole.width(), whole.height()));
  }

  private DecodeOutcome decode(Job job, Optional<Box> part, int sideWanted) {
    return decoder.decode(job.picture().content(), part, job.question().rule(), sideWanted);
  }

  private static Embedded embedded(
      Key key, Known known, boolean cached, long decodeMicros, long embedMicros) {
    return new Embedded(
        known.vector(),
        known.facts().width(),
        known.facts().height(),
        key.contentSha256(),
        known.fingerprint(),
        cached,
        decodeMicros,
        embedMicros,
        known.subjects());
  }

  private static long micros(long sinceNanos) {
    return TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - sinceNanos);
  }

  private static ByteString sha256(ByteString content) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (ByteBuffer part : content.asReadOnlyByteBufferList()) {
        digest.update(part);
      }
      return UnsafeByteOperations.unsafeWrap(digest.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }

  /** Pictures answered without computing: known from earlier, or twice in one call. */
  public long cacheHits() {
    return cacheHits.sum();
  }

  /** Vectors computed. */
  public long embeddings() {
    return embeddings.sum();
  }

  /** Pictures refused. */
  public long refusals() {
    return refusals.sum();
  }

  /** What the processes that decode have done; nothing where this process decodes. */
  public PoolCounts decoding() {
    return decoder instanceof DecoderPool pool ? pool.counts() : PoolCounts.NONE;
  }

  /** Waits for what is running. */
  @Override
  public void close() {
    threads.close();
    decoder.close();
  }
}
