@NullMarked
package io.likeness.coordinator.plan;

import org.jspecify.annotations.NullMarked;
