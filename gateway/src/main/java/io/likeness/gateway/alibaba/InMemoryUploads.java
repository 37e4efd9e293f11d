package io.likeness.gateway.alibaba;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Ticker;
import com.google.protobuf.ByteString;
import java.time.Duration;
import java.util.Optional;

/** The uploads of one process. */
public final class InMemoryUploads implements Uploads {

  private static final int KEY_BYTES = 128;

  private final Cache<String, ByteString> files;

  public InMemoryUploads(long bytesMax, Duration keep, Ticker ticker) {
    this.files =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .<String, ByteString>weigher((key, file) -> KEY_BYTES + file.size())
            .expireAfterWrite(keep)
            .ticker(ticker)
            .build();
  }

  @Override
  public void put(String key, ByteString file) {
    files.put(key, file);
  }

  @Override
  public Optional<ByteString> find(String key) {
    return Optional.ofNullable(files.getIfPresent(key));
  }
}
