package io.likeness.features.fetch;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import javax.net.ServerSocketFactory;

/** A server on loopback that answers each request with bytes of the test's choice. */
final class ScriptedServer implements AutoCloseable {

  private final ServerSocket socket;
  private final List<String> requests = new CopyOnWriteArrayList<>();

  /** What to say to a request's head; the connection ends after it. */
  interface Script {
    void answer(String request, OutputStream output) throws IOException, InterruptedException;
  }

  private ScriptedServer(ServerSocket socket) {
    this.socket = socket;
  }

  static ScriptedServer start(Script script) throws IOException {
    return start(ServerSocketFactory.getDefault(), script);
  }

  static ScriptedServer start(ServerSocketFactory sockets, Script script) throws IOException {
    ServerSocket socket = sockets.createServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
    ScriptedServer server = new ScriptedServer(socket);
    Thread.ofVirtual().start(() -> server.serve(script));
    return server;
  }

  static ScriptedServer saying(Function<String, String> answers) throws IOException {
    return start(
        (request, output) ->
            output.write(answers.apply(request).getBytes(StandardCharsets.ISO_8859_1)));
  }

  private void serve(Script script) {
    while (true) {
      try {
        Socket client = socket.accept();
        Thread.ofVirtual().start(() -> answer(client, script));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void answer(Socket client, Script script) {
    try (client) {
      StringBuilder head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = client.getInputStream().read();
        if (next < 0) {
          return;
        }
        head.append((char) next);
      }
      requests.add(head.toString());
      script.answer(head.toString(), client.getOutputStream());
      client.getOutputStream().flush();
    } catch (SocketException hungUp) {
      // The fetcher had heard enough, which is what many of these tests are about.
    } catch (IOException | InterruptedException broken) {
      requests.add("broken: " + broken);
    }
  }

  int port() {
    return socket.getLocalPort();
  }

  String url(String path) {
    return "http://127.0.0.1:" + port() + path;
  }

  List<String> requests() {
    return requests;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
