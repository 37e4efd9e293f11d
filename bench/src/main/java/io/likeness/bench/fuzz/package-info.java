/** Looks for files that harm the decoders, guided by the branches of the decoders they take. */
@NullMarked
package io.likeness.bench.fuzz;

import org.jspecify.annotations.NullMarked;
