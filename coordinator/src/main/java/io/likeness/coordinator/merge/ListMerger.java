package io.likeness.coordinator.merge;

import io.likeness.proto.image.ImageIds;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ImageList;
import java.util.Comparator;
import java.util.List;

/** One page of an instance's images out of its shards' pages. */
public final class ListMerger {

  private static final Comparator<ImageInfo> BY_ID =
      Comparator.comparing(ImageInfo::getImageId, ImageIds.ORDER);

  private ListMerger() {}

  /**
   * The first {@code limit} by id; there is more where a shard has more or something is left over.
   */
  public static ImageList merge(List<ImageList> shards, int limit) {
    List<List<ImageInfo>> pages = shards.stream().map(ImageList::getImagesList).toList();
    List<ImageInfo> first = SortedLists.merge(pages, BY_ID, 0, limit);
    boolean more =
        shards.stream().anyMatch(ImageList::getMore)
            || pages.stream().mapToInt(List::size).sum() > first.size();
    return ImageList.newBuilder().addAllImages(first).setMore(more).build();
  }
}
