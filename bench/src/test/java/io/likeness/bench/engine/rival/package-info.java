@NullMarked
package io.likeness.bench.engine.rival;

import org.jspecify.annotations.NullMarked;
