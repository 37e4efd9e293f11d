/** What is searched: rows, queries, attributes, and the exact answers. */
@org.jspecify.annotations.NullMarked
package io.likeness.bench.engine.data;
