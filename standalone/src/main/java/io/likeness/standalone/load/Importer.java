package io.likeness.standalone.load;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.standalone.client.Answer;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.client.ApiFailure;
import java.io.FileNotFoundException;
import java.io.PrintStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Brings pictures in with a bounded number of requests under way. A busy service is asked again
 * after the pause it names; what it refuses is a failure with its reason and the rest goes on. What
 * concerns every picture alike (no such instance, wrong key, nobody answers) ends the import.
 *
 * <p>A picture counts as done once the service has it safe; those it had not shown to be visible by
 * then are asked for at the end, so that a picture that turns out not to be one is told.
 */
public final class Importer {

  private static final int ATTEMPTS_MAX = 12;
  private static final Duration PAUSE_FIRST = Duration.ofMillis(200);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(15);
  private static final Duration CONFIRM_MAX = Duration.ofMinutes(2);

  /** How long one request waits for its picture to be visible; also what keeps a client in step. */
  private static final String WAIT = "5s";

  private final Api api;
  private final String instance;
  private final int threads;
  private final ImportJournal journal;
  private final PrintStream out;
  private final boolean terminal;

  private final AtomicInteger next = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();
  private final List<ImportFailure> failures = Collections.synchronizedList(new ArrayList<>());
  private final ConcurrentLinkedQueue<Pending> pending = new ConcurrentLinkedQueue<>();
  private final AtomicReference<@Nullable ApiFailure> fatal = new AtomicReference<>();

  private record Pending(ImportItem item, String token) {}

  public Importer(
      Api api,
      String instance,
      int threads,
      ImportJournal journal,
      PrintStream out,
      boolean terminal) {
    this.api = api;
    this.instance = instance;
    this.threads = threads;
    this.journal = journal;
    this.out = out;
    this.terminal = terminal;
  }

  /** Runs to the end; throws what concerns every picture alike. */
  public ImportResult run(ImportPlan plan) throws InterruptedException {
    long begun = System.nanoTime();
    failures.addAll(plan.unusable());
    List<ImportItem> open = plan.items().stream().filter(item -> !journal.holds(item)).toList();
    ImportProgress progress = new ImportProgress(out, terminal, open.size(), begun);
    inParallel(
        () -> {
          for (int i = next.getAndIncrement(); i < open.size(); i = next.getAndIncrement()) {
            if (fatal.get() != null) {
              return;
            }
            bringIn(open.get(i));
            progress.show(done.get(), failures.size(), System.nanoTime());
          }
        });
    List<Pending> unseen = new ArrayList<>();
    if (fatal.get() == null && !pending.isEmpty()) {
      unseen.addAll(confirm());
    }
    progress.end();
    ApiFailure stopped = fatal.get();
    if (stopped != null) {
      throw stopped;
    }
    int failedHere = failures.size() - plan.unusable().size();
    return new ImportResult(
        open.size() - failedHere,
        plan.items().size() - open.size(),
        unseen.size(),
        failures,
        Duration.ofNanos(System.nanoTime() - begun));
  }

  private void inParallel(Runnable work) throws InterruptedException {
    try (ExecutorService workers =
        Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("import-", 0).factory())) {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(workers.submit(work));
      }
      for (Future<?> each : running) {
        each.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(String.valueOf(e.getCause()), e.getCause());
    }
  }

  private void bringIn(ImportItem item) {
    try {
      Optional<Answer> answer = send(item);
      if (answer.isEmpty()) {
        return;
      }
      Answer got = answer.get();
      if (got.isSuccess()) {
        journal.add(item);
        if (got.status() == 202) {
          pending.add(new Pending(item, got.body().path("token").asText("")));
        }
      } else if (concernsAll(got)) {
        fatal.compareAndSet(null, failure(got));
      } else {
        failures.add(new ImportFailure(item.id(), item.location(), got.errorMessage()));
      }
    } catch (ApiFailure e) {
      fatal.compareAndSet(null, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      done.incrementAndGet();
    }
  }

  /** Nobody may, or there is nowhere to put it: the next picture would fare the same. */
  private static boolean concernsAll(Answer answer) {
    return answer.status() == 401 || answer.status() == 403 || answer.status() == 404;
  }

  private static ApiFailure failure(Answer answer) {
    try {
      answer.orThrow();
      throw new IllegalStateException("a success is no failure");
    } catch (ApiFailure e) {
      return e;
    }
  }

  /** One answer that is not "busy"; empty where the file cannot be read, which is told. */
  private Optional<Answer> send(ImportItem item) throws InterruptedException {
    Duration pause = PAUSE_FIRST;
    for (int attempt = 1; ; attempt++) {
      Optional<Answer> answer;
      ApiFailure silence = null;
      try {
        answer = Optional.of(sendOnce(item));
        if (!answer.get().isBusy() || attempt == ATTEMPTS_MAX) {
          return answer;
        }
      } catch (FileNotFoundException e) {
        failures.add(
            new ImportFailure(item.id(), item.location(), "cannot read " + item.location()));
        return Optional.empty();
      } catch (ApiFailure e) {
        answer = Optional.empty();
        silence = e;
      }
      if (silence != null && attempt == ATTEMPTS_MAX) {
        throw silence;
      }
      Duration named = answer.map(Answer::retryAfter).orElse(Duration.ZERO);
      Thread.sleep(named.compareTo(pause) > 0 ? min(named, PAUSE_MAX) : pause);
      pause = min(pause.multipliedBy(2), PAUSE_MAX);
    }
  }

  private static Duration min(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private Answer sendOnce(ImportItem item) throws FileNotFoundException {
    if (!item.isAddress() && !Files.isReadable(Path.of(item.location()))) {
      throw new FileNotFoundException(item.location());
    }
    Map<String, String> query = new LinkedHashMap<>();
    query.put("wait", WAIT);
    String path = Api.path("instances", instance, "images", item.id());
    if (item.isAddress()) {
      ObjectNode body = Api.object().put("url", item.location());
      ObjectNode tags = body.putObject("tags");
      item.tags().forEach(tags::put);
      return api.call("PUT", path + Api.query(query), Api.Body.json(body));
    }
    item.tags().forEach((key, value) -> query.put("tags." + key, value));
    return api.call(
        "PUT",
        path + Api.query(query),
        Api.Body.picture(BodyPublishers.ofFile(Path.of(item.location()))));
  }

  /** Asks for each picture taken but not yet seen, until it is there or patience ends. */
  private List<Pending> confirm() throws InterruptedException {
    long deadline = System.nanoTime() + CONFIRM_MAX.toNanos();
    List<Pending> unseen = Collections.synchronizedList(new ArrayList<>());
    inParallel(
        () -> {
          for (Pending each = pending.poll(); each != null; each = pending.poll()) {
            confirm(each, deadline, unseen);
          }
        });
    return unseen;
  }

  private void confirm(Pending each, long deadline, List<Pending> unseen) {
    String path =
        Api.path("instances", instance, "images", each.item().id())
            + Api.query(Map.of("token", each.token(), "wait", WAIT));
    do {
      Answer answer;
      try {
        answer = api.call("GET", path, Api.Body.NONE);
      } catch (ApiFailure e) {
        break;
      }
      JsonNode status = answer.body().path("status");
      if (status.asText("").equals("rejected")) {
        journal.forget(each.item());
        failures.add(
            new ImportFailure(each.item().id(), each.item().location(), answer.errorMessage()));
        return;
      }
      if (answer.isSuccess() && !status.asText("").equals("accepted")) {
        return;
      }
    } while (System.nanoTime() < deadline);
    unseen.add(each);
  }
}
