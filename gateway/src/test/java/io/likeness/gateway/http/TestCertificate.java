package io.likeness.gateway.http;

import io.likeness.node.config.HostPort;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.Base64;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate for 127.0.0.1 made by the JDK's own tool, as the PEM files a gateway is given. */
final class TestCertificate {

  private static final String PASSWORD = "only for a test";

  private final Path folder;
  private final KeyStore store;

  TestCertificate(Path folder) throws IOException, InterruptedException, GeneralSecurityException {
    this.folder = folder;
    Path file = folder.resolve("test.p12");
    Process tool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "test",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "SAN=IP:127.0.0.1",
                "-keystore",
                file.toString(),
                "-storepass",
                PASSWORD)
            .inheritIO()
            .start();
    if (tool.waitFor() != 0) {
      throw new IOException("keytool ended with " + tool.exitValue());
    }
    store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD.toCharArray());
    }
    Key key = Objects.requireNonNull(store.getKey("test", PASSWORD.toCharArray()));
    write("key.pem", "PRIVATE KEY", Objects.requireNonNull(key.getEncoded()));
    write("certificate.pem", "CERTIFICATE", certificate().getEncoded());
  }

  private Certificate certificate() throws GeneralSecurityException {
    return Objects.requireNonNull(store.getCertificate("test"));
  }

  private void write(String name, String what, byte[] content) throws IOException {
    Files.writeString(
        folder.resolve(name),
        "-----BEGIN "
            + what
            + "-----\n"
            + Base64.getMimeEncoder().encodeToString(content)
            + "\n-----END "
            + what
            + "-----\n");
  }

  EdgeSettings.Tls onAnyPort() {
    return new EdgeSettings.Tls(
        new HostPort("127.0.0.1", 0), folder.resolve("certificate.pem"), folder.resolve("key.pem"));
  }

  /** For a client that trusts this certificate and no other. */
  SSLContext trusting() throws IOException, GeneralSecurityException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("test", certificate());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return context;
  }
}
