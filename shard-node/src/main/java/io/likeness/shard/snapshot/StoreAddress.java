package io.likeness.shard.snapshot;

import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a store is: the path of a folder, or {@code s3://BUCKET/PREFIX?endpoint=URL&region=REGION},
 * both parameters optional.
 */
public final class StoreAddress {

  private static final String S3 = "s3://";

  private final String text;
  private final Optional<Path> folder;
  private final String bucket;
  private final String prefix;
  private final Optional<URI> endpoint;
  private final Optional<String> region;

  private StoreAddress(
      String text,
      Optional<Path> folder,
      String bucket,
      String prefix,
      Optional<URI> endpoint,
      Optional<String> region) {
    this.text = text;
    this.folder = folder;
    this.bucket = bucket;
    this.prefix = prefix;
    this.endpoint = endpoint;
    this.region = region;
  }

  /**
   * @throws IllegalArgumentException where it is neither, and why
   */
  public static StoreAddress parse(String text) {
    if (text.isBlank()) {
      throw new IllegalArgumentException("the address of the snapshot store is empty");
    }
    if (!text.startsWith(S3)) {
      if (text.contains("://")) {
        throw new IllegalArgumentException(
            "\"" + text + "\" is neither a folder nor s3://BUCKET/PREFIX");
      }
      return new StoreAddress(
          text, Optional.of(Path.of(text)), "", "", Optional.empty(), Optional.empty());
    }
    int question = text.indexOf('?');
    String place = question < 0 ? text : text.substring(0, question);
    Map<String, String> parameters =
        question < 0 ? new TreeMap<>() : parameters(text, text.substring(question + 1));
    String[] parts = place.substring(S3.length()).split("/", 2);
    if (!parts[0].matches("[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")) {
      throw new IllegalArgumentException(
          "\"" + parts[0] + "\" in \"" + text + "\" is no name of a bucket");
    }
    String prefix = parts.length < 2 ? "" : parts[1].replaceAll("^/+|/+$", "");
    Optional<URI> endpoint =
        Optional.ofNullable(parameters.remove("endpoint")).map(each -> endpoint(text, each));
    Optional<String> region = Optional.ofNullable(parameters.remove("region"));
    if (!parameters.isEmpty()) {
      throw new IllegalArgumentException(
          "\"%s\" has parameters %s, known are endpoint and region"
              .formatted(text, parameters.keySet()));
    }
    return new StoreAddress(
        text, Optional.empty(), parts[0], prefix.isEmpty() ? "" : prefix + "/", endpoint, region);
  }

  private static Map<String, String> parameters(String text, String query) {
    Map<String, String> parameters = new TreeMap<>();
    for (String each : query.split("&", -1)) {
      int equals = each.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("\"" + text + "\" has no value for \"" + each + "\"");
      }
      parameters.put(
          each.substring(0, equals),
          URLDecoder.decode(each.substring(equals + 1), StandardCharsets.UTF_8));
    }
    return parameters;
  }

  private static URI endpoint(String text, String endpoint) {
    URI uri = URI.create(endpoint);
    boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!web || uri.getHost() == null) {
      throw new IllegalArgumentException(
          "endpoint \"" + endpoint + "\" in \"" + text + "\" is no URL such as http://host:9000");
    }
    return uri;
  }

  public SnapshotStore open() {
    return folder
        .<SnapshotStore>map(FolderStore::new)
        .orElseGet(() -> new S3Store(bucket, prefix, endpoint, region));
  }

  @Override
  public String toString() {
    return text;
  }
}
