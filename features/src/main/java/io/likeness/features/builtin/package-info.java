@NullMarked
package io.likeness.features.builtin;

import org.jspecify.annotations.NullMarked;
