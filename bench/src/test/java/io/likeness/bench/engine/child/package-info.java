@NullMarked
package io.likeness.bench.engine.child;

import org.jspecify.annotations.NullMarked;
