/** Asking for more than a system can give. */
@NullMarked
package io.likeness.bench.overload;

import org.jspecify.annotations.NullMarked;
