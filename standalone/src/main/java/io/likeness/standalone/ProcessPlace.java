package io.likeness.standalone;

import io.likeness.node.cluster.Role;
import io.likeness.node.config.HostPort;
import java.nio.file.Path;

/**
 * Where one process of a role stands.
 *
 * @param name of the node, and of its files
 * @param zone empty where there are none
 * @param cluster where others find it as a member
 * @param http of a gateway: where it serves
 * @param shards of a shard node: its folder
 */
public record ProcessPlace(
    Role role,
    String name,
    String zone,
    HostPort cluster,
    HostPort grpc,
    HostPort management,
    HostPort http,
    Path shards) {}
