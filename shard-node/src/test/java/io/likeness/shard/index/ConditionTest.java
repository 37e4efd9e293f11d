package io.likeness.shard.index;

import static io.likeness.shard.index.ShardScene.ANY;
import static io.likeness.shard.index.ShardScene.all;
import static io.likeness.shard.index.ShardScene.any;
import static io.likeness.shard.index.ShardScene.not;
import static io.likeness.shard.index.ShardScene.number;
import static io.likeness.shard.index.ShardScene.prefix;
import static io.likeness.shard.index.ShardScene.present;
import static io.likeness.shard.index.ShardScene.tag;
import static org.assertj.core.api.Assertions.assertThat;

import io.likeness.wire.Filter;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConditionTest {

  private static final Filter RED = tag("colour", "red");
  private static final Filter CHEAP = number("price", null, 9.5);
  private static final Filter SHOES = prefix("shoe-");

  private static void assertSame(Filter a, Filter b) {
    assertThat(Condition.of(a)).isEqualTo(Condition.of(b));
    assertThat(Condition.of(a).key()).isEqualTo(Condition.of(b).key());
  }

  @Test
  void isTheSameHoweverTheWishIsWritten() {
    assertSame(tag("colour", "red", "blue"), tag("colour", "blue", "red", "blue"));
    assertSame(all(RED, CHEAP), all(CHEAP, RED, RED));
    assertSame(all(RED, all(CHEAP, SHOES)), all(all(SHOES, RED), CHEAP));
    assertSame(any(RED, any(CHEAP, SHOES)), any(any(SHOES, RED), CHEAP));
    assertSame(all(RED), RED);
    assertSame(any(RED), RED);
    assertSame(all(RED, ANY, prefix("")), RED);
    assertSame(not(not(RED)), RED);
    assertSame(number("price", -0.0, null), number("price", 0.0, null));
    assertSame(not(all(RED, CHEAP)), not(all(CHEAP, RED)));
  }

  @Test
  void knowsWhatEverybodyAndWhatNobodyFulfils() {
    for (Filter everything : List.of(ANY, all(), prefix(""), any(RED, ANY), not(any()))) {
      assertThat(Condition.of(everything)).isInstanceOf(Condition.All.class);
    }
    for (Filter nothing :
        List.of(
            any(),
            tag("colour"),
            number("price", Double.NaN, null),
            number("price", 2.0, 1.0),
            all(RED, any()),
            not(ANY))) {
      assertThat(Condition.of(nothing)).isInstanceOf(Condition.Nothing.class);
    }
  }

  @Test
  void tellsDifferentWishesApart() {
    List<Filter> different =
        List.of(
            RED,
            not(RED),
            tag("colour", "re", "d"),
            tag("colou", "rred"),
            present("colour"),
            present("shop"),
            tag("colour", "red", "blue"),
            CHEAP,
            number("price", 9.5, null),
            number("prices", null, 9.5),
            SHOES,
            all(RED, CHEAP),
            any(RED, CHEAP),
            not(all(RED, CHEAP)),
            all(not(RED), CHEAP));
    Set<FilterKey> keys = new HashSet<>();
    different.forEach(filter -> keys.add(Condition.of(filter).key()));

    assertThat(keys).hasSameSizeAs(different);
  }
}
