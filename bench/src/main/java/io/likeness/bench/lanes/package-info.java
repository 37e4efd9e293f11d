@NullMarked
package io.likeness.bench.lanes;

import org.jspecify.annotations.NullMarked;
