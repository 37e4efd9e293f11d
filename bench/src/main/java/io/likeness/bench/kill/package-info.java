@NullMarked
package io.likeness.bench.kill;

import org.jspecify.annotations.NullMarked;
