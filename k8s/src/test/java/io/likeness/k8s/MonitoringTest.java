package io.likeness.k8s;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.openshift.api.model.monitoring.v1.PrometheusRule;
import io.likeness.ingest.intake.LaneKind;
import io.likeness.node.config.ConfigReader;
import io.likeness.node.kafka.Topics;
import io.likeness.node.process.Metrics;
import io.likeness.node.process.NodeConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Alerts, the dashboard and the scalers ask for figures that the roles really tell. */
class MonitoringTest {

  private static final Overlay PRODUCTION =
      Overlay.all().filter(each -> each.name().equals("production")).findFirst().orElseThrow();

  /** How a meter is made, and its name: the literals of the roles' sources. */
  private static final Pattern METER =
      Pattern.compile(
          "(timer|counter|gauge|summary|Timer\\.builder|Counter\\.builder|Gauge\\.builder|DistributionSummary\\.builder)"
              + "\\(\\s*(?:[a-z]+,\\s*)?\"(likeness\\.[a-z.]+)\"");

  /** A name kept in a constant, which only gauges are. */
  private static final Pattern CONSTANT =
      Pattern.compile("String [A-Z_]+ =\\s*\"(likeness\\.[a-z]+\\.[a-z.]+)\"");

  private static final Pattern NAME =
      Pattern.compile("\\b((?:likeness|jvm|process|system)_[a-z_]+)\\b");

  @Test
  void everyAlertAsksForWhatIsThere() {
    Set<String> told = told();
    List<String> alerts = new ArrayList<>();
    for (PrometheusRule rule : PRODUCTION.all(PrometheusRule.class)) {
      rule.getSpec().getGroups().stream()
          .flatMap(group -> group.getRules().stream())
          .forEach(
              alert -> {
                alerts.add(alert.getAlert());
                assertThat(told)
                    .as(alert.getAlert())
                    .containsAll(names(alert.getExpr().getStrVal()));
                assertThat(alert.getLabels()).containsKey("severity");
                assertThat(alert.getAnnotations()).containsKeys("summary", "description");
              });
    }
    assertThat(alerts).hasSizeGreaterThan(10).doesNotHaveDuplicates();
  }

  @Test
  void everyPanelAsksForWhatIsThere() throws IOException {
    ConfigMap map = PRODUCTION.find(ConfigMap.class, "likeness-dashboard").orElseThrow();
    JsonNode dashboard = new ObjectMapper().readTree(map.getData().get("likeness.json"));
    Set<String> told = told();

    assertThat(dashboard.get("panels")).hasSizeGreaterThan(10);
    for (JsonNode panel : dashboard.get("panels")) {
      for (JsonNode target : panel.get("targets")) {
        Set<String> names = names(target.get("expr").asText());
        assertThat(names).as(panel.get("title").asText()).isNotEmpty();
        assertThat(told).as(panel.get("title").asText()).containsAll(names);
      }
    }
  }

  @Test
  void theScalersAskForWhatIsThere() {
    for (ScaledObject scaled : PRODUCTION.all(ScaledObject.class)) {
      for (ScaledObject.Trigger trigger : scaled.spec().triggers()) {
        Map<String, String> of = trigger.metadata();
        switch (trigger.type()) {
          case "kafka" -> {
            assertThat(of)
                .containsEntry("topic", Topics.OPS)
                .containsEntry("consumerGroup", LaneKind.ADDS.group());
            String bootstrap = bootstrap();
            String namespace = PRODUCTION.documents().getFirst().at("/metadata/name").asText();
            assertThat(of.get("bootstrapServers"))
                .isEqualTo(bootstrap.replace(":", "." + namespace + ".svc:"));
          }
          case "prometheus" ->
              assertThat(told()).containsAll(names(of.getOrDefault("query", ""))).isNotEmpty();
          default -> assertThat(trigger.type()).isEqualTo("cpu");
        }
      }
    }
  }

  @Test
  void aFigureNobodyTellsIsFound() {
    assertThat(told())
        .doesNotContain("likeness_search_requests", "likeness_search_stage_seconds_total");
    assertThat(names("rate(likeness_made_up_total[5m]) / up"))
        .containsExactly("likeness_made_up_total");
  }

  private static String bootstrap() {
    Map<String, String> values =
        new HashMap<>(PRODUCTION.find(ConfigMap.class, "cluster-env").orElseThrow().getData());
    return NodeConfig.read(ConfigReader.environment(values), "any").kafka().bootstrap();
  }

  private static Set<String> names(String expression) {
    Set<String> names = new HashSet<>();
    Matcher matcher = NAME.matcher(expression);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  /** As Prometheus sees them. */
  private static Set<String> told() {
    Set<String> told = new HashSet<>();
    for (String role : List.of("node", "gateway", "ingest-worker", "shard-node", "coordinator")) {
      Path sources = Overlay.ROOT.resolve("..").resolve(role).resolve("src/main/java");
      try (Stream<Path> files = Files.walk(sources)) {
        for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
          Matcher constant = CONSTANT.matcher(Files.readString(file));
          while (constant.find()) {
            told.addAll(series("gauge", constant.group(1).replace('.', '_')));
          }
          Matcher matcher = METER.matcher(Files.readString(file));
          while (matcher.find()) {
            told.addAll(series(matcher.group(1), matcher.group(2).replace('.', '_')));
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    told.addAll(names(Metrics.create().scrape()));
    return told;
  }

  private static List<String> series(String maker, String name) {
    return switch (maker) {
      case "timer", "Timer.builder" ->
          List.of(
              name + "_seconds_bucket",
              name + "_seconds_sum",
              name + "_seconds_count",
              name + "_seconds_max");
      case "counter", "Counter.builder" -> List.of(name + "_total");
      case "gauge", "Gauge.builder" -> List.of(name);
      default -> List.of(name, name + "_sum", name + "_count", name + "_max");
    };
  }
}
