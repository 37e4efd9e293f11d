package io.likeness.standalone.load;

import java.util.List;
import java.util.TreeSet;

/**
 * Everything a folder or a table asks to bring in.
 *
 * @param unusable entries that cannot be brought in, found before anything was sent
 * @param skipped files that are no pictures by their name
 */
public record ImportPlan(List<ImportItem> items, List<ImportFailure> unusable, int skipped) {

  public ImportPlan {
    items = List.copyOf(items);
    unusable = List.copyOf(unusable);
  }

  /** The keys of all tags, for an instance yet to be made. */
  public List<String> tagKeys() {
    TreeSet<String> keys = new TreeSet<>();
    items.forEach(item -> keys.addAll(item.tags().keySet()));
    return List.copyOf(keys);
  }
}
