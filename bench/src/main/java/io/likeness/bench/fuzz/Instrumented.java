package io.likeness.bench.fuzz;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jacoco.core.instr.Instrumenter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Copies of the classes that decode, ours, TwelveMonkeys' and the JDK's, which tell {@link Probes}
 * what they do. They are made before a process starts and lie before the originals on its class
 * path, or patch its module: no agent, and no class loader that the readers' plug-in mechanism
 * would not know.
 *
 * @param classes to come first on the class path
 * @param desktop to patch the module {@code java.desktop} with
 * @param probes places in them that are watched
 */
record Instrumented(Path classes, Path desktop, int probes) {

  private static final List<String> OF_THE_CLASS_PATH =
      List.of("io/likeness/features/decode", "com/twelvemonkeys");

  private static final String OF_THE_JDK = "com/sun/imageio/plugins";

  /** Parts of the above that no file gets to: what writes, and what belongs to the pool. */
  private static final List<String> NOT =
      List.of("/pool/", "Writer", "package-info", "module-info");

  static Instrumented make(Path folder) throws IOException {
    Path classes = Files.createDirectories(folder.resolve("classes"));
    Path desktop = Files.createDirectories(folder.resolve("desktop"));
    Numbering numbering = new Numbering();
    Instrumenter instrumenter = new Instrumenter(numbering::generate);
    for (String place : classPath().split(File.pathSeparator, -1)) {
      Path path = Path.of(place);
      if (place.endsWith("-tests.jar") || place.endsWith("test-classes")) {
        continue;
      }
      if (Files.isDirectory(path)) {
        copy(instrumenter, path, OF_THE_CLASS_PATH, classes);
      } else if (place.endsWith(".jar") && Files.exists(path)) {
        try (FileSystem jar = FileSystems.newFileSystem(path)) {
          copy(instrumenter, jar.getPath("/"), OF_THE_CLASS_PATH, classes);
        }
      }
    }
    Path module = FileSystems.getFileSystem(URI.create("jrt:/")).getPath("modules/java.desktop");
    copy(instrumenter, module, List.of(OF_THE_JDK), desktop);
    return new Instrumented(classes, desktop, numbering.next);
  }

  static String classPath() {
    return System.getProperty("java.class.path");
  }

  private static void copy(Instrumenter instrumenter, Path root, List<String> below, Path to)
      throws IOException {
    for (String part : below) {
      if (!Files.isDirectory(root.resolve(part))) {
        continue;
      }
      List<Path> files;
      try (Stream<Path> found = Files.walk(root.resolve(part))) {
        files = found.filter(Files::isRegularFile).sorted().toList();
      }
      for (Path file : files) {
        String name = root.relativize(file).toString();
        Path copy = to.resolve(name);
        boolean wanted = name.endsWith(".class") && NOT.stream().noneMatch(name::contains);
        // The first on the class path is the one that counts.
        if (wanted && !Files.exists(copy)) {
          Files.createDirectories(copy.resolveSibling(""));
          try (InputStream original = Files.newInputStream(file)) {
            Files.write(copy, instrumenter.instrument(original, name));
          }
        }
      }
    }
  }

  /** Gives each class its probes, and the code to get them. */
  private static final class Numbering {

    private final Map<Long, Integer> firsts = new HashMap<>();
    private int next;

    int generate(long classId, String className, int count, MethodVisitor code) {
      Integer known = firsts.get(classId);
      int first = known == null ? next : known;
      if (known == null) {
        firsts.put(classId, first);
        next += count;
      }
      code.visitMethodInsn(
          Opcodes.INVOKESTATIC,
          "java/lang/System",
          "getProperties",
          "()Ljava/util/Properties;",
          false);
      code.visitLdcInsn(Probes.KEY);
      code.visitMethodInsn(
          Opcodes.INVOKEVIRTUAL,
          "java/util/Properties",
          "get",
          "(Ljava/lang/Object;)Ljava/lang/Object;",
          false);
      code.visitTypeInsn(Opcodes.CHECKCAST, "java/util/function/LongFunction");
      code.visitLdcInsn(Probes.ofClass(first, count));
      code.visitMethodInsn(
          Opcodes.INVOKEINTERFACE,
          "java/util/function/LongFunction",
          "apply",
          "(J)Ljava/lang/Object;",
          true);
      code.visitTypeInsn(Opcodes.CHECKCAST, "[Z");
      // A reference, and a number of two words.
      return 3;
    }
  }
}
