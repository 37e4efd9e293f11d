package io.likeness.shard.snapshot;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.CompletedMultipartUpload;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.MetadataDirective;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.S3Exception;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A store in a bucket of S3, or of a server that speaks its protocol. Credentials come from where
 * AWS's tools look for them: the environment, a profile, the machine. What is stored is named by
 * its own hash and read against it, so the checksums newer clients add, which other servers do not
 * all know, are left out.
 */
final class S3Store implements SnapshotStore {

  private static final Logger log = LoggerFactory.getLogger(S3Store.class);

  /** Larger things go in parts, each of which can be tried again alone. */
  private static final long PART_BYTES = 64L << 20;

  /** What S3 copies in one call at most. */
  private static final long COPY_MAX = 5L << 30;

  private static final int PARTS_MAX = 10_000;
  private static final int NOT_FOUND = 404;
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration SILENCE = Duration.ofSeconds(60);

  private final S3Client client;
  private final String bucket;
  private final String prefix;

  /**
   * @param prefix of every name, empty or with a slash at its end
   * @param endpoint of a server that is not AWS; it is asked with the bucket in the path
   */
  S3Store(String bucket, String prefix, Optional<URI> endpoint, Optional<String> region) {
    this.bucket = bucket;
    this.prefix = prefix;
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder().connectionTimeout(CONNECT).socketTimeout(SILENCE))
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
    endpoint.ifPresent(uri -> builder.endpointOverride(uri).forcePathStyle(true));
    region.or(() -> endpoint.map(any -> "us-east-1")).map(Region::of).ifPresent(builder::region);
    this.client = builder.build();
  }

  @FunctionalInterface
  private interface Call<T> {
    T run() throws IOException;
  }

  private <T> T call(String what, String name, Call<T> call) throws IOException {
    try {
      return call.run();
    } catch (SdkException e) {
      throw new IOException(
          "%s %s%s in bucket %s failed: %s".formatted(what, prefix, name, bucket, e.getMessage()),
          e);
    }
  }

  private static boolean isMissing(SdkException e) {
    return e instanceof S3Exception answer && answer.statusCode() == NOT_FOUND;
  }

  @Override
  public boolean has(String name) throws IOException {
    return size(name).isPresent();
  }

  private Optional<Long> size(String name) throws IOException {
    return call(
        "looking at",
        name,
        () -> {
          try {
            return Optional.of(
                client.headObject(ask -> ask.bucket(bucket).key(prefix + name)).contentLength());
          } catch (S3Exception e) {
            if (isMissing(e)) {
              return Optional.empty();
            }
            throw e;
          }
        });
  }

  @Override
  public boolean refresh(String name) throws IOException {
    Optional<Long> size = size(name);
    if (size.isEmpty() || size.get() > COPY_MAX) {
      return false;
    }
    String key = prefix + name;
    return call(
        "refreshing",
        name,
        () -> {
          try {
            client.copyObject(
                ask ->
                    ask.sourceBucket(bucket)
                        .sourceKey(key)
                        .destinationBucket(bucket)
                        .destinationKey(key)
                        .metadataDirective(MetadataDirective.REPLACE));
            return true;
          } catch (S3Exception e) {
            if (isMissing(e)) {
              return false;
            }
            throw e;
          }
        });
  }

  @Override
  public void put(String name, Content content) throws IOException {
    call(
        "writing",
        name,
        () -> {
          if (content.bytes() <= PART_BYTES) {
            return client.putObject(
                ask -> ask.bucket(bucket).key(prefix + name), body(content, 0, content.bytes()));
          }
          putInParts(prefix + name, content);
          return true;
        });
  }

  private static RequestBody body(Content content, long from, long bytes) {
    ContentStreamProvider stream =
        ContentStreamProvider.fromInputStreamSupplier(
            () -> {
              try {
                return new Limited(content.open(from), bytes);
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    return RequestBody.fromContentProvider(stream, bytes, "application/octet-stream");
  }

  private void putInParts(String key, Content content) {
    long partBytes = Math.max(PART_BYTES, (content.bytes() + PARTS_MAX - 1) / PARTS_MAX);
    String upload = client.createMultipartUpload(ask -> ask.bucket(bucket).key(key)).uploadId();
    boolean done = false;
    try {
      List<CompletedPart> parts = new ArrayList<>();
      for (long at = 0; at < content.bytes(); at += partBytes) {
        int number = parts.size() + 1;
        long bytes = Math.min(partBytes, content.bytes() - at);
        String tag =
            client
                .uploadPart(
                    ask -> ask.bucket(bucket).key(key).uploadId(upload).partNumber(number),
                    body(content, at, bytes))
                .eTag();
        parts.add(CompletedPart.builder().partNumber(number).eTag(tag).build());
      }
      client.completeMultipartUpload(
          ask ->
              ask.bucket(bucket)
                  .key(key)
                  .uploadId(upload)
                  .multipartUpload(CompletedMultipartUpload.builder().parts(parts).build()));
      done = true;
    } finally {
      if (!done) {
        abort(key, upload);
      }
    }
  }

  private void abort(String key, String upload) {
    try {
      client.abortMultipartUpload(ask -> ask.bucket(bucket).key(key).uploadId(upload));
    } catch (SdkException e) {
      // Nobody sees it; cleaning takes it away later.
      log.warn("the upload of {} was given up and stays unfinished: {}", key, e.getMessage());
    }
  }

  @Override
  public InputStream get(String name) throws IOException {
    return call(
        "reading", name, () -> client.getObject(ask -> ask.bucket(bucket).key(prefix + name)));
  }

  @Override
  public List<Stored> list(String start) throws IOException {
    return call(
        "listing",
        start,
        () -> {
          List<Stored> found = new ArrayList<>();
          for (S3Object each :
              client
                  .listObjectsV2Paginator(ask -> ask.bucket(bucket).prefix(prefix + start))
                  .contents()) {
            found.add(
                new Stored(
                    each.key().substring(prefix.length()), each.size(), each.lastModified()));
          }
          return found;
        });
  }

  @Override
  public void delete(String name) throws IOException {
    call("deleting", name, () -> client.deleteObject(ask -> ask.bucket(bucket).key(prefix + name)));
  }

  @Override
  public void clean(Instant before) throws IOException {
    call(
        "cleaning",
        "",
        () -> {
          for (MultipartUpload upload :
              client.listMultipartUploads(ask -> ask.bucket(bucket).prefix(prefix)).uploads()) {
            if (upload.initiated().isBefore(before)) {
              abort(upload.key(), upload.uploadId());
            }
          }
          return true;
        });
  }

  @Override
  public void close() {
    client.close();
  }

  @Override
  public String toString() {
    return "s3://" + bucket + "/" + prefix;
  }
}
