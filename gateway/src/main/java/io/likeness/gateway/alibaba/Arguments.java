package io.likeness.gateway.alibaba;

import com.google.protobuf.ByteString;
import io.likeness.gateway.auth.Parameters;
import io.likeness.wire.Box;
import java.math.BigDecimal;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Arguments of a call by name and type, each with the code of its fault. What is there without a
 * value counts as absent, except where an empty value means something; clients send both.
 */
final class Arguments {

  private static final Pattern INTEGER = Pattern.compile("[+-]?[0-9]{1,10}");
  private static final Pattern REGION =
      Pattern.compile("([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9}),([0-9]{1,9})");
  private static final Pattern SHARE = Pattern.compile("[01](\\.[0-9]{1,2})?");

  private final Parameters parameters;

  Arguments(Parameters parameters) {
    this.parameters = parameters;
  }

  boolean isGiven(String name) {
    return parameters.bytes(name).isPresent();
  }

  /** The bytes of a value that is given and not empty. */
  Optional<ByteString> bytes(String name) {
    return parameters.bytes(name).filter(value -> !value.isEmpty());
  }

  Optional<String> text(String name) throws RpcFault {
    try {
      return parameters.text(name).filter(value -> !value.isEmpty());
    } catch (IllegalArgumentException e) {
      throw RpcFault.of("BadRequest", String.valueOf(e.getMessage()));
    }
  }

  Optional<String> text(String name, int charsMax, String code) throws RpcFault {
    Optional<String> text = text(name);
    if (text.isPresent() && text.get().codePointCount(0, text.get().length()) > charsMax) {
      throw RpcFault.of(
          code,
          name
              + " has "
              + text.get().codePointCount(0, text.get().length())
              + " characters, at most "
              + charsMax);
    }
    return text;
  }

  String required(String name, String missing, int charsMax, String invalid) throws RpcFault {
    return text(name, charsMax, invalid)
        .orElseThrow(() -> RpcFault.of(missing, name + " is missing or empty"));
  }

  Optional<Integer> integer(String name, String code) throws RpcFault {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (INTEGER.matcher(text.get()).matches()) {
        return Optional.of(Integer.parseInt(text.get()));
      }
    } catch (NumberFormatException e) {
      // Ten digits may be too many.
    }
    throw RpcFault.of(code, name + " is " + shown(text.get()) + ", not a 32-bit integer");
  }

  boolean flag(String name, boolean absent) throws RpcFault {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return absent;
    }
    return switch (text.get()) {
      case "true", "True", "TRUE" -> true;
      case "false", "False", "FALSE" -> false;
      default ->
          throw RpcFault.of(
              "BadRequest", name + " is " + shown(text.get()) + ", not true or false");
    };
  }

  /** A share with at most two decimals. */
  Optional<Double> share(String name) throws RpcFault {
    Optional<String> text = text(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    if (!SHARE.matcher(text.get()).matches()
        || new BigDecimal(text.get()).compareTo(BigDecimal.ONE) > 0) {
      throw RpcFault.of(
          "BadRequest",
          name + " is " + shown(text.get()) + ", not 0.00 to 1.00 with at most two decimals");
    }
    return Optional.of(Double.valueOf(text.get()));
  }

  /** {@code x1,x2,y1,y2}: both x first, then both y. */
  Optional<Box> region() throws RpcFault {
    Optional<String> text = text("Region");
    if (text.isEmpty()) {
      return Optional.empty();
    }
    Matcher matcher = REGION.matcher(text.get());
    if (matcher.matches()) {
      int x1 = Integer.parseInt(matcher.group(1));
      int x2 = Integer.parseInt(matcher.group(2));
      int y1 = Integer.parseInt(matcher.group(3));
      int y2 = Integer.parseInt(matcher.group(4));
      if (x1 < x2 && y1 < y2) {
        return Optional.of(
            Box.newBuilder().setX(x1).setY(y1).setWidth(x2 - x1).setHeight(y2 - y1).build());
      }
    }
    throw RpcFault.of(
        "InvalidRegion",
        "Region is " + shown(text.get()) + ", not x1,x2,y1,y2 with x1<x2 and y1<y2");
  }

  static String shown(String text) {
    return '"' + (text.length() <= 64 ? text : text.substring(0, 64) + "...") + '"';
  }
}
