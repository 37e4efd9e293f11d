@NullMarked
package io.likeness.coordinator;

import org.jspecify.annotations.NullMarked;
