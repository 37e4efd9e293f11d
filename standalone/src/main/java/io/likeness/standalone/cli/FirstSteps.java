package io.likeness.standalone.cli;

import java.nio.file.Path;
import java.util.List;

/** Three lines to paste that work from the folder {@code up} was started in. */
final class FirstSteps {

  private FirstSteps() {}

  static List<String> of(Path folder, boolean folderWasNamed) {
    Path here = Path.of("").toAbsolutePath();
    Path home = Path.of(System.getProperty("likeness.home", here.toString()));
    boolean atHome = here.equals(home);
    String likeness = atHome ? "./likeness" : quoted(home.resolve("likeness").toString());
    String examples =
        atHome ? "docs/examples/" : quoted(home.resolve("docs/examples").toString()) + "/";
    String data = folderWasNamed ? " --data " + quoted(folder.toString()) : "";
    return List.of(
        likeness + " instance create demo" + data,
        likeness + " add " + examples + "*.jpg --instance demo" + data,
        likeness + " search " + examples + "lighthouse.jpg --instance demo" + data);
  }

  private static String quoted(String path) {
    return path.matches("[A-Za-z0-9_./+@:-]+") ? path : "'" + path.replace("'", "'\\''") + "'";
  }
}
