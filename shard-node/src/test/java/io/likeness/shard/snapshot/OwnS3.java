package io.likeness.shard.snapshot;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;

/** A real S3 server over a folder: it checks signatures, and keeps what it is given. */
final class OwnS3 implements AutoCloseable {

  static final String BUCKET = "snapshots-of-tests";
  private static final String ACCESS = "aws.accessKeyId";
  private static final String SECRET = "aws.secretAccessKey";

  private final BlobStoreContext files;
  private final S3Proxy server;

  OwnS3(Path folder) throws Exception {
    Files.createDirectories(folder);
    Properties where = new Properties();
    where.setProperty("jclouds.filesystem.basedir", folder.toString());
    // By its class: by name it would look through every cloud it knows.
    files =
        ContextBuilder.newBuilder(new FilesystemNio2BlobApiMetadata())
            .credentials("any", "any")
            .overrides(where)
            .build(BlobStoreContext.class);
    server =
        S3Proxy.builder()
            .blobStore(files.getBlobStore())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "test-access", "test-secret")
            .build();
    server.start();
    System.setProperty(ACCESS, "test-access");
    System.setProperty(SECRET, "test-secret");
    var unused = files.getBlobStore().createContainerInLocation(null, BUCKET);
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  S3Store store(String prefix) {
    return new S3Store(BUCKET, prefix, Optional.of(endpoint()), Optional.empty());
  }

  @Override
  public void close() throws Exception {
    System.clearProperty(ACCESS);
    System.clearProperty(SECRET);
    server.stop();
    files.close();
  }
}
