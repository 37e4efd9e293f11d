package io.likeness.systemtests;

import io.likeness.bench.api.Answer;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * HTTP/1.1 byte by byte, for what a decent client refuses to send. Each request has a connection of
 * its own.
 */
final class Wire {

  private static final int ANSWER_MILLIS = 30_000;

  private Wire() {}

  /** A request whose headers are exactly these. */
  static byte[] request(String method, String target, Map<String, String> headers, byte[] body) {
    StringBuilder head = new StringBuilder(method + " " + target + " HTTP/1.1\r\n");
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    head.append("\r\n");
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(head.toString().getBytes(StandardCharsets.ISO_8859_1));
    all.writeBytes(body);
    return all.toByteArray();
  }

  /** Sends these bytes and reads one answer; the server may answer before it has read all. */
  static Answer send(URI endpoint, byte[] request) throws IOException {
    try (Socket socket = new Socket(endpoint.getHost(), endpoint.getPort())) {
      socket.setSoTimeout(ANSWER_MILLIS);
      Thread writing =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      OutputStream out = socket.getOutputStream();
                      out.write(request);
                      out.flush();
                    } catch (IOException e) {
                      // The server has said no and closed; its answer tells.
                    }
                  });
      try {
        return read(socket.getInputStream());
      } finally {
        writing.interrupt();
      }
    }
  }

  /** Sends these bytes and goes away without waiting for an answer. */
  static void abandon(URI endpoint, byte[] request) throws IOException {
    try (Socket socket = new Socket(endpoint.getHost(), endpoint.getPort())) {
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
    }
  }

  private static Answer read(InputStream in) throws IOException {
    String status = line(in);
    Map<String, List<String>> headers = new HashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      headers
          .computeIfAbsent(
              line.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    byte[] body = {};
    List<String> length = headers.get("content-length");
    if (length != null) {
      body = in.readNBytes(Integer.parseInt(length.getFirst()));
    } else if (headers.containsKey("transfer-encoding")) {
      body = chunks(in);
    } else if (headers.containsKey("connection")) {
      try {
        body = in.readAllBytes();
      } catch (SocketException e) {
        // closed hard after the headers: there is no body
      }
    }
    return new Answer(
        Integer.parseInt(status.split(" ", 3)[1]), HttpHeaders.of(headers, (n, v) -> true), body);
  }

  private static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(in), 16);
      body.writeBytes(in.readNBytes(size));
      line(in);
      if (size == 0) {
        return body.toByteArray();
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int one = in.read();
      if (one < 0) {
        throw new EOFException("the connection ended inside \"" + line + "\"");
      }
      if (one == '\n') {
        return line.toString(StandardCharsets.ISO_8859_1).strip();
      }
      line.write(one);
    }
  }
}
