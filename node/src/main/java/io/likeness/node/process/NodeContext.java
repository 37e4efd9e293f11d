package io.likeness.node.process;

import io.likeness.node.cluster.Assignments;
import io.likeness.node.cluster.Membership;
import io.likeness.node.kafka.KafkaSettings;
import io.likeness.node.meta.MetaStore;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Vertx;

/** What a role finds when it starts; the process owns all of it and closes it after the roles. */
public record NodeContext(
    String nodeName,
    Vertx vertx,
    MeterRegistry metrics,
    Health health,
    KafkaSettings kafka,
    Membership membership,
    MetaStore meta,
    Assignments assignments,
    GrpcEndpoint grpc) {}
