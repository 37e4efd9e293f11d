@NullMarked
package io.likeness.features.decode;

import org.jspecify.annotations.NullMarked;
