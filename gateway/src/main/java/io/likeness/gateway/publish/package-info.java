/** Events on their way into the log. */
@NullMarked
package io.likeness.gateway.publish;

import org.jspecify.annotations.NullMarked;
