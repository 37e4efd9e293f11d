@NullMarked
package io.likeness.bench.api;

import org.jspecify.annotations.NullMarked;
