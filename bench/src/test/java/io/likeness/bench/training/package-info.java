@NullMarked
package io.likeness.bench.training;

import org.jspecify.annotations.NullMarked;
