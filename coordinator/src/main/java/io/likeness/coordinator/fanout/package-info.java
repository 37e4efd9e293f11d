@NullMarked
package io.likeness.coordinator.fanout;

import org.jspecify.annotations.NullMarked;
