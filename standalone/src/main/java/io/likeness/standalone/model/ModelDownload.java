package io.likeness.standalone.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Gets one large file, and goes on where an earlier try was cut off. What has come so far lies
 * beside the file, with the address and the tag of the version it is a part of; another version is
 * begun anew. The file itself is there only once it is whole and has the checksum that was asked
 * for.
 */
public final class ModelDownload {

  private static final Duration CONNECT_MAX = Duration.ofSeconds(20);
  private static final int COPY_BYTES = 64 << 10;
  private static final long TELL_EVERY_BYTES = 16L << 20;
  private static final int FOUND = 200;
  private static final int PARTIAL = 206;
  private static final int BEYOND_ITS_END = 416;
  private static final int SERVER_FAULT = 500;

  private final long bytesMax;
  private final int attemptsMax;
  private final Duration pause;
  private final Duration silenceMax;
  private final Consumer<String> progress;

  /** What cannot be got; the message says why. */
  public static final class Failed extends IOException {

    private static final long serialVersionUID = 1L;

    Failed(String message) {
      super(message);
    }
  }

  /**
   * @param attemptsMax tries in a row that bring nothing new
   * @param pause before the second of them; it doubles
   * @param silenceMax how long a server may send nothing
   */
  public ModelDownload(
      long bytesMax,
      int attemptsMax,
      Duration pause,
      Duration silenceMax,
      Consumer<String> progress) {
    this.bytesMax = bytesMax;
    this.attemptsMax = attemptsMax;
    this.pause = pause;
    this.silenceMax = silenceMax;
    this.progress = progress;
  }

  /** Refuses what {@link #get} would not follow. */
  public static void check(URI from, Optional<String> sha256) {
    String scheme = String.valueOf(from.getScheme());
    boolean fits =
        switch (scheme) {
          case "https" -> from.getHost() != null;
          case "file" -> from.getPath() != null && !from.isOpaque();
          // Whoever stands between could hand out any file; the checksum would tell.
          case "http" -> from.getHost() != null && sha256.isPresent();
          default -> false;
        };
    if (!fits) {
      throw new IllegalArgumentException(
          scheme.equals("http")
              ? "an http address needs --sha256, for anybody between could change the file"
              : "\"" + from + "\" is none of https://…, file:///… and, with --sha256, http://…");
    }
  }

  /**
   * @return the file's SHA-256
   * @throws Failed where it cannot be had; what came so far is kept for the next try
   */
  public String get(URI from, Path file, Optional<String> sha256)
      throws IOException, InterruptedException {
    check(from, sha256);
    Path part = file.resolveSibling(file.getFileName() + ".part");
    Files.createDirectories(file.toAbsolutePath().getParent());
    if (String.valueOf(from.getScheme()).equals("file")) {
      copy(Path.of(from), part);
    } else {
      fetch(from, part);
    }
    String found = sha256(part);
    if (sha256.isPresent() && !sha256.get().equalsIgnoreCase(found)) {
      Files.delete(part);
      Files.deleteIfExists(tagOf(part));
      throw new Failed(
          "%s has SHA-256 %s, not %s: it was thrown away".formatted(from, found, sha256.get()));
    }
    Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    Files.deleteIfExists(tagOf(part));
    return found;
  }

  private void copy(Path from, Path part) throws IOException {
    if (!Files.isRegularFile(from)) {
      throw new Failed("there is no file " + from);
    }
    long bytes = Files.size(from);
    if (bytes > bytesMax) {
      throw new Failed("%s is %d bytes, at most %d".formatted(from, bytes, bytesMax));
    }
    Files.copy(from, part, StandardCopyOption.REPLACE_EXISTING);
  }

  private static Path tagOf(Path part) {
    return part.resolveSibling(part.getFileName() + ".from");
  }

  private void fetch(URI from, Path part) throws IOException, InterruptedException {
    try (HttpClient client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT_MAX)
            .followRedirects(HttpClient.Redirect.NORMAL)
            .build()) {
      Duration wait = pause;
      int vain = 0;
      while (true) {
        long before = sizeOf(part);
        String fault;
        try {
          if (attempt(client, from, part)) {
            return;
          }
          fault = "the server fails for the moment";
        } catch (Failed forGood) {
          throw forGood;
        } catch (IOException broken) {
          fault = String.valueOf(broken.getMessage());
        }
        if (sizeOf(part) > before) {
          vain = 0;
          wait = pause;
        }
        if (++vain >= attemptsMax) {
          throw new Failed(
              "%s could not be read in %d tries: %s; %d bytes are kept, ask again to go on"
                  .formatted(from, vain, fault, sizeOf(part)));
        }
        progress.accept("%s; going on at byte %d".formatted(fault, sizeOf(part)));
        Thread.sleep(wait);
        wait = wait.multipliedBy(2);
      }
    }
  }

  /** Whether the file is whole now; false where asking again may help. */
  private boolean attempt(HttpClient client, URI from, Path part)
      throws IOException, InterruptedException {
    Path tagFile = tagOf(part);
    String known = Files.exists(tagFile) ? Files.readString(tagFile) : "";
    long have = known.startsWith(from + "\n") ? sizeOf(part) : 0;
    HttpRequest.Builder request =
        HttpRequest.newBuilder(from).timeout(silenceMax).header("User-Agent", "Likeness");
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
      // Of another version the server sends the whole.
      request.header("If-Range", known.substring(known.indexOf('\n') + 1));
    }
    HttpResponse<InputStream> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = answer.body()) {
      int status = answer.statusCode();
      if (status == BEYOND_ITS_END) {
        // What we hold is no beginning of what there is.
        Files.deleteIfExists(part);
        Files.deleteIfExists(tagFile);
        return false;
      }
      if (status == 408 || status == 429 || status >= SERVER_FAULT) {
        return false;
      }
      if (status != FOUND && status != PARTIAL) {
        throw new Failed("%s answered with status %d".formatted(from, status));
      }
      if (status == PARTIAL && !startsAt(answer, have)) {
        throw new Failed("%s answered with another part than was asked for".formatted(from));
      }
      boolean goesOn = status == PARTIAL && have > 0;
      if (!goesOn) {
        Files.deleteIfExists(part);
        Files.deleteIfExists(tagFile);
        Optional<String> tag =
            answer
                .headers()
                .firstValue("etag")
                .filter(text -> text.startsWith("\""))
                .or(() -> answer.headers().firstValue("last-modified"));
        if (tag.isPresent()) {
          Files.writeString(tagFile, from + "\n" + tag.get());
        }
      }
      long start = goesOn ? have : 0;
      long whole =
          answer.headers().firstValueAsLong("content-length").orElse(-1) < 0
              ? -1
              : start + answer.headers().firstValueAsLong("content-length").getAsLong();
      if (whole > bytesMax) {
        throw new Failed("%s is %d bytes, at most %d".formatted(from, whole, bytesMax));
      }
      append(body, part, from, whole);
      if (whole >= 0 && sizeOf(part) < whole) {
        throw new IOException("the connection ended early");
      }
      return true;
    }
  }

  private static boolean startsAt(HttpResponse<?> answer, long have) {
    return answer
        .headers()
        .firstValue("content-range")
        .filter(range -> range.startsWith("bytes " + have + "-"))
        .isPresent();
  }

  private void append(InputStream body, Path part, URI from, long whole) throws IOException {
    AtomicLong heard = new AtomicLong(System.nanoTime());
    Thread watch = closeWhenSilent(body, heard);
    try (OutputStream output =
        Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
      long size = Files.size(part);
      long told = size;
      byte[] buffer = new byte[COPY_BYTES];
      for (int got = body.read(buffer); got >= 0; got = body.read(buffer)) {
        heard.set(System.nanoTime());
        if (size + got > bytesMax) {
          throw new Failed("%s is longer than %d bytes".formatted(from, bytesMax));
        }
        output.write(buffer, 0, got);
        size += got;
        if (size - told >= TELL_EVERY_BYTES) {
          told = size;
          progress.accept(
              whole > 0
                  ? "%d of %d MiB".formatted(size >> 20, whole >> 20)
                  : "%d MiB".formatted(size >> 20));
        }
      }
    } finally {
      watch.interrupt();
    }
  }

  /** The client knows no deadline for a body. */
  private Thread closeWhenSilent(InputStream body, AtomicLong heard) {
    return Thread.ofVirtual()
        .name("download-watch")
        .start(
            () -> {
              try {
                while (true) {
                  long left = heard.get() + silenceMax.toNanos() - System.nanoTime();
                  if (left <= 0) {
                    body.close();
                    return;
                  }
                  Thread.sleep(Duration.ofNanos(left));
                }
              } catch (InterruptedException done) {
                // The body came to its end.
              } catch (IOException closing) {
                // It is being closed because nothing comes; the reader will notice.
              }
            });
  }

  private static long sizeOf(Path file) throws IOException {
    return Files.exists(file) ? Files.size(file) : 0;
  }

  static String sha256(Path file) throws IOException {
    try (InputStream input = Files.newInputStream(file)) {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] buffer = new byte[COPY_BYTES];
      for (int got = input.read(buffer); got >= 0; got = input.read(buffer)) {
        digest.update(buffer, 0, got);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }
}
