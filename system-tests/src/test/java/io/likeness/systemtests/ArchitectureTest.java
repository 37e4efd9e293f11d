package io.likeness.systemtests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Who may know whom: over imports, since these knot when unwatched. */
class ArchitectureTest {

  private static final List<String> ROLES = List.of("gateway", "ingest", "shard", "coordinator");

  private static final JavaClasses OURS =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(location -> !location.contains("/io/likeness/systemtests/"))
          .withImportOption(location -> !location.contains("-tests.jar"))
          // The bench's loops lie in the package whose innermost parts they measure.
          .withImportOption(location -> !location.contains("Loops"))
          .importPackages("io.likeness");

  @Test
  void seesTheClassesItSpeaksOf() {
    for (String part :
        List.of("proto", "wire", "node", "features", "gateway", "ingest", "shard", "coordinator")) {
      assertThat(OURS.stream().filter(c -> c.getPackageName().startsWith("io.likeness." + part)))
          .as("classes of " + part)
          .isNotEmpty();
    }
  }

  @Test
  void rolesNeverImportEachOther() {
    for (String role : ROLES) {
      String[] others =
          ROLES.stream()
              .filter(other -> !other.equals(role))
              .map(other -> "io.likeness." + other + "..")
              .toArray(String[]::new);
      noClasses()
          .that()
          .resideInAPackage("io.likeness." + role + "..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(others)
          .because("roles meet on a topic or a socket")
          .check(OURS);
    }
  }

  @Test
  void nothingBelowKnowsTheWhole() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.likeness.standalone..", "io.likeness.bench..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.likeness.standalone..", "io.likeness.bench..")
        .check(OURS);
  }

  @Test
  void modulesKnowOnlyWhatTheyMay() {
    onlyKnows("proto");
    onlyKnows("node", "proto");
    onlyKnows("features", "proto", "node");
    noClasses()
        .that()
        .resideInAPackage("io.likeness.features..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.likeness.node.cluster..",
            "io.likeness.node.kafka..",
            "io.likeness.node.meta..",
            "io.likeness.node.process..")
        .because("of node, features knows how settings are read and nothing else")
        .check(OURS);
    onlyKnows("gateway", "proto", "node");
    onlyKnows("ingest", "proto", "node", "features");
    onlyKnows("shard", "proto", "node");
    onlyKnows("coordinator", "proto", "node", "features");
  }

  private static void onlyKnows(String part, String... known) {
    String[] unknown =
        List.of(
                "proto",
                "node",
                "features",
                "gateway",
                "ingest",
                "shard",
                "coordinator",
                "standalone",
                "bench")
            .stream()
            .filter(other -> !other.equals(part) && !List.of(known).contains(other))
            .map(other -> "io.likeness." + other + "..")
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage("io.likeness." + part + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(unknown)
        .because(part + " knows only " + List.of(known))
        .check(OURS);
  }

  @Test
  void foreignLibrariesStayInTheirPackages() {
    // The bench asks a pretrained network for more than a model gives.
    stays("ai.onnxruntime..", "io.likeness.features..", "io.likeness.bench.training..");
    String rivals = "io.likeness.bench.engine.rival..";
    stays("io.github.jbellis.jvector..", "io.likeness.shard.index..", rivals);
    stays("org.apache.lucene..", "io.likeness.shard.index..", rivals);
    stays("software.amazon..", "io.likeness.shard.snapshot..", "io.likeness.features.fetch..");
    stays(
        "com.hazelcast..",
        "io.likeness.node.cluster..",
        "io.likeness.gateway.membership..",
        "io.likeness.coordinator.membership..",
        "io.likeness.shard.membership..");
    stays(
        "org.apache.kafka..",
        "io.likeness.node.kafka..",
        "io.likeness.node.meta..",
        "io.likeness.node.cluster..",
        "io.likeness.gateway.publish..",
        "io.likeness.gateway.library..",
        "io.likeness.ingest.intake..",
        "io.likeness.ingest.publish..",
        "io.likeness.shard.intake..",
        "io.likeness.standalone..",
        "io.likeness.bench..");
    stays("info.picocli..", "io.likeness.standalone..", "io.likeness.bench..");
  }

  private static void stays(String library, String... where) {
    noClasses()
        .that()
        .resideInAPackage("io.likeness..")
        .and()
        .resideOutsideOfPackages(where)
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .because("it is known only to " + List.of(where))
        .check(OURS);
  }

  @Test
  void packagesOfAModuleFormNoCircle() {
    for (String part :
        List.of("proto", "node", "features", "gateway", "ingest", "shard", "coordinator")) {
      slices()
          .matching("io.likeness." + part + ".(*)..")
          .should()
          .beFreeOfCycles()
          .allowEmptyShould(true)
          .check(OURS);
    }
  }
}
