package io.likeness.gateway.http;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The headers of a request as received; names compare without case, the order of one name's values
 * stays.
 */
public final class RequestHeaders {

  public static final RequestHeaders NONE = new Builder().build();

  private final Map<String, List<String>> values;

  private RequestHeaders(Map<String, List<String>> values) {
    this.values = values;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** The first value of this name. */
  public Optional<String> first(String name) {
    List<String> all = all(name);
    return all.isEmpty() ? Optional.empty() : Optional.of(all.getFirst());
  }

  /** All values of this name, in the order received. */
  public List<String> all(String name) {
    return values.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
  }

  /** Every name, in lower case. */
  public Set<String> names() {
    return values.keySet();
  }

  /** Collects headers in the order received. */
  public static final class Builder {

    private final Map<String, List<String>> values = new TreeMap<>();

    private Builder() {}

    public Builder add(String name, String value) {
      values.computeIfAbsent(name.toLowerCase(Locale.ROOT), any -> new ArrayList<>(1)).add(value);
      return this;
    }

    public RequestHeaders build() {
      Map<String, List<String>> copy = new TreeMap<>();
      values.forEach((name, all) -> copy.put(name, List.copyOf(all)));
      return new RequestHeaders(Collections.unmodifiableMap(copy));
    }
  }
}
