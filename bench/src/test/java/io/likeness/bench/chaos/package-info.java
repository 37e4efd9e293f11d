/** A cluster is hurt while it works, and what it promised is checked. */
@NullMarked
package io.likeness.bench.chaos;

import org.jspecify.annotations.NullMarked;
