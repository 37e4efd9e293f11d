package io.likeness.standalone;

import java.util.List;

/** Bytes as people read them. */
public final class Sizes {

  private Sizes() {}

  public static String of(long bytes) {
    long unit = 1;
    for (String name : List.of("B", "KiB", "MiB", "GiB")) {
      if (bytes < unit * 1024) {
        return bytes / unit + " " + name;
      }
      unit *= 1024;
    }
    return bytes / unit + " TiB";
  }
}
