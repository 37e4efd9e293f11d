@NullMarked
package io.likeness.coordinator.merge;

import org.jspecify.annotations.NullMarked;
