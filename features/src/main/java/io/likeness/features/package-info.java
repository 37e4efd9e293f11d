@NullMarked
package io.likeness.features;

import org.jspecify.annotations.NullMarked;
