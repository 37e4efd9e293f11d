package io.likeness.bench.fuzz;

import io.likeness.features.decode.Mutations;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Makes files out of those it has, shows each to the decoders, and keeps what did something new:
 * files that get further are what the next ones are made of.
 */
final class Search implements AutoCloseable {

  private static final int CORPUS_MAX = 50_000;

  /** A file that takes this much processor time is shown to the real decoders. */
  private static final Duration LONG = Duration.ofSeconds(1);

  /** What makes a file worth keeping. */
  enum Guide {
    /** It ended in a way not seen before: another format, another reason, another shape. */
    OUTCOMES,
    /** It did, or it took a branch that no file took before. */
    COVERAGE
  }

  /** Starts a process to decode in. */
  interface Start {
    FuzzChild child() throws IOException;
  }

  /** What the decoders of a role say of a file; empty where it did no harm to them. */
  interface Judge {
    Optional<String> harm(byte[] file);
  }

  /** Where a file is put that did harm. */
  interface Findings {
    void add(byte[] file, String harm) throws IOException;
  }

  private final Start start;
  private final Judge judge;
  private final Findings findings;
  private final Guide guide;
  private final Random random;
  private final List<byte[]> corpus = new ArrayList<>();
  private final BitSet hit = new BitSet();
  private final Set<String> ends = new HashSet<>();
  private FuzzChild child;
  private long tried;
  private long decoded;
  private long exhausted;
  private long suspicions;
  private long found;
  private Duration slowest = Duration.ZERO;

  Search(Start start, Judge judge, Findings findings, Guide guide, Random random)
      throws IOException {
    this.start = start;
    this.judge = judge;
    this.findings = findings;
    this.guide = guide;
    this.random = random;
    this.child = start.child();
  }

  /**
   * How far the search is.
   *
   * @param ends ways in which files have ended
   * @param exhausted files that took all the memory there is for one, and were refused for it
   * @param suspicions files that ended a process or took long, and were shown to the judge
   */
  record State(
      long tried,
      long decoded,
      int corpus,
      int ends,
      int probes,
      long exhausted,
      long suspicions,
      long found,
      Duration slowest) {}

  State state() {
    return new State(
        tried,
        decoded,
        corpus.size(),
        ends.size(),
        hit.cardinality(),
        exhausted,
        suspicions,
        found,
        slowest);
  }

  /** The files it makes others of, those it began with first. */
  List<byte[]> corpus() {
    return List.copyOf(corpus);
  }

  /** One to begin with: it stays whatever it does. */
  void begin(byte[] file) throws IOException {
    if (!show(file)) {
      corpus.add(file);
    }
  }

  /** Makes one file and shows it. */
  void next() throws IOException {
    var unused = show(Mutations.of(corpus, random));
  }

  /** Whether it is kept. */
  boolean show(byte[] file) throws IOException {
    tried++;
    try {
      FuzzChild.Answer answer = child.decode(file);
      if (answer.decoded()) {
        decoded++;
      }
      if (answer.cpu().compareTo(slowest) > 0) {
        slowest = answer.cpu();
      }
      boolean newEnd = ends.add(answer.end());
      boolean newProbe = false;
      for (int probe : answer.fresh()) {
        // A new process tells of everything anew.
        newProbe |= !hit.get(probe);
        hit.set(probe);
      }
      boolean isNew = newEnd || (newProbe && guide == Guide.COVERAGE);
      boolean keep = isNew && corpus.size() < CORPUS_MAX;
      if (keep) {
        corpus.add(file);
      }
      if (answer.cpu().compareTo(LONG) > 0) {
        suspect(file);
      }
      if (answer.spoilt()) {
        exhausted++;
        startAnew();
      }
      return keep;
    } catch (IOException died) {
      suspect(file);
      startAnew();
      return false;
    }
  }

  private void suspect(byte[] file) throws IOException {
    suspicions++;
    Optional<String> harm = judge.harm(file);
    if (harm.isPresent()) {
      found++;
      findings.add(file, harm.get());
    }
  }

  private void startAnew() throws IOException {
    child.close();
    child = start.child();
  }

  @Override
  public void close() {
    child.close();
  }
}
