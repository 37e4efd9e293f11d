package io.likeness.standalone.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.gateway.auth.PrivateFiles;
import io.likeness.standalone.DataFolder;
import io.likeness.standalone.client.Api;
import io.likeness.standalone.cluster.Steward.CannotDo;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.concurrent.Semaphore;

/**
 * Where a running cluster takes orders from other processes of this machine: a socket of the
 * loopback interface and a secret, both told by a file that only the owner can read. An order is
 * one line of JSON; what comes back are lines with {@code say} while it is followed, and one with
 * {@code done} or {@code failed}.
 *
 * <p>A socket in the file system would need no secret, but its name may have a hundred bytes only,
 * and data folders lie deeper than that.
 */
final class ControlServer implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int ORDER_CHARS_MAX = 1 << 16;
  private static final int ORDER_MILLIS_MAX = 10_000;
  private static final int AT_ONCE_MAX = 32;
  private static final int SECRET_BYTES = 32;

  private final ServerSocket socket;
  private final Path file;
  private final Orders orders;
  private final String secret;
  private final Semaphore room = new Semaphore(AT_ONCE_MAX);

  private ControlServer(ServerSocket socket, Path file, Orders orders, String secret) {
    this.socket = socket;
    this.file = file;
    this.orders = orders;
    this.secret = secret;
  }

  static ControlServer listen(DataFolder folder, Orders orders) throws IOException {
    byte[] random = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(random);
    String secret = HexFormat.of().formatHex(random);
    ServerSocket socket = new ServerSocket(0, AT_ONCE_MAX, InetAddress.getByName("127.0.0.1"));
    Path file = DataFolder.controlIn(folder.root());
    ControlServer server = new ControlServer(socket, file, orders, secret);
    ObjectNode where = Api.object();
    where.put("port", socket.getLocalPort()).put("secret", secret);
    where.put("pid", ProcessHandle.current().pid());
    Path written = file.resolveSibling(file.getFileName() + ".new");
    PrivateFiles.write(written, where.toPrettyString() + "\n", StandardOpenOption.CREATE);
    Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
    Thread.ofPlatform().name("control").daemon(true).start(server::run);
    return server;
  }

  private void run() {
    while (true) {
      try {
        Socket caller = socket.accept();
        Thread.ofVirtual().name("order").start(() -> serve(caller));
      } catch (IOException e) {
        // Closed: it takes no more orders.
        return;
      }
    }
  }

  private void serve(Socket caller) {
    try (caller) {
      if (!room.tryAcquire()) {
        return;
      }
      try {
        caller.setSoTimeout(ORDER_MILLIS_MAX);
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(caller.getInputStream(), StandardCharsets.UTF_8));
        Lines out = new Lines(caller.getOutputStream());
        JsonNode order = JSON.readTree(line(in));
        if (!isSecret(order.path("secret").asText())) {
          out.write("failed", "this order does not come from who may read " + file.getFileName());
          return;
        }
        try {
          ObjectNode done = orders.follow(order, said -> out.write("say", said));
          out.write(Api.object().set("done", done));
        } catch (CannotDo e) {
          out.write("failed", String.valueOf(e.getMessage()));
        }
      } finally {
        room.release();
      }
    } catch (IOException e) {
      // The caller went away or spoke no JSON; there is nobody to tell.
    }
  }

  private boolean isSecret(String said) {
    return MessageDigest.isEqual(
        said.getBytes(StandardCharsets.UTF_8), secret.getBytes(StandardCharsets.UTF_8));
  }

  private static String line(BufferedReader in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (line.length() == ORDER_CHARS_MAX) {
        throw new IOException("an order is longer than " + ORDER_CHARS_MAX);
      }
      line.append((char) c);
    }
    return line.toString();
  }

  /** What goes back. A caller that has gone does not stop what it ordered. */
  private static final class Lines {

    private final Writer out;

    Lines(OutputStream out) {
      this.out = new OutputStreamWriter(out, StandardCharsets.UTF_8);
    }

    void write(String key, String text) {
      write(Api.object().put(key, text));
    }

    synchronized void write(JsonNode json) {
      try {
        out.write(json + "\n");
        out.flush();
      } catch (IOException e) {
        // see above
      }
    }
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
    socket.close();
  }
}
