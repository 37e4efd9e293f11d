@NullMarked
package io.likeness.gateway.membership;

import org.jspecify.annotations.NullMarked;
