package io.likeness.shard.copy;

import com.google.protobuf.ByteString;
import io.likeness.node.config.HostPort;
import io.likeness.wire.DescribeGraphsAnswer;
import io.likeness.wire.DescribeGraphsRequest;
import io.likeness.wire.DescribeSlotsAnswer;
import io.likeness.wire.DescribeSlotsRequest;
import io.likeness.wire.EndCopyAnswer;
import io.likeness.wire.EndCopyRequest;
import io.likeness.wire.OpenCopyAnswer;
import io.likeness.wire.OpenCopyRequest;
import io.likeness.wire.ReadCopyAnswer;
import io.likeness.wire.ReadCopyRequest;
import io.likeness.wire.ReadGraphAnswer;
import io.likeness.wire.ReadGraphRequest;
import io.vertx.core.Future;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;

/** Replicas in the same process, over a line that can be cut and that can lie. */
final class NearReplicas implements Replicas {

  /** What the line does to an answer: changes it, or throws. */
  @FunctionalInterface
  interface Line {
    ByteString carry(ByteString content) throws IOException;
  }

  private final Map<HostPort, CopyDesk> desks = new HashMap<>();
  private final Map<HostPort, DescribeSlotsAnswer> states = new HashMap<>();
  private Line line = content -> content;
  private long carried;
  private int openCopies;

  void add(HostPort where, CopyDesk desk) {
    desks.put(where, desk);
  }

  void tells(HostPort where, DescribeSlotsAnswer state) {
    states.put(where, state);
  }

  void setLine(Line line) {
    this.line = line;
  }

  /** Bytes since the last call. */
  long carried() {
    long bytes = carried;
    carried = 0;
    return bytes;
  }

  int openCopies() {
    return openCopies;
  }

  private CopyDesk desk(HostPort where) throws IOException {
    CopyDesk desk = desks.get(where);
    if (desk == null) {
      throw new IOException("nobody listens at " + where);
    }
    return desk;
  }

  private static <T> Future<T> answer(Callable<T> work) {
    try {
      return Future.succeededFuture(work.call());
    } catch (Exception e) {
      return Future.failedFuture(e);
    }
  }

  @Override
  public Future<OpenCopyAnswer> open(HostPort where, OpenCopyRequest request) {
    return answer(
        () -> {
          OpenCopyAnswer opened = desk(where).open(request);
          openCopies += opened.hasCopy() ? 1 : 0;
          return opened;
        });
  }

  @Override
  public Future<ReadCopyAnswer> read(HostPort where, ReadCopyRequest request) {
    return answer(
        () -> {
          ReadCopyAnswer read = desk(where).read(request);
          if (read.hasRefusal()) {
            return read;
          }
          ByteString content = line.carry(read.getContent());
          carried += content.size();
          return ReadCopyAnswer.newBuilder().setContent(content).build();
        });
  }

  @Override
  public Future<EndCopyAnswer> end(HostPort where, EndCopyRequest request) {
    return answer(
        () -> {
          desk(where).end(request);
          openCopies--;
          return EndCopyAnswer.getDefaultInstance();
        });
  }

  @Override
  public Future<DescribeGraphsAnswer> graphs(HostPort where, DescribeGraphsRequest request) {
    return answer(() -> desk(where).graphs(request));
  }

  @Override
  public Future<ReadGraphAnswer> readGraph(HostPort where, ReadGraphRequest request) {
    return answer(
        () -> {
          ReadGraphAnswer read = desk(where).readGraph(request);
          if (read.hasRefusal()) {
            return read;
          }
          ByteString content = line.carry(read.getContent());
          carried += content.size();
          return ReadGraphAnswer.newBuilder().setContent(content).build();
        });
  }

  @Override
  public Future<DescribeSlotsAnswer> slots(HostPort where, DescribeSlotsRequest request) {
    return answer(
        () -> {
          DescribeSlotsAnswer state = states.get(where);
          if (state == null) {
            throw new IOException("nobody listens at " + where);
          }
          return state;
        });
  }
}
