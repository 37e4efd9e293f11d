@NullMarked
package io.likeness.gateway;

import org.jspecify.annotations.NullMarked;
