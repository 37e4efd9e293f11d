/** Tables and pictures. */
@org.jspecify.annotations.NullMarked
package io.likeness.bench.engine.report;
