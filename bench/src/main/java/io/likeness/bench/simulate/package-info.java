@NullMarked
package io.likeness.bench.simulate;

import org.jspecify.annotations.NullMarked;
