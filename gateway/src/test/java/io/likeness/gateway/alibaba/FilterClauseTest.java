package io.likeness.gateway.alibaba;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.likeness.gateway.InMemoryLibrary;
import io.likeness.wire.Attributes;
import io.likeness.wire.Filter;
import io.likeness.wire.Numbers;
import io.likeness.wire.Tags;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Section 8 of the contract: what clauses mean, and where they are wrong. */
class FilterClauseTest {

  private static final int CLAUSES = 10_000;
  private static final int MALFORMED = 1_000;
  private static final int IMAGES_EACH = 20;

  // ---- a grammar that writes clauses, and knows what they mean ----

  /** An image as the contract sees it: what was never set has a value all the same. */
  private record Image(int[] integers, String[] strings) {

    static Image random(Random random) {
      int[] integers = new int[4];
      String[] strings = new String[4];
      for (int i = 0; i < 4; i++) {
        integers[i] = random.nextInt(3) == 0 ? Integer.MAX_VALUE : integer(random);
        strings[i] = random.nextInt(3) == 0 ? "" : string(random);
      }
      return new Image(integers, strings);
    }

    /** As it is stored: what was never set is not there. */
    Attributes stored() {
      Numbers.Builder numbers = Numbers.newBuilder();
      Tags.Builder tags = Tags.newBuilder();
      for (int i = 0; i < 4; i++) {
        if (integers[i] != Integer.MAX_VALUE) {
          numbers.putValues("int_attr" + suffix(i), integers[i]);
        }
        if (!strings[i].isEmpty()) {
          tags.putValues("str_attr" + suffix(i), strings[i]);
        }
      }
      return Attributes.newBuilder().setNumbers(numbers).setTags(tags).build();
    }
  }

  private static String suffix(int i) {
    return i == 0 ? "" : Integer.toString(i + 1);
  }

  private static int integer(Random random) {
    return switch (random.nextInt(8)) {
      case 0 -> Integer.MIN_VALUE;
      case 1 -> Integer.MAX_VALUE;
      case 2 -> Integer.MAX_VALUE - 1;
      default -> random.nextInt(7) - 3;
    };
  }

  private static String string(Random random) {
    return List.of("a", "b", "", "AND", "(1)", "v 1, 中", "x'\\", "in").get(random.nextInt(8));
  }

  private interface Meaning {
    boolean holds(Image image);
  }

  /** A clause in the tokens it is written with, and what it means. */
  private record Clause(List<String> tokens, Meaning meaning) {}

  private static Clause clause(Random random, int depth) {
    if (depth == 0 || random.nextInt(4) == 0) {
      return random.nextBoolean() ? integerCondition(random) : stringCondition(random);
    }
    Clause left = clause(random, depth - 1);
    Clause right = clause(random, depth - 1);
    boolean and = random.nextBoolean();
    List<String> tokens = new ArrayList<>();
    tokens.addAll(inParentheses(left, random, and));
    tokens.add(word(and ? "AND" : "OR", random));
    tokens.addAll(inParentheses(right, random, and));
    return new Clause(
        tokens,
        and
            ? image -> left.meaning.holds(image) && right.meaning.holds(image)
            : image -> left.meaning.holds(image) || right.meaning.holds(image));
  }

  /** Where it needs them, and sometimes where not: AND binds tighter than OR. */
  private static List<String> inParentheses(Clause clause, Random random, boolean inAnd) {
    boolean needed = inAnd && hasBareOr(clause.tokens());
    if (!needed && random.nextInt(5) > 0) {
      return clause.tokens();
    }
    List<String> tokens = new ArrayList<>(List.of("("));
    tokens.addAll(clause.tokens());
    tokens.add(")");
    return tokens;
  }

  private static boolean hasBareOr(List<String> tokens) {
    int open = 0;
    for (String token : tokens) {
      open += token.equals("(") ? 1 : token.equals(")") ? -1 : 0;
      if (open == 0 && token.equalsIgnoreCase("or")) {
        return true;
      }
    }
    return false;
  }

  private static String word(String word, Random random) {
    return switch (random.nextInt(3)) {
      case 0 -> word;
      case 1 -> word.toLowerCase(Locale.ROOT);
      default -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT);
    };
  }

  private static String field(String kind, int i, Random random) {
    return kind + (random.nextBoolean() ? "_attr" : "Attr") + suffix(i);
  }

  private static Clause integerCondition(Random random) {
    int i = random.nextInt(4);
    String field = field("int", i, random);
    if (random.nextInt(3) == 0) {
      List<Integer> listed =
          random.ints(1 + random.nextInt(3)).mapToObj(n -> integer(random)).toList();
      return listed(
          field,
          listed.stream().map(String::valueOf).toList(),
          random,
          image -> listed.contains(image.integers()[i]));
    }
    int value = integer(random);
    String operator = List.of(">", ">=", "<", "<=", "=", "!=").get(random.nextInt(6));
    return new Clause(
        List.of(field, operator, Integer.toString(value)),
        image -> {
          int order = Integer.compare(image.integers()[i], value);
          return switch (operator) {
            case ">" -> order > 0;
            case ">=" -> order >= 0;
            case "<" -> order < 0;
            case "<=" -> order <= 0;
            case "=" -> order == 0;
            default -> order != 0;
          };
        });
  }

  private static Clause stringCondition(Random random) {
    int i = random.nextInt(4);
    String field = field("str", i, random);
    if (random.nextInt(3) == 0) {
      List<String> listed =
          random.ints(1 + random.nextInt(3)).mapToObj(n -> string(random)).toList();
      return listed(
          field,
          listed.stream().map(FilterClauseTest::quoted).toList(),
          random,
          image -> listed.contains(image.strings()[i]));
    }
    String value = string(random);
    boolean equal = random.nextBoolean();
    return new Clause(
        List.of(field, equal ? "=" : "!=", quoted(value)),
        image -> image.strings()[i].equals(value) == equal);
  }

  private static Clause listed(String field, List<String> values, Random random, Meaning in) {
    boolean not = random.nextBoolean();
    List<String> tokens = new ArrayList<>(List.of(field));
    if (not) {
      tokens.add(word("NOT", random));
    }
    tokens.addAll(List.of(word("IN", random), "("));
    for (int i = 0; i < values.size(); i++) {
      if (i > 0) {
        tokens.add(",");
      }
      tokens.add(values.get(i));
    }
    tokens.add(")");
    return new Clause(tokens, not ? image -> !in.holds(image) : in);
  }

  private static String quoted(String value) {
    return '"' + value + '"';
  }

  /** Blanks where they must be, and sometimes where they may. */
  private static String written(List<String> tokens, Random random) {
    StringBuilder text = new StringBuilder();
    String before = "(";
    for (String token : tokens) {
      boolean must = isWord(before.charAt(before.length() - 1)) && isWord(token.charAt(0));
      if (must || random.nextBoolean()) {
        text.append(random.nextInt(9) == 0 ? "\t " : " ");
      }
      text.append(token);
      before = token;
    }
    return text.toString();
  }

  private static boolean isWord(char c) {
    return Character.isLetterOrDigit(c) || c == '_';
  }

  // ---- the promises ----

  @Test
  void meansWhatAPlainReadingOfTheClauseMeans() throws FilterFault {
    Random random = new Random(14);
    int matches = 0;
    for (int n = 0; n < CLAUSES; n++) {
      Clause clause = clause(random, random.nextInt(5));
      String text = written(clause.tokens(), random);
      Filter filter = FilterClause.read(text);
      for (int i = 0; i < IMAGES_EACH; i++) {
        Image image = Image.random(random);
        boolean expected = clause.meaning().holds(image);
        matches += expected ? 1 : 0;
        assertThat(InMemoryLibrary.matches(filter, "p/1", image.stored()))
            .as("%s of %s", text, image.stored())
            .isEqualTo(expected);
      }
    }
    assertThat(matches)
        .as("neither all nor none")
        .isBetween(CLAUSES * IMAGES_EACH / 5, CLAUSES * IMAGES_EACH * 4 / 5);
  }

  @Test
  void saysWhereAMalformedClauseIsWrong() {
    Random random = new Random(15);
    int refused = 0;
    while (refused < MALFORMED) {
      List<String> tokens = new ArrayList<>(clause(random, random.nextInt(4)).tokens());
      damage(tokens, random);
      String text = written(tokens, random);
      assertThatThrownBy(() -> FilterClause.read(text))
          .as(text)
          .isInstanceOfSatisfying(
              FilterFault.class,
              fault -> {
                assertThat(fault.position()).isBetween(1, text.length() + 1);
                assertThat(fault).hasMessageStartingWith("at character " + fault.position() + ": ");
              });
      refused++;
    }
  }

  /** What no reading can make sense of. */
  private static void damage(List<String> tokens, Random random) {
    int at = random.nextInt(tokens.size());
    switch (random.nextInt(6)) {
      // Without its NOT, a list is still one; any other token is missed.
      case 0 -> {
        while (tokens.get(at).equalsIgnoreCase("not")) {
          at = random.nextInt(tokens.size());
        }
        tokens.remove(at);
      }
      case 1 -> tokens.add(at, List.of("#", ";", "'", "==", "`", "&", "|").get(random.nextInt(7)));
      case 2 ->
          tokens.add(List.of("AND", "OR", ")", "(", "str_attr", "\"a\"").get(random.nextInt(6)));
      case 3 -> tokens.set(tokens.size() - 1, "\"no end");
      case 4 -> tokens.addAll(0, List.of("int_attr5", "=", "1", "AND"));
      default -> tokens.addAll(0, List.of("int_attr", "=", "2147483648", "OR"));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          int_attr>                          | 10 | expected an integer, found the end
          int_attr= AND int_attr2=1          | 11 | expected an integer, found "AND int_attr2=1"
          int_attr=1 AND                     | 15 | expected an opening parenthesis, or a field
          int_attr=1 int_attr2=2             | 12 | expected AND, OR or the end, found "int_attr2=2"
          (int_attr=1                        | 12 | expected AND, OR or a closing parenthesis, found the end
          int_attr=1)                        | 11 | expected AND, OR or the end, found ")"
          price>3                            | 1  | or a field: int_attr to int_attr4
          str_attr>"a"                       | 9  | one of = != in, not in, for strings
          str_attr=a                         | 10 | expected a string in double quotes, found "a"
          str_attr="a                        | 10 | this string has no closing double quote
          int_attr="1"                       | 10 | expected an integer
          int_attr in 1                      | 13 | expected an opening parenthesis before the list
          int_attr in ()                     | 14 | expected an integer
          int_attr in (1 2)                  | 16 | expected a comma or a closing parenthesis
          int_attr not (1)                   | 14 | expected IN after NOT
          int_attr=2147483648                | 10 | at least -2147483648 and at most 2147483647
          int_attr=1.5                       | 11 | expected AND, OR or the end, found ".5"
          """)
  void saysWhatItExpectedAndWhatItFound(String clause, int position, String reason) {
    assertThatThrownBy(() -> FilterClause.read(clause))
        .isInstanceOfSatisfying(
            FilterFault.class,
            fault -> {
              assertThat(fault).hasMessageContaining(reason);
              assertThat(fault.position()).isEqualTo(position);
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "()", "(())", "AND", "not in (1)"})
  void refusesClausesThatSayNothing(String clause) {
    assertThatThrownBy(() -> FilterClause.read(clause)).isInstanceOf(FilterFault.class);
  }

  @Test
  void takesParenthesesThatChangeNothing() throws FilterFault {
    String plain = "int_attr=1 AND str_attr=\"a\"";

    assertThat(FilterClause.read("(".repeat(64) + plain + ")".repeat(64)))
        .isEqualTo(FilterClause.read(plain));
    assertThat(FilterClause.read("int_attr=1 AND (str_attr=\"a\" AND int_attr2=2)"))
        .isEqualTo(FilterClause.read("int_attr=1 AND str_attr=\"a\" AND int_attr2=2"));
  }

  @Test
  void refusesWhatIsLargerThanItsBounds() {
    String long4097 = "str_attr=\"" + "a".repeat(4097 - 11) + "\"";
    assertThat(long4097).hasSize(4097);
    refused(long4097, "4097 characters, at most 4096");
    refused("(".repeat(65) + "int_attr=1" + ")".repeat(65), "64 parentheses");
    refused("(".repeat(4096), "64 parentheses");
    refused(conditions(201), "200 conditions");
    refused("int_attr in (" + "1,".repeat(200) + "1)", "200 conditions");
    refused(alternating(17), "16 levels");
  }

  @Test
  void takesWhatIsAsLargeAsItsBounds() throws FilterFault {
    assertThat(FilterClause.read("str_attr=\"" + "a".repeat(4096 - 11) + "\"").hasTagIn()).isTrue();
    assertThat(FilterClause.read(conditions(200)).getAnyOf().getFiltersCount()).isEqualTo(200);
    assertThat(depth(FilterClause.read(alternating(16)))).isEqualTo(16);
  }

  private static void refused(String clause, String reason) {
    assertThatThrownBy(() -> FilterClause.read(clause)).hasMessageContaining(reason);
  }

  private static String conditions(int count) {
    return String.join(" OR ", Collections.nCopies(count, "int_attr=1"));
  }

  /** As many levels of the filter: lists in lists, a comparison inside. */
  private static String alternating(int levels) {
    String clause = "int_attr=1";
    for (int i = 1; i < levels; i++) {
      clause = "int_attr2=2 " + (i % 2 == 0 ? "AND" : "OR") + " (" + clause + ")";
    }
    return clause;
  }

  private static int depth(Filter filter) {
    List<Filter> inner =
        switch (filter.getKindCase()) {
          case ALL_OF -> filter.getAllOf().getFiltersList();
          case ANY_OF -> filter.getAnyOf().getFiltersList();
          case NONE_OF -> List.of(filter.getNoneOf());
          default -> List.of();
        };
    return 1 + inner.stream().mapToInt(FilterClauseTest::depth).max().orElse(0);
  }
}
