@NullMarked
package io.likeness.bench.quality;

import org.jspecify.annotations.NullMarked;
