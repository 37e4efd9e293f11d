package io.likeness.shard.index;

import com.google.protobuf.ByteString;
import io.likeness.proto.vector.Version;
import io.likeness.wire.Attributes;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.Numbers;
import io.likeness.wire.PutVector;
import io.likeness.wire.Rejection;
import io.likeness.wire.StoredImage;
import io.likeness.wire.StoredPicture;
import io.likeness.wire.Tags;
import io.likeness.wire.Text;
import io.likeness.wire.VectorRecord;
import java.util.Optional;
import java.util.function.BiPredicate;

/**
 * All a shard knows of one image, and the one rule by which it learns more.
 *
 * <p>Each fact is a register in which the greatest version wins: the newest put, the newest
 * removal, the newest rejection, and per group of attributes the newest put or patch that wrote it.
 * Registers of that kind commute and are idempotent, so any order of the same records, however
 * often repeated, ends in the same state; {@link #merge} is the only place where that is decided. A
 * state is kept in one canonical form, without what can never matter again (the picture of an image
 * that is gone, attributes written before its removal, a rejection older than a put), so that equal
 * knowledge is equal as a value.
 *
 * @param added newest put
 * @param removed newest removal; the image exists where {@code added} is after it
 * @param patched newest patch, whatever it changed
 * @param rejected newest rejection, {@link Version#NONE} where a put of its version or newer is
 *     known
 * @param picture of an image that exists
 */
public record ImageState(
    Version added,
    Version removed,
    Version patched,
    Version rejected,
    Rejection rejection,
    Stamped<Tags> tags,
    Stamped<Numbers> numbers,
    Stamped<Text> text,
    Optional<StoredPicture> picture) {

  /** A value and the version that wrote it. */
  public record Stamped<T>(Version at, T value) {

    Stamped<T> newer(Version version, T candidate) {
      return version.isAfter(at) ? new Stamped<>(version, candidate) : this;
    }

    Stamped<T> unless(Version forgotten, T empty) {
      return at.isAfter(forgotten) ? this : new Stamped<>(Version.NONE, empty);
    }
  }

  /** Of an image of which nothing is known. */
  public static final ImageState UNKNOWN =
      new ImageState(
          Version.NONE,
          Version.NONE,
          Version.NONE,
          Version.NONE,
          Rejection.getDefaultInstance(),
          new Stamped<>(Version.NONE, Tags.getDefaultInstance()),
          new Stamped<>(Version.NONE, Numbers.getDefaultInstance()),
          new Stamped<>(Version.NONE, Text.getDefaultInstance()),
          Optional.empty());

  /** Whether the image can be found. */
  public boolean exists() {
    return added.isAfter(removed);
  }

  /** Whether the event of this version, or one of this image that outdates it, has been seen. */
  public boolean hasSeen(Version version) {
    BiPredicate<Version, Version> reaches = (seen, wanted) -> seen.compareTo(wanted) >= 0;
    return reaches.test(added, version)
        || reaches.test(removed, version)
        || reaches.test(patched, version)
        || reaches.test(rejected, version);
  }

  /** The rule. The same object comes back where the record says nothing new. */
  public ImageState merge(VectorRecord change) {
    Version version = Version.of(change.getVersion());
    return switch (change.getStepCase()) {
      case PUT -> version.isAfter(added) ? put(version, change.getPut()) : this;
      case PATCH -> patch(version, change.getPatch().getAttributes());
      case REMOVE -> version.isAfter(removed) ? remove(version) : this;
      case REJECT ->
          version.isAfter(rejected) && version.isAfter(added)
              ? reject(version, change.getReject().getRejection())
              : this;
      case STEP_NOT_SET ->
          throw new IllegalArgumentException(
              "record of image " + change.getImageId() + ", version " + version + " has no step");
    };
  }

  private ImageState put(Version version, PutVector put) {
    Attributes given = put.getAttributes();
    StoredPicture.Builder newPicture =
        StoredPicture.newBuilder()
            .setModel(put.getModel())
            .setContentSha256(put.getContentSha256())
            .setWidth(put.getWidth())
            .setHeight(put.getHeight())
            .setVectorHash(hashOf(put.getVector()));
    if (put.hasFingerprint()) {
      newPicture.setFingerprint(put.getFingerprint());
    }
    if (put.hasSubject()) {
      newPicture.setSubject(put.getSubject());
    }
    return new ImageState(
            version,
            removed,
            patched,
            rejected,
            rejection,
            tags.newer(version, given.getTags()),
            numbers.newer(version, given.getNumbers()),
            text.newer(version, given.getText()),
            Optional.of(newPicture.build()))
        .canonical();
  }

  private ImageState patch(Version version, Attributes given) {
    ImageState patchedState =
        new ImageState(
                added,
                removed,
                version.isAfter(patched) ? version : patched,
                rejected,
                rejection,
                given.hasTags() ? tags.newer(version, given.getTags()) : tags,
                given.hasNumbers() ? numbers.newer(version, given.getNumbers()) : numbers,
                given.hasText() ? text.newer(version, given.getText()) : text,
                picture)
            .canonical();
    return patchedState.equals(this) ? this : patchedState;
  }

  private ImageState remove(Version version) {
    return new ImageState(
            added, version, patched, rejected, rejection, tags, numbers, text, picture)
        .canonical();
  }

  private ImageState reject(Version version, Rejection reason) {
    return new ImageState(added, removed, patched, version, reason, tags, numbers, text, picture);
  }

  private ImageState canonical() {
    boolean rejectionStands = rejected.isAfter(added);
    boolean alive = exists();
    return new ImageState(
        added,
        removed,
        patched,
        rejectionStands ? rejected : Version.NONE,
        rejectionStands ? rejection : Rejection.getDefaultInstance(),
        tags.unless(removed, Tags.getDefaultInstance()),
        numbers.unless(removed, Numbers.getDefaultInstance()),
        text.unless(removed, Text.getDefaultInstance()),
        alive ? picture : Optional.empty());
  }

  /** What the image carries now; empty of one that does not exist. */
  public Attributes attributes() {
    if (!exists()) {
      return Attributes.getDefaultInstance();
    }
    return Attributes.newBuilder()
        .setTags(tags.value())
        .setNumbers(numbers.value())
        .setText(text.value())
        .build();
  }

  /** What a caller is told of it. */
  public ImageInfo.Builder describe(String imageId) {
    ImageInfo.Builder info = ImageInfo.newBuilder().setImageId(imageId).setExists(exists());
    if (added.isAfter(Version.NONE)) {
      info.setAdded(added.toWire());
    }
    if (removed.isAfter(Version.NONE)) {
      info.setRemoved(removed.toWire());
    }
    if (patched.isAfter(Version.NONE)) {
      info.setUpdated(patched.toWire());
    }
    if (rejected.isAfter(Version.NONE)) {
      info.setRejected(rejected.toWire()).setRejection(rejection);
    }
    if (exists()) {
      info.setAttributes(attributes());
    }
    picture.ifPresent(
        shown -> {
          info.setContentSha256(shown.getContentSha256())
              .setModel(shown.getModel())
              .setWidth(shown.getWidth())
              .setHeight(shown.getHeight());
          if (shown.hasFingerprint()) {
            info.setFingerprint(shown.getFingerprint());
          }
          if (shown.hasSubject()) {
            info.setSubject(shown.getSubject());
          }
        });
    return info;
  }

  /** 64 bits that tell vectors apart: FNV-1a over the bytes, stirred at the end. */
  static long hashOf(ByteString vector) {
    long hash = 0xcbf29ce484222325L;
    for (ByteString.ByteIterator bytes = vector.iterator(); bytes.hasNext(); ) {
      hash = (hash ^ (bytes.nextByte() & 0xff)) * 0x100000001b3L;
    }
    return Hashes.stir(hash);
  }

  // ---- The stored form ----

  StoredImage toStored(int vid) {
    StoredImage.Builder stored =
        StoredImage.newBuilder()
            .setAdded(added.toWire())
            .setRemoved(removed.toWire())
            .setPatched(patched.toWire())
            .setRejected(rejected.toWire())
            .setRejection(rejection)
            .setTagsAt(tags.at().toWire())
            .setNumbersAt(numbers.at().toWire())
            .setTextAt(text.at().toWire())
            .setAttributes(
                Attributes.newBuilder()
                    .setTags(tags.value())
                    .setNumbers(numbers.value())
                    .setText(text.value()))
            .setVid(vid);
    picture.ifPresent(stored::setPicture);
    return stored.build();
  }

  static ImageState of(StoredImage stored) {
    Attributes attributes = stored.getAttributes();
    return new ImageState(
        Version.of(stored.getAdded()),
        Version.of(stored.getRemoved()),
        Version.of(stored.getPatched()),
        Version.of(stored.getRejected()),
        stored.getRejection(),
        new Stamped<>(Version.of(stored.getTagsAt()), attributes.getTags()),
        new Stamped<>(Version.of(stored.getNumbersAt()), attributes.getNumbers()),
        new Stamped<>(Version.of(stored.getTextAt()), attributes.getText()),
        stored.hasPicture() ? Optional.of(stored.getPicture()) : Optional.empty());
  }
}
