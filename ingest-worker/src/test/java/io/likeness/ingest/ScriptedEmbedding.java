package io.likeness.ingest;

import com.google.protobuf.ByteString;
import io.likeness.features.EmbedOutcome;
import io.likeness.features.Embedded;
import io.likeness.features.Picture;
import io.likeness.features.Refused;
import io.likeness.ingest.feature.Pictures;
import io.likeness.proto.vector.FeatureVector;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * Vectors without a model. Pictures whose text begins with {@code bad} are refused, {@code bomb}
 * throws, {@code slow} waits until the test lets it go.
 */
final class ScriptedEmbedding implements Pictures.Embedding {

  final List<Integer> batches = new ArrayList<>();
  final CountDownLatch slow = new CountDownLatch(1);
  final CountDownLatch waiting = new CountDownLatch(1);

  @Override
  public Optional<String> modelId(String name) {
    return name.equals("default") ? Optional.of("default@1") : Optional.empty();
  }

  /** What has been asked to find subjects, one entry a picture. */
  final List<String> detectors = Collections.synchronizedList(new ArrayList<>());

  @Override
  public boolean hasDetector(String name) {
    return name.equals("eyes");
  }

  @Override
  public List<EmbedOutcome> embedAll(List<Picture> pictures) {
    synchronized (batches) {
      batches.add(pictures.size());
    }
    return pictures.stream().map(this::embed).toList();
  }

  private EmbedOutcome embed(Picture picture) {
    if (picture.findSubject()) {
      detectors.add(picture.detector());
    }
    String text = picture.content().toStringUtf8();
    if (text.startsWith("bomb")) {
      throw new IllegalStateException("bomb");
    }
    if (text.startsWith("slow")) {
      waiting.countDown();
      try {
        slow.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new java.util.concurrent.CancellationException("interrupted");
      }
    }
    if (text.startsWith("bad")) {
      return new Refused(
          Rejection.newBuilder()
              .setKind(RejectionKind.UNSUPPORTED_FORMAT)
              .setDetail("no picture")
              .build());
    }
    return new Embedded(
        FeatureVector.normalised(new float[] {text.length(), 1, 0}),
        640,
        480,
        ByteString.copyFromUtf8("sha of " + text),
        text.length(),
        false,
        10,
        20,
        List.of());
  }
}
