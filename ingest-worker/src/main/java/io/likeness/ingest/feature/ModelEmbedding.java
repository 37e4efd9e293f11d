package io.likeness.ingest.feature;

import io.likeness.features.EmbedOutcome;
import io.likeness.features.Embedder;
import io.likeness.features.ModelLibrary;
import io.likeness.features.Picture;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;

/** Embedding with the models of a library. */
public final class ModelEmbedding implements Pictures.Embedding {

  private final ModelLibrary models;
  private final Embedder embedder;

  /** Both stay the caller's. */
  public ModelEmbedding(ModelLibrary models, Embedder embedder, MeterRegistry metrics) {
    this.models = models;
    this.embedder = embedder;
    FunctionCounter.builder("likeness.embeddings.computed", embedder, Embedder::embeddings)
        .tag("by", "ingest-worker")
        .register(metrics);
    FunctionCounter.builder("likeness.embeddings.reused", embedder, Embedder::cacheHits)
        .tag("by", "ingest-worker")
        .register(metrics);
    FunctionCounter.builder(
            "likeness.decoders.pictures", embedder, decoding -> decoding.decoding().pictures())
        .tag("by", "ingest-worker")
        .register(metrics);
    FunctionCounter.builder(
            "likeness.decoders.starts", embedder, decoding -> decoding.decoding().starts())
        .tag("by", "ingest-worker")
        .register(metrics);
    FunctionCounter.builder(
            "likeness.decoders.crashes", embedder, decoding -> decoding.decoding().crashes())
        .tag("by", "ingest-worker")
        .register(metrics);
    FunctionCounter.builder(
            "likeness.decoders.kills", embedder, decoding -> decoding.decoding().kills())
        .tag("by", "ingest-worker")
        .register(metrics);
    Gauge.builder("likeness.decoders", embedder, decoding -> decoding.decoding().children())
        .tag("by", "ingest-worker")
        .register(metrics);
  }

  @Override
  public Optional<String> modelId(String name) {
    return models.has(name) ? Optional.of(models.model(name).id()) : Optional.empty();
  }

  @Override
  public boolean hasDetector(String name) {
    return models.hasDetector(name);
  }

  @Override
  public List<EmbedOutcome> embedAll(List<Picture> pictures) {
    return embedder.embedAll(pictures);
  }
}
