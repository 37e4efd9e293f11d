package io.likeness.gateway.alibaba;

import io.likeness.proto.image.ImageIds;
import java.util.Optional;

/**
 * How an image is called here: by its product and its picture's name. In the library it is one id,
 * {@code <product>/<picture>}, with {@code %} and {@code /} of the product written {@code %25} and
 * {@code %2F}: so no two names meet, and a product's images are those that begin alike.
 */
record ImageName(String productId, String picName) {

  static final int CHARS_MAX = 256;

  static ImageName read(Arguments arguments) throws RpcFault {
    ImageName name =
        new ImageName(
            product(arguments),
            arguments.required("PicName", "NoSpecifiedPicName", CHARS_MAX, "InvalidPicName"));
    Optional<String> fault = ImageIds.fault(name.id());
    if (fault.isPresent()) {
      throw RpcFault.of("InvalidPicName", "ProductId and PicName together: " + fault.get());
    }
    return name;
  }

  static String product(Arguments arguments) throws RpcFault {
    String product =
        arguments.required("ProductId", "NoSpecifiedProductId", CHARS_MAX, "InvalidProductId");
    Optional<String> fault = ImageIds.fault(prefix(product));
    if (fault.isPresent()) {
      throw RpcFault.of("InvalidProductId", "ProductId: " + fault.get());
    }
    return product;
  }

  /** What the ids of a product's images begin with. */
  static String prefix(String productId) {
    return productId.replace("%", "%25").replace("/", "%2F") + "/";
  }

  String id() {
    return prefix(productId) + picName;
  }

  /** The name behind an id; an image that came by another API may have an id without a picture. */
  static ImageName of(String id) {
    int slash = id.indexOf('/');
    String product = slash < 0 ? id : id.substring(0, slash);
    return new ImageName(
        product.replace("%2F", "/").replace("%25", "%"), slash < 0 ? "" : id.substring(slash + 1));
  }
}
