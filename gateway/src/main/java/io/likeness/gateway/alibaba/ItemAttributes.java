package io.likeness.gateway.alibaba;

import io.likeness.wire.Attributes;
import io.likeness.wire.InstanceRecord;
import io.likeness.wire.Numbers;
import io.likeness.wire.Tags;
import io.likeness.wire.Text;
import java.util.Map;
import java.util.Optional;

/** The attributes of a call, as the library keeps them: integers as numbers, strings as tags. */
final class ItemAttributes {

  static final int CUSTOM_CHARS_MAX = 4096;
  static final int STRING_CHARS_MAX = 128;

  private ItemAttributes() {}

  /** Of a new image: what is not given is not set. */
  static Attributes read(Arguments arguments, InstanceRecord instance, String productId)
      throws RpcFault {
    Attributes.Builder attributes = merged(arguments, instance, Attributes.getDefaultInstance());
    if (instance.getTagsList().contains(Fields.PRODUCT)) {
      attributes.getTagsBuilder().putValues(Fields.PRODUCT, productId);
    }
    return attributes.build();
  }

  /**
   * What is given in place of what was; the rest stays. A string that is given empty is taken away.
   */
  static Attributes.Builder merged(Arguments arguments, InstanceRecord instance, Attributes before)
      throws RpcFault {
    Numbers.Builder numbers = before.getNumbers().toBuilder();
    for (Map.Entry<String, String> field : Fields.INTEGERS.entrySet()) {
      String name = field.getKey();
      Optional<Integer> value = arguments.integer(name, "Invalid" + name);
      if (value.isPresent()) {
        checkDeclared(instance.getNumberTagsList().contains(field.getValue()), name, field);
        numbers.putValues(field.getValue(), value.get());
      }
    }
    Tags.Builder tags = before.getTags().toBuilder();
    for (Map.Entry<String, String> field : Fields.STRINGS.entrySet()) {
      String name = field.getKey();
      Optional<String> value = arguments.text(name, STRING_CHARS_MAX, "Invalid" + name);
      if (value.isPresent()) {
        checkDeclared(instance.getTagsList().contains(field.getValue()), name, field);
        tags.putValues(field.getValue(), value.get());
      } else if (arguments.isGiven(name)) {
        tags.removeValues(field.getValue());
      }
    }
    Text.Builder text = before.getText().toBuilder();
    if (arguments.isGiven("CustomContent")) {
      text.setDescription(
          arguments.text("CustomContent", CUSTOM_CHARS_MAX, "InvalidCustomContent").orElse(""));
    }
    return Attributes.newBuilder().setNumbers(numbers).setTags(tags).setText(text);
  }

  private static void checkDeclared(boolean declared, String name, Map.Entry<String, String> field)
      throws RpcFault {
    if (!declared) {
      throw RpcFault.of(
          "Invalid" + name,
          "the instance does not declare " + field.getValue() + ", so no image of it has " + name);
    }
  }
}
