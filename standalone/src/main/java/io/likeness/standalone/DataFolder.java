package io.likeness.standalone;

import io.likeness.gateway.auth.Credentials;
import io.likeness.gateway.auth.MasterKey;
import io.likeness.node.config.Ports;
import io.likeness.proto.wire.NewerFormatException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one folder a standalone system keeps everything in, held by one process at a time.
 *
 * <pre>
 * credentials.json  the first account, mode 600
 * master.key        seals secrets, signs tokens, mode 600
 * endpoint.json     where it serves, while it serves
 * ports.properties  ports chosen at the first start
 * served            tells that the first start is over, and the form of this folder
 * lock              held by the running process; its content is that process's id
 * kafka/            the broker's log: the truth
 * shards/           what the shard node derives from it
 * restored.meta     what a backup knew of instances and accounts, for the first start
 * models/           models of the user's, a folder each, where there are any
 * logs/             likeness.log, and one file per role with --separate
 * run/              configuration and process id of each role, with --separate
 * cluster.json      what a cluster on this machine consists of; none of it elsewhere
 * control.json      where a running cluster takes orders, mode 600
 * imports/          what `import` has done so far
 * </pre>
 */
public final class DataFolder implements AutoCloseable {

  private static final int PORT_ATTEMPTS_MAX = 50;
  static final int FORMAT = 1;
  private static final String SERVED = "served";
  private static final String SHAPE = "cluster.json";

  private final Path root;
  private final FileChannel channel;
  private final FileLock lock;
  private final boolean fresh;

  private DataFolder(Path root, FileChannel channel, FileLock lock, boolean fresh) {
    this.root = root;
    this.channel = channel;
    this.lock = lock;
    this.fresh = fresh;
  }

  /**
   * What runs on a folder; the other cannot go on with it, since brokers and slots lie otherwise.
   */
  public enum Kind {
    SINGLE("./likeness up"),
    CLUSTER("./likeness cluster up");

    private final String command;

    Kind(String command) {
      this.command = command;
    }
  }

  /** As {@link #open(Path, Kind)}, for all that is no cluster. */
  public static DataFolder open(Path root) {
    return open(root, Kind.SINGLE);
  }

  /**
   * Makes the folder where it is absent and takes it; refuses where another process holds it, or it
   * is of the other kind.
   */
  public static DataFolder open(Path root, Kind kind) {
    FileChannel channel = null;
    try {
      Files.createDirectories(root);
      channel =
          FileChannel.open(
              root.resolve("lock"),
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      FileLock lock = tryLock(channel);
      if (lock == null) {
        String holder = Files.readString(root.resolve("lock")).strip();
        channel.close();
        throw new CannotStart(
            root
                + " is in use by process "
                + (holder.isEmpty() ? "(unknown)" : holder)
                + ": stop it first, or take another folder with --data");
      }
      channel.truncate(0);
      channel.write(
          ByteBuffer.wrap(
              (ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
      // What an earlier process left says nothing about this one.
      Files.deleteIfExists(root.resolve("endpoint.json"));
      boolean fresh = !Files.exists(root.resolve(SERVED));
      if (!fresh) {
        checkFormat(root);
      }
      checkKind(root, kind, fresh, channel);
      DataFolder folder = new DataFolder(root, channel, lock, fresh);
      folder.makeSecrets();
      return folder;
    } catch (NewerFormatException e) {
      closeQuietly(channel);
      throw new CannotStart(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      closeQuietly(channel);
      throw new CannotStart("cannot use " + root + " as data folder: " + e, e);
    } catch (CannotStart e) {
      throw e;
    } catch (RuntimeException e) {
      closeQuietly(channel);
      throw new CannotStart("cannot use " + root + " as data folder: " + e.getMessage(), e);
    }
  }

  /** Where nothing is written there, it is of the first form. */
  private static void checkFormat(Path root) throws IOException {
    Path served = root.resolve(SERVED);
    String text = Files.readString(served).strip();
    int found = text.isEmpty() ? FORMAT : Integer.parseInt(text);
    NewerFormatException.check("the data folder " + root + " (" + served + ")", found, FORMAT);
  }

  private static void checkKind(Path root, Kind kind, boolean fresh, FileChannel channel) {
    boolean cluster = Files.exists(root.resolve(SHAPE));
    Kind found = cluster ? Kind.CLUSTER : Kind.SINGLE;
    if (found != kind && (cluster || !fresh)) {
      closeQuietly(channel);
      throw new CannotStart(
          root
              + " was made by "
              + found.command
              + ": start it so, or take another folder with --data");
    }
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private void makeSecrets() {
    if (!Files.exists(masterKey())) {
      MasterKey.create(masterKey());
    }
    if (!Files.exists(credentialsFile())) {
      Credentials.fresh("likeness", "admin", new SecureRandom()).write(credentialsFile());
    }
  }

  /** Whether nothing has served from this folder before. */
  public boolean isFresh() {
    return fresh;
  }

  public Path root() {
    return root;
  }

  public Path credentialsFile() {
    return root.resolve("credentials.json");
  }

  public Credentials credentials() {
    return Credentials.read(credentialsFile());
  }

  public Path masterKey() {
    return root.resolve("master.key");
  }

  public Path kafka() {
    return root.resolve("kafka");
  }

  public Path shards() {
    return shardsIn(root);
  }

  /** For those who do not take the folder. */
  public static Path shardsIn(Path root) {
    return root.resolve("shards");
  }

  /** Need not be there. */
  public Path restoredMeta() {
    return restoredMetaIn(root);
  }

  public static Path restoredMetaIn(Path root) {
    return root.resolve("restored.meta");
  }

  /** Models of the user's; need not be there. */
  public Path models() {
    return modelsIn(root);
  }

  public static Path modelsIn(Path root) {
    return root.resolve("models");
  }

  public Path logs() {
    return root.resolve("logs");
  }

  public Path run() {
    return root.resolve("run");
  }

  /** What a cluster on this machine consists of; there only where this folder is a cluster's. */
  public Path shape() {
    return root.resolve(SHAPE);
  }

  /** Where a running cluster takes orders; gone again when it stops. */
  public static Path controlIn(Path root) {
    return root.resolve("control.json");
  }

  /**
   * A port of the loopback interface for this use: the one chosen before where it is still free,
   * else a new one, kept for the next start.
   */
  public int port(String use) {
    return port(use, StandaloneConfig.LOOPBACK);
  }

  /** As {@link #port(String)}, of another address of this machine. */
  public int port(String use, String host) {
    try {
      Path file = root.resolve("ports.properties");
      Properties ports = new Properties();
      if (Files.exists(file)) {
        try (var reader = Files.newBufferedReader(file)) {
          ports.load(reader);
        }
      }
      String known = ports.getProperty(use);
      if (known != null && Ports.isFree(host, Integer.parseInt(known))) {
        return Integer.parseInt(known);
      }
      Set<String> taken = new HashSet<>();
      ports.forEach((name, port) -> taken.add((String) port));
      for (int attempt = 0; attempt < PORT_ATTEMPTS_MAX; attempt++) {
        int chosen = Ports.free();
        if (!taken.contains(Integer.toString(chosen)) && Ports.isFree(host, chosen)) {
          ports.setProperty(use, Integer.toString(chosen));
          Path written = root.resolve("ports.properties.new");
          try (var writer = Files.newBufferedWriter(written)) {
            ports.store(writer, null);
          }
          Files.move(written, file, StandardCopyOption.ATOMIC_MOVE);
          return chosen;
        }
      }
      throw new CannotStart("found no free port for " + use);
    } catch (IOException | NumberFormatException e) {
      throw new CannotStart("cannot choose a port for " + use + ": " + e.getMessage(), e);
    }
  }

  /** Tells commands where this system serves; gone again when it stops. */
  public void writeEndpoint(URI endpoint, String kafkaBootstrap) {
    String json =
        new JsonObject()
            .put("endpoint", endpoint.toString())
            .put("kafka", kafkaBootstrap)
            .put("pid", ProcessHandle.current().pid())
            .encodePrettily();
    Path written = root.resolve("endpoint.json.new");
    try {
      Files.writeString(written, json + "\n");
      Files.move(written, root.resolve("endpoint.json"), StandardCopyOption.ATOMIC_MOVE);
      if (fresh) {
        Files.writeString(root.resolve(SERVED), FORMAT + "\n");
      }
    } catch (IOException e) {
      throw new CannotStart("cannot write " + root.resolve("endpoint.json") + ": " + e, e);
    }
  }

  @Override
  public void close() {
    try {
      Files.deleteIfExists(root.resolve("endpoint.json"));
      lock.release();
    } catch (IOException e) {
      // The lock ends with the channel, and a stale endpoint.json is replaced at the next start.
    } finally {
      closeQuietly(channel);
    }
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    if (channel == null) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      // nothing was written through it that matters
    }
  }
}
