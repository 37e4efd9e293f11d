package io.likeness.gateway.alibaba;

import com.google.protobuf.ByteString;
import java.util.Optional;

/**
 * Files that clients put down just before the call that uses them. Kept for minutes and within a
 * bound: the oldest go first. Nothing else of the system depends on them.
 */
public interface Uploads {

  void put(String key, ByteString file);

  Optional<ByteString> find(String key);
}
