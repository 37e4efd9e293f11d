package io.likeness.features.fetch;

import com.google.protobuf.ByteString;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.io.IOException;
import java.time.Duration;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.ResponseTransformer;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * Pictures from an object store. The endpoint is the operator's word, so it is not guarded; what is
 * guarded are the buckets. Nothing is tried again here: who asks knows how long it pays.
 */
final class ObjectStore implements AutoCloseable {

  private static final Duration CONNECT_MAX = Duration.ofSeconds(5);
  private static final int COPY_BYTES = 16 << 10;

  private final ObjectStoreConfig config;
  private final long bytesMax;
  private final S3Client client;

  ObjectStore(ObjectStoreConfig config, long bytesMax, Duration deadline) {
    this.config = config;
    this.bytesMax = bytesMax;
    Duration connect = deadline.compareTo(CONNECT_MAX) < 0 ? deadline : CONNECT_MAX;
    S3ClientBuilder builder =
        S3Client.builder()
            .httpClientBuilder(
                UrlConnectionHttpClient.builder()
                    .connectionTimeout(connect)
                    .socketTimeout(deadline))
            .forcePathStyle(config.bucketInPath())
            .overrideConfiguration(
                override -> override.retryStrategy(AwsRetryStrategy.doNotRetry()))
            // Other stores do not all know the checksums of newer clients.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED);
    config.endpoint().ifPresent(builder::endpointOverride);
    config
        .region()
        .or(() -> config.endpoint().map(any -> "us-east-1"))
        .map(Region::of)
        .ifPresent(builder::region);
    config
        .keys()
        .map(keys -> AwsBasicCredentials.create(keys.access(), keys.secret()))
        .map(StaticCredentialsProvider::create)
        .ifPresent(builder::credentialsProvider);
    this.client = builder.build();
  }

  boolean allows(ObjectAddress address) {
    return config.allows(address.bucket());
  }

  /** Reads an object, at most the bytes and the time that are given. */
  FetchOutcome read(ObjectAddress address, Duration left) {
    try {
      return client.getObject(
          ask ->
              ask.bucket(address.bucket())
                  .key(address.key())
                  .overrideConfiguration(override -> override.apiCallTimeout(left)),
          bounded(address));
    } catch (ApiCallTimeoutException | ApiCallAttemptTimeoutException | AbortedException late) {
      return failed(
          "bucket %s did not answer within %d ms".formatted(address.bucket(), left.toMillis()),
          true);
    } catch (S3Exception answer) {
      int status = answer.statusCode();
      return switch (status) {
        case 404 -> failed("bucket %s has no such object".formatted(address.bucket()), false);
        case 401, 403 -> failed("bucket %s may not be read".formatted(address.bucket()), false);
        default ->
            failed(
                "bucket %s answered with status %d".formatted(address.bucket(), status),
                status == 408 || status == 429 || status >= 500);
      };
    } catch (SdkException broken) {
      return failed(
          "bucket %s cannot be read: %s"
              .formatted(address.bucket(), broken.getClass().getSimpleName()),
          true);
    }
  }

  private ResponseTransformer<GetObjectResponse, FetchOutcome> bounded(ObjectAddress address) {
    return (response, stream) -> {
      Long length = response.contentLength();
      if (length != null && length > bytesMax) {
        stream.abort();
        return tooLarge(address, length + " bytes");
      }
      return read(address, stream);
    };
  }

  private FetchOutcome read(ObjectAddress address, AbortableInputStream stream) throws IOException {
    ByteString.Output content = ByteString.newOutput();
    byte[] buffer = new byte[COPY_BYTES];
    for (int got = stream.read(buffer); got >= 0; got = stream.read(buffer)) {
      if (content.size() + (long) got > bytesMax) {
        stream.abort();
        return tooLarge(address, "longer");
      }
      content.write(buffer, 0, got);
    }
    return new Fetched(content.toByteString());
  }

  private FetchOutcome tooLarge(ObjectAddress address, String size) {
    return new FetchRefused(
        rejection(
            RejectionKind.PICTURE_TOO_LARGE,
            "the object in bucket %s is %s, at most %d bytes"
                .formatted(address.bucket(), size, bytesMax)));
  }

  private static FetchFailed failed(String detail, boolean retry) {
    return new FetchFailed(rejection(RejectionKind.FETCH_FAILED, detail), retry);
  }

  private static Rejection rejection(RejectionKind kind, String detail) {
    return Rejection.newBuilder().setKind(kind).setDetail(detail).build();
  }

  @Override
  public void close() {
    client.close();
  }
}
