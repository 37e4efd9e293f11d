@NullMarked
package io.likeness.coordinator.placement;

import org.jspecify.annotations.NullMarked;
