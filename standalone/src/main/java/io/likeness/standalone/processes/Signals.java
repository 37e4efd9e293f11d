package io.likeness.standalone.processes;

import io.likeness.standalone.CannotStart;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The signals Java itself cannot send. */
final class Signals {

  static final String STOP = "STOP";
  static final String CONTINUE = "CONT";

  private static final long SENT_MAX_SECONDS = 10;

  private Signals() {}

  /** Throws where the system has no such signals; a process that is gone hears nothing. */
  static void send(ProcessHandle process, String signal) {
    try {
      Process kill =
          new ProcessBuilder(
                  "/bin/sh",
                  "-c",
                  "kill -s \"$1\" \"$2\"",
                  "sh",
                  signal,
                  Long.toString(process.pid()))
              .redirectErrorStream(true)
              .start();
      if (!kill.waitFor(SENT_MAX_SECONDS, TimeUnit.SECONDS)) {
        kill.destroyForcibly();
      }
    } catch (IOException e) {
      throw new CannotStart("this system cannot send signal " + signal + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
