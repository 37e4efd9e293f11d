package io.likeness.shard.index;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.FilterDirectory;

/**
 * A directory whose fsyncs wait until {@link #settle}. Lucene takes the moment of a commit and
 * makes its files durable in one call; a shard must hold its lock for the moment, and must not hold
 * it for the disk. So it prepares the commit under the lock, settles without it, and only then lets
 * Lucene rename the commit into place. Dying in between leaves the commit before.
 */
final class OwedSyncDirectory extends FilterDirectory {

  private final Set<String> owed = ConcurrentHashMap.newKeySet();

  private final FSDirectory disk;

  /**
   * @param in what Lucene shall see, over the disk
   * @param disk closed in its place: closing a cache would write out what nobody committed
   */
  OwedSyncDirectory(Directory in, FSDirectory disk) {
    super(in);
    this.disk = disk;
  }

  /** Lucene passes over a folder that cannot be synced; a commit nobody may count on is none. */
  @Override
  public void syncMetaData() throws IOException {
    Disk.syncFolder(disk.getDirectory());
  }

  @Override
  public void close() throws IOException {
    disk.close();
  }

  @Override
  public void sync(Collection<String> names) {
    owed.addAll(names);
  }

  @Override
  public void deleteFile(String name) throws IOException {
    owed.remove(name);
    super.deleteFile(name);
  }

  /** Makes durable what was asked for until now. */
  void settle() throws IOException {
    List<String> names = List.copyOf(owed);
    in.sync(names);
    syncMetaData();
    owed.removeAll(Set.copyOf(names));
  }
}
