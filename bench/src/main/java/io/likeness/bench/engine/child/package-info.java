/** One engine in a process of its own, and the parent's handle on it. */
@org.jspecify.annotations.NullMarked
package io.likeness.bench.engine.child;
