package io.likeness.standalone.load;

import java.util.Map;
import java.util.TreeMap;

/**
 * One picture to bring in.
 *
 * @param location a file's path, or an http(s) address the service fetches itself
 * @param stamp tells one content of a file from another without reading it
 */
public record ImportItem(
    String id, String location, boolean isAddress, String stamp, Map<String, String> tags) {

  public ImportItem {
    tags = Map.copyOf(tags);
  }

  ImportItem withTags(Map<String, String> more) {
    Map<String, String> all = new TreeMap<>(more);
    all.putAll(tags);
    return new ImportItem(id, location, isAddress, stamp, all);
  }
}
