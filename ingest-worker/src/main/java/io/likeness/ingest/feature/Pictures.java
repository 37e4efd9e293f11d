package io.likeness.ingest.feature;

import io.likeness.features.EmbedOutcome;
import io.likeness.features.Picture;
import io.likeness.features.Refused;
import io.likeness.ingest.intake.EventCheck;
import io.likeness.wire.RejectionKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Turns the pictures of a batch into vectors, so that one that breaks us does not take the rest
 * along.
 */
public final class Pictures {

  private static final Logger log = LoggerFactory.getLogger(Pictures.class);

  /** Makes vectors of pictures, answered in their order. */
  public interface Embedding {

    /** Name and version of the model, {@code name@version}; empty where it is not known here. */
    Optional<String> modelId(String name);

    boolean hasDetector(String name);

    List<EmbedOutcome> embedAll(List<Picture> pictures);
  }

  private final Embedding embedding;

  public Pictures(Embedding embedding) {
    this.embedding = embedding;
  }

  public Optional<String> modelId(String name) {
    return embedding.modelId(name);
  }

  public boolean hasDetector(String name) {
    return embedding.hasDetector(name);
  }

  /**
   * All together; where that throws, each once alone, and the one that throws again is refused: a
   * fault of ours must not stop the partition, and its picture is kept for when it is mended.
   */
  public List<EmbedOutcome> embed(List<Picture> pictures) {
    if (pictures.isEmpty()) {
      return List.of();
    }
    try {
      return embedding.embedAll(pictures);
    } catch (CancellationException e) {
      throw e;
    } catch (RuntimeException e) {
      log.warn("embedding {} pictures failed, each is tried alone", pictures.size(), e);
    }
    List<EmbedOutcome> outcomes = new ArrayList<>();
    for (Picture picture : pictures) {
      outcomes.add(embedAlone(picture));
    }
    return outcomes;
  }

  private EmbedOutcome embedAlone(Picture picture) {
    try {
      return embedding.embedAll(List.of(picture)).getFirst();
    } catch (CancellationException e) {
      throw e;
    } catch (RuntimeException e) {
      log.error("a picture of {} bytes could not be embedded", picture.content().size(), e);
      return new Refused(
          EventCheck.rejection(
              RejectionKind.BROKEN_PICTURE, "the picture could not be worked, unexpectedly: " + e));
    }
  }
}
