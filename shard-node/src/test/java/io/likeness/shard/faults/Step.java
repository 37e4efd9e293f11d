package io.likeness.shard.faults;

/**
 * A call that changed the disk, in terms of nodes (a file or folder, whatever its name is now), so
 * that writing to a file that was renamed meanwhile means what it meant.
 */
sealed interface Step {

  record MakeFile(int folder, String name, int node) implements Step {}

  record MakeFolder(int folder, String name, int node) implements Step {}

  record Write(int node, long position, byte[] bytes) implements Step {}

  record Truncate(int node, long size) implements Step {}

  /** fsync of a file, or of a folder: then of its entries. */
  record Sync(int node) implements Step {}

  record Rename(int folder, String from, String to) implements Step {}

  record Delete(int folder, String name) implements Step {}
}
