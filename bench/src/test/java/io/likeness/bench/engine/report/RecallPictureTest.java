package io.likeness.bench.engine.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.bench.engine.child.Timing;
import java.io.StringReader;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

final class RecallPictureTest {

  private static Curve.Point point(double recall, double mean) {
    return new Curve.Point((int) mean, recall, new Timing(mean, mean, mean, mean, mean, 0));
  }

  private static Document draw(Map<String, Curve> curves) throws Exception {
    String svg = RecallPicture.of("a < b & c", 10, curves);
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(svg)));
  }

  private static Map<String, Curve> two() {
    Map<String, Curve> curves = new LinkedHashMap<>();
    curves.put("fast", new Curve(List.of(point(0.9, 50), point(0.96, 100), point(0.999, 400))));
    curves.put("slow", new Curve(List.of(point(0.2, 10), point(1, 9_000))));
    return curves;
  }

  @Test
  void isWellFormedWithALineAndALegendForEach() throws Exception {
    Document picture = draw(two());

    assertThat(picture.getElementsByTagName("title").item(0).getTextContent())
        .isEqualTo("a < b & c");
    assertThat(texts(picture)).contains("fast", "slow", "recall@10", "1", "0.95");
    assertThat(picture.getElementsByTagName("g").getLength()).isEqualTo(2);
  }

  @Test
  void everythingDrawnLiesInside() throws Exception {
    NodeList lines = draw(two()).getElementsByTagName("line");
    for (int i = 0; i < lines.getLength(); i++) {
      Element line = (Element) lines.item(i);
      for (String x : List.of("x1", "x2")) {
        assertThat(Double.parseDouble(line.getAttribute(x))).isBetween(0.0, 860.0);
      }
      for (String y : List.of("y1", "y2")) {
        assertThat(Double.parseDouble(line.getAttribute(y))).isBetween(0.0, 520.0);
      }
    }
  }

  @Test
  void withoutAnythingToDrawTheAxesStand() throws Exception {
    Document picture = draw(Map.of("poor", new Curve(List.of(point(0.1, 50)))));

    assertThat(texts(picture)).contains("poor", "recall@10");
  }

  private static List<String> texts(Document picture) {
    NodeList nodes = picture.getElementsByTagName("text");
    return java.util.stream.IntStream.range(0, nodes.getLength())
        .mapToObj(i -> nodes.item(i).getTextContent())
        .toList();
  }
}
