/** How large a cluster must be, and how long its answers then take: arithmetic and a simulation. */
@NullMarked
package io.likeness.standalone.sizing;

import org.jspecify.annotations.NullMarked;
