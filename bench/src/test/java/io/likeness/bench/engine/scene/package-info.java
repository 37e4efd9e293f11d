@NullMarked
package io.likeness.bench.engine.scene;

import org.jspecify.annotations.NullMarked;
