package io.likeness.features.fetch;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobApiMetadata;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.BlobStoreContext;

/** A real S3 server over a folder, which checks signatures. */
final class OwnObjects implements AutoCloseable {

  static final String BUCKET = "pictures-of-tests";
  static final String CLOSED_BUCKET = "secrets-of-tests";

  private final BlobStoreContext files;
  private final S3Proxy server;

  OwnObjects(Path folder) throws Exception {
    Files.createDirectories(folder);
    Properties where = new Properties();
    where.setProperty("jclouds.filesystem.basedir", folder.toString());
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
    for (String bucket : List.of(BUCKET, CLOSED_BUCKET)) {
      var unused = files.getBlobStore().createContainerInLocation(null, bucket);
    }
  }

  void put(String bucket, String key, byte[] content) {
    BlobStore store = files.getBlobStore();
    var unused =
        store.putBlob(
            bucket, store.blobBuilder(key).payload(content).contentLength(content.length).build());
  }

  ObjectStoreConfig config(String secret, String... buckets) {
    return new ObjectStoreConfig(
        List.of(buckets),
        Optional.of(URI.create("http://127.0.0.1:" + server.getPort())),
        Optional.empty(),
        Optional.of(new ObjectStoreConfig.Keys("test-access", secret)),
        true);
  }

  @Override
  public void close() throws Exception {
    server.stop();
    files.close();
  }
}
