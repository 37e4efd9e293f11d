/** Tests of the search for harmful files. */
@NullMarked
package io.likeness.bench.fuzz;

import org.jspecify.annotations.NullMarked;
