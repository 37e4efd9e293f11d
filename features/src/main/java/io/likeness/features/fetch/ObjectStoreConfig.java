package io.likeness.features.fetch;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * A store that speaks S3's protocol, and what of it may be read. Whoever may add or search pictures
 * reads with the operator's credentials, so the buckets are named one by one.
 *
 * @param buckets that may be read; {@code *} stands for all the credentials can read
 * @param endpoint of a store that is not AWS
 * @param region the store signs for
 * @param keys absent: credentials come from where AWS's tools look for them
 * @param bucketInPath whether a bucket is asked for as {@code endpoint/bucket} rather than {@code
 *     bucket.endpoint}
 */
public record ObjectStoreConfig(
    List<String> buckets,
    Optional<URI> endpoint,
    Optional<String> region,
    Optional<Keys> keys,
    boolean bucketInPath) {

  public static final String ALL_BUCKETS = "*";

  /** An access key; the secret is never shown. */
  public record Keys(String access, String secret) {

    @Override
    public String toString() {
      return "Keys[" + access + "]";
    }
  }

  public ObjectStoreConfig {
    buckets = List.copyOf(buckets);
    for (String bucket : buckets) {
      if (!bucket.equals(ALL_BUCKETS) && !ObjectAddress.isBucket(bucket)) {
        throw new IllegalArgumentException(
            "\"" + bucket + "\" is no bucket: 3 to 63 of lower-case letters, digits, dots, dashes");
      }
    }
    endpoint.ifPresent(ObjectStoreConfig::check);
  }

  private static void check(URI endpoint) {
    boolean web = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
    if (!web || endpoint.getHost() == null) {
      throw new IllegalArgumentException(
          "\"" + endpoint + "\" is no endpoint such as https://obs.eu-west-101.example.com");
    }
  }

  boolean allows(String bucket) {
    return buckets.contains(ALL_BUCKETS) || buckets.contains(bucket);
  }

  /**
   * As configuration says it; empty where no bucket is named, for then the store is closed.
   *
   * @throws IllegalArgumentException where a part of it makes no sense
   */
  public static Optional<ObjectStoreConfig> of(
      List<String> buckets,
      String endpoint,
      String region,
      String accessKey,
      String secretKey,
      boolean bucketInPath) {
    if (buckets.isEmpty()) {
      return Optional.empty();
    }
    if (accessKey.isBlank() != secretKey.isBlank()) {
      throw new IllegalArgumentException("of access key and secret key one is missing");
    }
    return Optional.of(
        new ObjectStoreConfig(
            buckets,
            endpoint.isBlank() ? Optional.empty() : Optional.of(URI.create(endpoint)),
            region.isBlank() ? Optional.empty() : Optional.of(region),
            accessKey.isBlank() ? Optional.empty() : Optional.of(new Keys(accessKey, secretKey)),
            bucketInPath));
  }
}
