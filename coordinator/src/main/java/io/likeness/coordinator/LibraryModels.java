package io.likeness.coordinator;

import io.likeness.features.DetectorManifest;
import io.likeness.features.EmbedOutcome;
import io.likeness.features.Embedder;
import io.likeness.features.ModelLibrary;
import io.likeness.features.ModelManifest;
import io.likeness.features.Picture;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;

/**
 * The models of a library. The embedder keeps vectors by the hash of their content, so a picture
 * that is searched for again, on the next page above all, is not computed again.
 */
final class LibraryModels implements Models {

  private final ModelLibrary library;
  private final Embedder embedder;

  /** Both stay the caller's. */
  LibraryModels(ModelLibrary library, Embedder embedder, MeterRegistry metrics) {
    this.library = library;
    this.embedder = embedder;
    FunctionCounter.builder("likeness.embeddings.computed", embedder, Embedder::embeddings)
        .tag("by", "coordinator")
        .register(metrics);
    FunctionCounter.builder("likeness.embeddings.reused", embedder, Embedder::cacheHits)
        .tag("by", "coordinator")
        .register(metrics);
    FunctionCounter.builder(
            "likeness.decoders.pictures", embedder, decoding -> decoding.decoding().pictures())
        .tag("by", "coordinator")
        .register(metrics);
    FunctionCounter.builder(
            "likeness.decoders.starts", embedder, decoding -> decoding.decoding().starts())
        .tag("by", "coordinator")
        .register(metrics);
    FunctionCounter.builder(
            "likeness.decoders.crashes", embedder, decoding -> decoding.decoding().crashes())
        .tag("by", "coordinator")
        .register(metrics);
    FunctionCounter.builder(
            "likeness.decoders.kills", embedder, decoding -> decoding.decoding().kills())
        .tag("by", "coordinator")
        .register(metrics);
    Gauge.builder("likeness.decoders", embedder, decoding -> decoding.decoding().children())
        .tag("by", "coordinator")
        .register(metrics);
  }

  @Override
  public Optional<ModelManifest> model(String name) {
    return library.has(name) ? Optional.of(library.model(name)) : Optional.empty();
  }

  @Override
  public List<ModelManifest> all() {
    return library.models();
  }

  @Override
  public String defaultName() {
    return library.defaultName();
  }

  @Override
  public List<DetectorManifest> detectors() {
    return library.detectors();
  }

  @Override
  public EmbedOutcome embed(Picture picture) {
    return embedder.embed(picture);
  }
}
