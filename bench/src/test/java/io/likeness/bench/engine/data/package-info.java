@NullMarked
package io.likeness.bench.engine.data;

import org.jspecify.annotations.NullMarked;
