package io.likeness.shard.index;

/** How a build shares the machine with those who wait for answers. */
public interface BuildPace {

  /** As fast as it goes. */
  BuildPace FULL = () -> {};

  /** Called every few milliseconds of work; may wait as long again. */
  void breathe();
}
