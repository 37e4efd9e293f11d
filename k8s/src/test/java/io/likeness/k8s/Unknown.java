package io.likeness.k8s;

import java.lang.reflect.Method;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds what the models of Kubernetes keep aside because they do not know it. */
final class Unknown {

  private static final String KEPT_ASIDE = "getAdditionalProperties";

  private Unknown() {}

  static void collect(@Nullable Object value, String at, List<String> found) {
    switch (value) {
      case null -> {}
      case Map<?, ?> map -> map.forEach((key, each) -> collect(each, at + "/" + key, found));
      case Collection<?> many -> {
        int i = 0;
        for (Object each : many) {
          collect(each, at + "/" + i++, found);
        }
      }
      default -> {
        if (value.getClass().isEnum() || !isModel(value)) {
          return;
        }
        for (Method method : value.getClass().getMethods()) {
          String name = method.getName();
          if (!name.startsWith("get")
              || name.length() == 3
              || method.getParameterCount() > 0
              || name.equals("getClass")) {
            continue;
          }
          Object part = call(method, value);
          if (!name.equals(KEPT_ASIDE)) {
            collect(
                part,
                at + "/" + name.substring(3, 4).toLowerCase(Locale.ROOT) + name.substring(4),
                found);
          } else if (part instanceof Map<?, ?> aside && !isFree(value)) {
            aside.keySet().forEach(key -> found.add(at + "/" + key));
          }
        }
      }
    }
  }

  private static boolean isModel(Object value) {
    String name = value.getClass().getName();
    return name.startsWith("io.fabric8.") || name.startsWith("io.strimzi.");
  }

  /** These hold one value and show it by other means. */
  private static boolean isFree(Object value) {
    return value.getClass().getSimpleName().equals("Quantity");
  }

  private static @Nullable Object call(Method method, Object value) {
    try {
      return method.invoke(value);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(method + " cannot be asked", e);
    }
  }
}
