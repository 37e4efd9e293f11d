/** What a replica costs that takes over the graphs of another one. */
@org.jspecify.annotations.NullMarked
package io.likeness.bench.replicas;
