/** What becomes of files nobody should have sent. */
@NullMarked
package io.likeness.bench.decode;

import org.jspecify.annotations.NullMarked;
