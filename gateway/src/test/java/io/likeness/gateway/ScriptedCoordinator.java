package io.likeness.gateway;

import io.likeness.wire.CoordinatorGrpcService;
import io.likeness.wire.CountImagesAnswer;
import io.likeness.wire.CountImagesRequest;
import io.likeness.wire.Coverage;
import io.likeness.wire.DescribeClusterAnswer;
import io.likeness.wire.DescribeClusterRequest;
import io.likeness.wire.DescribeModelsAnswer;
import io.likeness.wire.DescribeModelsRequest;
import io.likeness.wire.GetImageRequest;
import io.likeness.wire.Hit;
import io.likeness.wire.ImageAnswer;
import io.likeness.wire.ImageCount;
import io.likeness.wire.ImageInfo;
import io.likeness.wire.ModelInfo;
import io.likeness.wire.NodeStatus;
import io.likeness.wire.Page;
import io.likeness.wire.Rejection;
import io.likeness.wire.RejectionKind;
import io.likeness.wire.SearchAnswer;
import io.likeness.wire.SearchRequest;
import io.vertx.core.Future;
import io.vertx.core.Promise;

/** A coordinator that has seen every write at once, unless it is told to be silent. */
final class ScriptedCoordinator extends CoordinatorGrpcService {

  volatile boolean silent;

  /** An image whose id ends so has been rejected. */
  static final String BROKEN = "broken";

  private <T> Future<T> answer(T answer) {
    return silent ? Promise.<T>promise().future() : Future.succeededFuture(answer);
  }

  @Override
  public Future<DescribeModelsAnswer> describeModels(DescribeModelsRequest request) {
    return Future.succeededFuture(
        DescribeModelsAnswer.newBuilder()
            .addModels(ModelInfo.newBuilder().setName("m").setDimensions(4).setIsDefault(true))
            .build());
  }

  @Override
  public Future<ImageAnswer> getImage(GetImageRequest request) {
    ImageInfo.Builder image =
        ImageInfo.newBuilder().setImageId(request.getImageId()).setApplied(true);
    if (request.getImageId().endsWith(BROKEN)) {
      image
          .setRejected(request.getVersion())
          .setRejection(
              Rejection.newBuilder()
                  .setKind(RejectionKind.BROKEN_PICTURE)
                  .setDetail("as the test wants it"));
    } else {
      image.setExists(true).setAdded(request.getVersion());
    }
    return answer(ImageAnswer.newBuilder().setImage(image).build());
  }

  @Override
  public Future<CountImagesAnswer> countImages(CountImagesRequest request) {
    return answer(
        CountImagesAnswer.newBuilder().setCount(ImageCount.newBuilder().setTotal(5)).build());
  }

  @Override
  public Future<SearchAnswer> search(SearchRequest request) {
    return answer(
        SearchAnswer.newBuilder()
            .setPage(
                Page.newBuilder()
                    .addHits(Hit.newBuilder().setImageId("a").setScore(0.75))
                    .setTotal(1)
                    .setCoverage(Coverage.newBuilder().setShardsAsked(1).setShardsAnswered(1)))
            .build());
  }

  @Override
  public Future<DescribeClusterAnswer> describeCluster(DescribeClusterRequest request) {
    return answer(
        DescribeClusterAnswer.newBuilder().addNodes(NodeStatus.newBuilder().setName("n")).build());
  }
}
