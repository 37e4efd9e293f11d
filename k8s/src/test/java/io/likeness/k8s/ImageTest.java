package io.likeness.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ContainerPort;
import io.likeness.node.cluster.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The image is what the manifests run and what the launcher runs. */
class ImageTest {

  @Test
  void startsRolesWithTheFlagsOfTheLauncher() throws IOException {
    String launcher = Files.readString(Overlay.ROOT.resolve("../likeness"));
    String flags = launcher.substring(launcher.indexOf("JVM_FLAGS=("));
    flags = flags.substring(flags.indexOf('(') + 1, flags.indexOf(')'));

    assertThat(found("<flag>(.*)</flag>")).containsAll(List.of(flags.trim().split("\\s+")));
  }

  @Test
  void hasThePortsAndTheUserOfThePods() throws IOException {
    Set<String> ports = new HashSet<>();
    Overlay overlay = Overlay.all().findFirst().orElseThrow();
    for (Role role : Role.values()) {
      Overlay.Workload workload = overlay.workload(role.text());
      for (ContainerPort port : workload.container().getPorts()) {
        ports.add(port.getContainerPort().toString());
      }
      var user = workload.pods().getSpec().getSecurityContext();
      assertThat(found("<user>(.*)</user>"))
          .containsExactly(user.getRunAsUser() + ":" + user.getRunAsGroup());
      assertThat(found("<image.name>(.*)</image.name>"))
          .containsExactly(workload.container().getImage());
    }
    assertThat(found("<port>(\\d+)</port>")).isEqualTo(ports);
  }

  private static Set<String> found(String pattern) throws IOException {
    Set<String> all = new HashSet<>();
    Matcher matcher =
        Pattern.compile(pattern)
            .matcher(Files.readString(Overlay.ROOT.resolve("../standalone/pom.xml")));
    while (matcher.find()) {
      all.add(matcher.group(1));
    }
    return all;
  }
}
