package io.likeness.shard.index;

/**
 * A graph of one replica, as another one is told of it. Vector ids are given in the order of the
 * log, so the other one has the same rows under the same ids, unless its history was another;
 * whether it has, the checksum of the rows proves.
 *
 * @param generation by which its replica calls it
 * @param firstVid the first vid it has a row of
 * @param endVid the one after the last
 * @param rowsChecksum CRC-32C of the table of their blocks
 * @param bytes of the graph's file
 * @param checksum CRC-32C of the file
 */
public record GraphOffer(
    long generation,
    int firstVid,
    int endVid,
    int rows,
    int rowsChecksum,
    long bytes,
    int checksum) {}
