@NullMarked
package io.likeness.bench.crash;

import org.jspecify.annotations.NullMarked;
