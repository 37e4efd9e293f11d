/** What happens to an engine whose rows change, played in its own process. */
@org.jspecify.annotations.NullMarked
package io.likeness.bench.engine.scene;
