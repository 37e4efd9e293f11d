/** The cluster behind the APIs: the log, the coordinator and the cluster's own records. */
@NullMarked
package io.likeness.gateway.library;

import org.jspecify.annotations.NullMarked;
