package io.likeness.gateway.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.likeness.gateway.json.JsonBody;
import io.likeness.proto.vector.Version;
import io.likeness.wire.ImageInfo;
import java.util.HexFormat;
import java.util.Optional;

/** What is known of one image, in JSON. */
final class ImageJson {

  private ImageJson() {}

  /** With a token, {@code status} is that of the one write the token stands for. */
  static ObjectNode status(String imageId, ImageInfo image, Optional<Version> token) {
    ObjectNode json = JsonBody.MAPPER.createObjectNode();
    json.put("id", imageId);
    Version added = version(image.hasAdded(), image);
    Version removed = image.hasRemoved() ? Version.of(image.getRemoved()) : Version.NONE;
    Version rejected = image.hasRejected() ? Version.of(image.getRejected()) : Version.NONE;
    boolean latestRejected =
        token.isPresent() && image.getApplied()
            ? rejected.equals(token.get())
            : rejected.isAfter(added) && rejected.isAfter(removed) && !image.getExists();
    if (token.isPresent() && !image.getApplied()) {
      json.put("status", "accepted");
    } else if (latestRejected) {
      json.put("status", "rejected");
    } else {
      json.put("status", image.getExists() ? "visible" : "unknown");
    }
    if (rejected.isAfter(added) && rejected.isAfter(removed)) {
      json.putObject("reason")
          .put("kind", Refusals.pictureCode(image.getRejection().getKind()))
          .put("detail", image.getRejection().getDetail());
    }
    AttributesJson.write(json, image.getAttributes());
    json.put("content_sha256", HexFormat.of().formatHex(image.getContentSha256().toByteArray()))
        .put("model", image.getModel())
        .put("width", image.getWidth())
        .put("height", image.getHeight());
    if (image.hasSubject()) {
      var unused = PictureJson.write(json.putObject("subject"), image.getSubject());
    }
    if (image.hasFingerprint()) {
      json.put("fingerprint", HexFormat.of().toHexDigits(image.getFingerprint()));
    }
    Version latest = Version.NONE;
    Version updated = image.hasUpdated() ? Version.of(image.getUpdated()) : Version.NONE;
    for (Version each : new Version[] {added, removed, rejected, updated}) {
      latest = each.isAfter(latest) ? each : latest;
    }
    if (latest.equals(Version.NONE)) {
      json.putNull("token");
    } else {
      json.put("token", latest.toString());
    }
    return json;
  }

  private static Version version(boolean present, ImageInfo image) {
    return present ? Version.of(image.getAdded()) : Version.NONE;
  }
}
