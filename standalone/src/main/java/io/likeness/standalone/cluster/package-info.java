/** A whole cluster as processes of this machine, and the orders it takes while it runs. */
@NullMarked
package io.likeness.standalone.cluster;

import org.jspecify.annotations.NullMarked;
